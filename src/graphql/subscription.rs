//! What is told as it happens.
//!
//! Every subscription follows the event log: from a cursor it replays what was missed and then goes
//! on live, with no gap and no repeat. It ends when the token does, and after an error; the cursor of
//! the last event is where to begin again. An event that cannot be read is an error too, but no end.

use std::sync::Arc;

use async_graphql::{Context, ID};
use futures_util::{Stream, StreamExt, future, future::Either, stream};

use super::{
    Bookmark,
    caller::{Access, Ask, Scope},
    documents::Given,
    error::ApiError,
    filter::filter,
    id,
    types::{
        event::{
            Event, EventType, EventWhere, OfferStatusChanged, OrderStatusChanged,
            VehicleStatusChanged, check_kept, position,
        },
        provider::ProviderKey,
    },
};
use crate::{
    domain::{
        event,
        id::{OfferId, OrderId, VehicleId},
        tenant::TenantId,
    },
    events::{FollowError, Tails, cursor},
    store::{events::Field, filter::Filter, tenants},
};

#[derive(Default)]
pub struct Subscription;

/// Everything that is told as it happens.
#[async_graphql::Subscription]
impl Subscription {
    /// Everything that happens to your records. Needs the scope `events:read`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Which events are wanted; all without it.")]
        wanted: Option<EventWhere>,
        #[graphql(
            desc = "Replays what comes after this cursor, then goes on live. From now on without it."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<Event, ApiError>>, ApiError> {
        let access = ctx.access(Scope::EventsRead)?;
        let wanted = wanted.unwrap_or_default();
        follow(ctx, access, &wanted, after.as_deref()).await
    }

    /// Offers that come to stand somewhere else. Needs the scopes `events:read` and `offers:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn offer_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this offer.")] offer_id: Option<ID>,
        #[graphql(desc = "Only offers made at one of these providers.")] providers: Option<
            Vec<ProviderKey>,
        >,
        #[graphql(
            desc = "Replays what comes after this cursor, then goes on live. From now on without it."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<OfferStatusChanged, ApiError>>, ApiError> {
        let access = ctx.access(Scope::EventsRead)?;
        ctx.access(Scope::OffersRead)?;
        if let Some(id) = &offer_id {
            id::parse::<OfferId>(id, "offerId")?;
        }
        let wanted = EventWhere {
            types: Some(vec![EventType::OfferStatusChanged]),
            providers,
            subject_id: offer_id,
        };
        let events = follow(ctx, access, &wanted, after.as_deref()).await?;
        Ok(only(events, |event| match event {
            Event::OfferStatusChanged(it) => Some(it),
            _ => None,
        }))
    }

    /// Orders that come to stand somewhere else. Needs the scopes `events:read` and `orders:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn order_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this order.")] order_id: Option<ID>,
        #[graphql(desc = "Only orders made at one of these providers.")] providers: Option<
            Vec<ProviderKey>,
        >,
        #[graphql(
            desc = "Replays what comes after this cursor, then goes on live. From now on without it."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<OrderStatusChanged, ApiError>>, ApiError> {
        let access = ctx.access(Scope::EventsRead)?;
        ctx.access(Scope::OrdersRead)?;
        if let Some(id) = &order_id {
            id::parse::<OrderId>(id, "orderId")?;
        }
        let wanted = EventWhere {
            types: Some(vec![EventType::OrderStatusChanged]),
            providers,
            subject_id: order_id,
        };
        let events = follow(ctx, access, &wanted, after.as_deref()).await?;
        Ok(only(events, |event| match event {
            Event::OrderStatusChanged(it) => Some(it),
            _ => None,
        }))
    }

    /// Vehicles that go into or out of use. Needs the scopes `events:read` and `vehicles:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn vehicle_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this vehicle.")] vehicle_id: Option<ID>,
        #[graphql(desc = "Only vehicles known to one of these providers.")] providers: Option<
            Vec<ProviderKey>,
        >,
        #[graphql(
            desc = "Replays what comes after this cursor, then goes on live. From now on without it."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<VehicleStatusChanged, ApiError>>, ApiError> {
        let access = ctx.access(Scope::EventsRead)?;
        ctx.access(Scope::VehiclesRead)?;
        if let Some(id) = &vehicle_id {
            id::parse::<VehicleId>(id, "vehicleId")?;
        }
        let wanted = EventWhere {
            types: Some(vec![EventType::VehicleStatusChanged]),
            providers,
            subject_id: vehicle_id,
        };
        let events = follow(ctx, access, &wanted, after.as_deref()).await?;
        Ok(only(events, |event| match event {
            Event::VehicleStatusChanged(it) => Some(it),
            _ => None,
        }))
    }
}

