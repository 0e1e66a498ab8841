//! Webhook endpoints and deliveries.

use async_graphql::{Context, ID, Object};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        filter::filter,
        id,
        page::{self, List, Sorted},
        types::{
            connection::{Page, Uncounted},
            webhook::{WebhookDelivery, WebhookDeliveryWhere, WebhookEndpoint, delivery_list},
        },
    },
    store::{deliveries, endpoints, page::Direction},
};

#[derive(Default)]
pub(super) struct WebhookQuery;

#[Object]
impl WebhookQuery {
    /// One webhook endpoint; `null` if there is none with this id, or it is not yours. Needs the
    /// scope `webhooks:read`.
    async fn webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint's id, e.g. `whe_0190…`.")] id: ID,
    ) -> Maybe<WebhookEndpoint> {
        find(ctx, &id).await.transpose()
    }

    /// Your webhook endpoints, newest first. Needs the scope `webhooks:read`.
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 1 to 100. Required.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Maybe<Uncounted<WebhookEndpoint>> {
        Some(list(ctx, (first, after.as_deref())).await)
    }

    /// What is or was on its way to your endpoints, newest first. Needs the scope `webhooks:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 1 to 100. Required.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(name = "where", desc = "Which deliveries are wanted; all without it.")]
        wanted: Option<WebhookDeliveryWhere>,
    ) -> Maybe<Uncounted<WebhookDelivery>> {
        let place = (first, after.as_deref());
        Some(list_deliveries(ctx, place, wanted.as_ref()).await)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<WebhookEndpoint>, ApiError> {
    let Access {
        app, db, tenant, ..
    } = ctx.access(Scope::WebhooksRead)?;
    let id = id::parse(id, "id")?;
    let row = endpoints::find(db, tenant, &app.keys, id).await?;
    Ok(WebhookEndpoint::all(row).pop())
}

async fn list(
    ctx: &Context<'_>,
    place: (Option<i32>, Option<&str>),
) -> Result<Uncounted<WebhookEndpoint>, ApiError> {
    let Access {
        app, db, tenant, ..
    } = ctx.access(Scope::WebhooksRead)?;
    let newest_first = (Sorted::ByNumber("CREATED_AT"), Direction::Descending);
    let list = List::new("webhookEndpoints", tenant, newest_first);
    let range = page::forwards(&list, place)?;
    let rows = endpoints::page(db, tenant, &app.keys, &range).await?;
    let page = Page::of_rows(list.mark(), rows, WebhookEndpoint::all);
    Ok(Uncounted(page))
}

async fn list_deliveries(
    ctx: &Context<'_>,
    place: (Option<i32>, Option<&str>),
    wanted: Option<&WebhookDeliveryWhere>,
) -> Result<Uncounted<WebhookDelivery>, ApiError> {
    let access = ctx.access(Scope::WebhooksRead)?;
    let list = delivery_list("webhookDeliveries", access);
    let range = page::forwards(&list, place)?;
    let filter = filter(wanted)?;
    let rows = deliveries::page(access.db, access.tenant, &filter, &range).await?;
    let page = Page::of_rows(list.mark(), rows, WebhookDelivery::all);
    Ok(Uncounted(page))
}
