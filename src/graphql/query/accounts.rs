//! Providers and the accounts at them.

use async_graphql::{Context, Object};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        page::{List, PageArguments, Sorted},
        types::{
            account::ProviderAccount,
            connection::{Connection, Page},
            provider::Provider,
        },
    },
    store::{accounts, page::Direction},
};

#[derive(Default)]
pub(super) struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Every provider that this service talks to, and what each can do. Needs the scope
    /// `accounts:read`.
    async fn providers(&self, ctx: &Context<'_>) -> Maybe<Vec<Provider>> {
        let access = ctx.access(Scope::AccountsRead);
        Some(access.map(|it| Provider::all(it.app)))
    }

    /// Your accounts at providers, newest first. Needs the scope `accounts:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn provider_accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Maybe<Connection<ProviderAccount>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Some(list(ctx, &page).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    page: &PageArguments,
) -> Result<Connection<ProviderAccount>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::AccountsRead)?;
    let newest_first = (Sorted::ByNumber("CREATED_AT"), Direction::Descending);
    let list = List::new("providerAccounts", tenant, newest_first);
    let range = page.range(&list)?;
    let rows = accounts::page(db, tenant, &range).await?;
    Ok(Connection {
        page: Page::of_rows(list.mark(), rows, ProviderAccount::all),
        list: (),
    })
}
