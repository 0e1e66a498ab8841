//! Who is asking.

use async_graphql::Object;

use crate::graphql::caller::{Access, Scope};

pub(in crate::graphql) struct Viewer<'a>(pub(in crate::graphql) Access<'a>);

/// Who is asking, as the token says.
#[Object(serial)]
impl Viewer<'_> {
    /// Whose data is shown.
    fn tenant_id(&self) -> &str {
        self.0.tenant.as_str()
    }

    /// The person or program that the token was made for.
    fn subject(&self) -> &str {
        &self.0.caller().subject
    }

    /// What the token allows, e.g. `offers:read`.
    fn scopes(&self) -> Vec<&'static str> {
        self.0.caller().scopes.iter().map(Scope::as_str).collect()
    }
}
