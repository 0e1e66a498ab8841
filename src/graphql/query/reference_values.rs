//! The words that providers take in some of their fields.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        id,
        types::reference::{ReferenceKind, ReferenceValue},
    },
    operations::list_reference_values::list_reference_values,
};

#[derive(Default)]
pub(super) struct ReferenceQuery;

#[Object]
impl ReferenceQuery {
    /// The words that providers take in one of their fields, by slug. They are read once a day, and
    /// when `syncProviderAccount` asks for it. Needs the scope `categories:read`.
    async fn reference_values(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which field the words are for.")] kind: ReferenceKind,
        #[graphql(
            desc = "Only what this account's provider takes; `UNSUPPORTED_OPERATION` if it lists no \
                    such words. Without it, what the providers of all your accounts take."
        )]
        account_id: Option<ID>,
    ) -> Maybe<Vec<ReferenceValue>> {
        Some(list(ctx, kind, account_id.as_ref()).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    kind: ReferenceKind,
    account: Option<&ID>,
) -> Result<Vec<ReferenceValue>, ApiError> {
    let Access { app, tenant, .. } = ctx.access(Scope::CategoriesRead)?;
    let account = account.map(|it| id::parse(it, "accountId")).transpose()?;
    let values = list_reference_values(app, tenant, kind.into(), account).await?;
    let value = |(provider, value)| ReferenceValue { provider, value };
    Ok(values.into_iter().map(value).collect())
}
