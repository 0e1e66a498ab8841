//! Who is asking, and anything by its id.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use uuid::Uuid;

use crate::{
    domain::id::{
        AccountId, CategoryId, DeliveryId, EndpointId, OfferId, OrderId, ReplayId, VehicleId,
    },
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        id::GlobalId,
        page::LARGEST_PAGE,
        types::{
            account::ProviderAccount,
            category::Category,
            node::Node,
            offer::Offer,
            order::Order,
            vehicle::Vehicle,
            viewer::Viewer,
            webhook::{WebhookDelivery, WebhookEndpoint},
            webhook_replay::WebhookReplay,
        },
    },
    store::{accounts, categories, deliveries, endpoints, offers, orders, replays, vehicles},
};

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Who is asking. Needs a token, and no scope.
    async fn viewer<'a>(&self, ctx: &Context<'a>) -> Maybe<Viewer<'a>> {
        Some(ctx.access_of_anyone().map(Viewer))
    }

    /// Anything by its id; `null` if there is nothing with it, or it is not yours. Needs the scope
    /// that reading such a thing needs.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The id of an offer, order, vehicle, category, provider account, webhook \
                          endpoint, webhook delivery or replay."
        )]
        id: ID,
    ) -> Maybe<Node> {
        find(ctx, &id).await.transpose()
    }

    /// Many things by their ids, in the same order, with `null` for each that is not there.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to 100 ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Maybe<Node>>, ApiError> {
        find_many(ctx, &ids).await
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>, ApiError> {
    ctx.access_of_anyone()?;
    let id = GlobalId::parse(id, "id")?;
    let access = ctx.access(Kind::of(id).scope())?;
    let found = Kind::of(id).load(access, &[id.as_uuid()]).await?;
    Ok(found.into_values().next())
}

async fn find_many(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Maybe<Node>>, ApiError> {
    ctx.access_of_anyone()?;
    if i32::try_from(ids.len()).is_ok_and(|it| it > LARGEST_PAGE) {
        let message = format!("`ids` takes {LARGEST_PAGE} ids at most, not {}.", ids.len());
        return Err(ApiError::bad_input("ids", message));
    }
    let ids: Vec<_> = ids.iter().map(|it| GlobalId::parse(it, "ids")).collect();
    let mut of_kinds: HashMap<Kind, Vec<Uuid>> = HashMap::new();
    for id in ids.iter().flatten() {
        of_kinds
            .entry(Kind::of(*id))
            .or_default()
            .push(id.as_uuid());
    }
    // One statement for each kind.
    let mut found = HashMap::new();
    for (kind, ids) in of_kinds {
        let loaded = match ctx.access(kind.scope()) {
            Ok(access) => kind.load(access, &ids).await,
            Err(error) => Err(error),
        };
        found.insert(kind, loaded);
    }
    let node = |id: Result<GlobalId, ApiError>| {
        let id = id?;
        match found.get(&Kind::of(id)) {
            Some(Ok(nodes)) => Ok(nodes.get(&id.as_uuid()).cloned()),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(None),
        }
    };
    Ok(ids.into_iter().map(|it| node(it).transpose()).collect())
}

/// What `node` can find, kind by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Account,
    Offer,
    Order,
    Vehicle,
    Category,
    Endpoint,
    Delivery,
    Replay,
}

impl Kind {
    const fn of(id: GlobalId) -> Self {
        match id {
            GlobalId::Account(_) => Self::Account,
            GlobalId::Offer(_) => Self::Offer,
            GlobalId::Order(_) => Self::Order,
            GlobalId::Vehicle(_) => Self::Vehicle,
            GlobalId::Category(_) => Self::Category,
            GlobalId::Endpoint(_) => Self::Endpoint,
            GlobalId::Delivery(_) => Self::Delivery,
            GlobalId::Replay(_) => Self::Replay,
        }
    }

    const fn scope(self) -> Scope {
        match self {
            Self::Account => Scope::AccountsRead,
            Self::Offer => Scope::OffersRead,
            Self::Order => Scope::OrdersRead,
            Self::Vehicle => Scope::VehiclesRead,
            Self::Category => Scope::CategoriesRead,
            Self::Endpoint | Self::Delivery | Self::Replay => Scope::WebhooksRead,
        }
    }

    /// Loads things of this kind, in one statement, as one level.
    async fn load(
        self,
        Access {
            app, db, tenant, ..
        }: Access<'_>,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Node>, ApiError> {
        match self {
            Self::Account => {
                let ids = typed(ids, AccountId::from_uuid);
                let rows = accounts::find_many(db, tenant, &ids).await?;
                Ok(by_id(ProviderAccount::all(rows), |it| it.key().as_uuid()))
            }
            Self::Offer => {
                let rows = offers::find_many(db, tenant, &typed(ids, OfferId::from_uuid)).await?;
                Ok(by_id(Offer::all(rows), |it| it.key().as_uuid()))
            }
            Self::Order => {
                let rows = orders::find_many(db, tenant, &typed(ids, OrderId::from_uuid)).await?;
                Ok(by_id(Order::all(rows), |it| it.key().as_uuid()))
            }
            Self::Vehicle => {
                let ids = typed(ids, VehicleId::from_uuid);
                let rows = vehicles::find_many(db, tenant, &ids).await?;
                Ok(by_id(Vehicle::all(rows), |it| it.key().as_uuid()))
            }
            Self::Category => {
                let ids = typed(ids, CategoryId::from_uuid);
                let rows = categories::find_many(db, tenant, &ids).await?;
                Ok(by_id(Category::all(rows), |it| it.key().as_uuid()))
            }
            Self::Endpoint => {
                let ids = typed(ids, EndpointId::from_uuid);
                let rows = endpoints::find_many(db, tenant, &app.keys, &ids).await?;
                Ok(by_id(WebhookEndpoint::all(rows), |it| it.key().as_uuid()))
            }
            Self::Delivery => {
                let ids = typed(ids, DeliveryId::from_uuid);
                let rows = deliveries::find_many(db, tenant, &ids).await?;
                Ok(by_id(WebhookDelivery::all(rows), |it| it.key().as_uuid()))
            }
            Self::Replay => {
                let ids = typed(ids, ReplayId::from_uuid);
                let rows = replays::find_many(db, tenant, &ids).await?;
                let replays = rows.into_iter().map(WebhookReplay).collect();
                Ok(by_id(replays, |it| it.key().as_uuid()))
            }
        }
    }
}

fn typed<T>(ids: &[Uuid], wrap: fn(Uuid) -> T) -> Vec<T> {
    ids.iter().copied().map(wrap).collect()
}

fn by_id<N: Into<Node>>(nodes: Vec<N>, id: impl Fn(&N) -> Uuid) -> HashMap<Uuid, Node> {
    nodes.into_iter().map(|it| (id(&it), it.into())).collect()
}
