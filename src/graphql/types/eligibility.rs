//! Whether somebody may lease.

use async_graphql::Object;

use crate::domain::eligibility;

pub(in crate::graphql) struct UserEligibility(pub(in crate::graphql) eligibility::UserEligibility);

/// Whether somebody may lease through a leasing provider.
#[Object(serial)]
impl UserEligibility {
    /// Whom it is about, as it was asked.
    fn identifier(&self) -> &str {
        &self.0.identifier
    }

    /// Whether they may.
    fn eligible(&self) -> bool {
        self.0.is_eligible
    }

    /// The provider's sentence about it.
    fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }
}