/// Follows the caller's log, or what the subscription was given instead.
async fn follow<'a>(
    ctx: &Context<'a>,
    access: Access<'a>,
    wanted: &EventWhere,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<Event, ApiError>> + use<'a>, ApiError> {
    let filter = filter(Some(wanted))?;
    if let Some(given) = ctx.data_opt::<Arc<Given>>() {
        let events = given.follow(filter);
        let events = events.map(move |it| shown(access.tenant, it));
        return Ok(Either::Left(events));
    }
    let events = follow_log(ctx, access, filter, after).await?;
    Ok(Either::Right(events))
}

/// Follows the caller's log until the caller's token ends, or an error comes up.
async fn follow_log<'a>(
    ctx: &Context<'a>,
    access: Access<'a>,
    filter: Filter<Field>,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<Event, ApiError>> + use<'a>, ApiError> {
    let Access { app, tenant, .. } = access;
    let bookmark = ctx.data_opt::<Bookmark>().cloned().unwrap_or_default();
    let tails = ctx
        .data_opt::<Tails>()
        .ok_or_else(|| ApiError::bug("the schema was made without tails"))?;
    let place = start(access, bookmark.or(after)).await?;
    bookmark.begin(cursor::encode(tenant, place));
    let expires_at = access.caller().expires_at;
    let expired = async move {
        match expires_at {
            Some(at) => app.clock.sleep_until(at).await,
            None => future::pending().await,
        }
    };
    let events = tails
        .follow(tenant, filter, place)
        .take_until(Box::pin(expired))
        .map(move |event| {
            let event = match event {
                Ok(event) => event,
                Err(FollowError::Unreadable(position)) => {
                    // Whoever begins again begins after it.
                    bookmark.reach(cursor::encode(tenant, position));
                    return Err(ApiError::UnreadableEvent);
                }
                Err(FollowError::Store(error)) => return Err(error.into()),
            };
            bookmark.reach(cursor::encode(tenant, event.position));
            shown(tenant, event)
        });
    Ok(until_error(events))
}

fn shown(tenant: &TenantId, event: Arc<event::Event>) -> Result<Event, ApiError> {
    let event = Event::all(tenant, vec![Arc::unwrap_or_clone(event)]).pop();
    event.ok_or_else(|| ApiError::bug("an event has no subject"))
}

/// The position after which to begin: where the log ends now, or where the client has read to.
async fn start(access: Access<'_>, after: Option<&str>) -> Result<i64, ApiError> {
    let Access { db, tenant, .. } = access;
    let extent = tenants::extent(db, tenant).await?;
    let Some(after) = after else {
        return Ok(extent.last);
    };
    let place = position(tenant, after)?;
    check_kept(tenant, place, extent)?;
    if place > extent.last {
        let message = "`after` is beyond the end of your event log.";
        return Err(ApiError::bad_input("after", message));
    }
    Ok(place)
}

/// Ends a stream with its first error: what cannot be read now will not be a moment later. Where one
/// event alone cannot be read, it goes on with the next.
fn until_error<T>(
    events: impl Stream<Item = Result<T, ApiError>>,
) -> impl Stream<Item = Result<T, ApiError>> {
    stream::unfold(Some(Box::pin(events)), |events| async {
        let mut events = events?;
        let event = events.next().await?;
        let goes_on = matches!(event, Ok(_) | Err(ApiError::UnreadableEvent));
        let rest = goes_on.then_some(events);
        Some((event, rest))
    })
}

fn only<T>(
    events: impl Stream<Item = Result<Event, ApiError>>,
    pick: fn(Event) -> Option<T>,
) -> impl Stream<Item = Result<T, ApiError>> {
    events.filter_map(move |event| future::ready(event.map(pick).transpose()))
}
