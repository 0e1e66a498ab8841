//! Webhook endpoints, what is on its way to them, and how each attempt went.

use std::{collections::HashMap, ops::Deref};

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use secrecy::ExposeSecret;

use super::{
    connection::{Listed, Page, Uncounted, one_level},
    event::{Event, EventType, event_types},
};
use crate::{
    domain::{
        event,
        id::{DeliveryId, EndpointId, EventId},
        webhook::{self, Attempt, Delivery, Endpoint},
    },
    graphql::{
        caller::{Access, Ask, Scope, Scopes},
        error::{ApiError, Maybe},
        filter::{self, DateTimeFilter, Tests, Where},
        id,
        levels::{Relation, Relations as ByArguments, Sibling},
        page::{self, List, Sorted},
        scalars::{DateTime, Json, Url},
    },
    store::{
        attempts,
        deliveries::{self, Field},
        endpoints, events,
        filter::{Filter, Test},
        page::{Direction, Page as Rows, Range},
    },
};

/// Whether an endpoint is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "webhook::EndpointStatus")]
pub(in crate::graphql) enum WebhookEndpointStatus {
    /// It is.
    Enabled,
    /// You switched it off. What happens meanwhile is held for it.
    Disabled,
    /// We switched it off, because it asked for that or failed for too long; see `disabledReason`.
    AutoDisabled,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "webhook::DeliveryStatus")]
pub(in crate::graphql) enum WebhookDeliveryStatus {
    /// It waits for its next attempt.
    Pending,
    /// An attempt is being made.
    Delivering,
    /// The endpoint has taken it.
    Delivered,
    /// Every attempt failed; there will be no other, unless you ask for it with
    /// `retryWebhookDelivery` or `replayWebhooks`.
    Exhausted,
    /// It is kept, because its endpoint is or was switched off; `retryWebhookDelivery` and
    /// `replayWebhooks` send it.
    Held,
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub(in crate::graphql) struct WebhookDeliveryWhere {
    /// Those to this endpoint.
    endpoint_id: Option<ID>,
    /// Those that stand here.
    status: Option<WebhookDeliveryStatus>,
    /// Those of this type of event.
    event_type: Option<EventType>,
    /// Those that were made in this span of time.
    created_at: Option<DateTimeFilter>,
}

impl Where for WebhookDeliveryWhere {
    type Field = Field;

    fn tests(&self, tests: &mut Tests<'_, Field>) -> Result<(), ApiError> {
        if let Some(endpoint) = &self.endpoint_id {
            let endpoint: EndpointId = id::parse(endpoint, "where")?;
            tests.id(Field::EndpointId, endpoint.as_uuid())?;
        }
        tests.equals(Field::Status, self.status, |it| {
            webhook::DeliveryStatus::from(it).as_str()
        })?;
        tests.equals(Field::EventType, self.event_type, |it| {
            event::EventType::from(it).name()
        })?;
        tests.time(Field::CreatedAt, self.created_at.as_ref())
    }
}

/// A header that is sent with every request to an endpoint.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(serial)]
pub(in crate::graphql) struct HttpHeader {
    /// Its name, e.g. `authorization`.
    name: String,
    /// Its value; `***` for callers without the scope `webhooks:write`.
    value: String,
}

/// Each endpoint's page of deliveries.
type DeliveriesByEndpoint = HashMap<EndpointId, Rows<WebhookDelivery>>;

#[derive(Default)]
pub(in crate::graphql) struct EndpointRelations {
    /// The first so many deliveries of each endpoint that are as wanted.
    deliveries: ByArguments<(u64, Option<WebhookDeliveryWhere>), DeliveriesByEndpoint>,
}

#[derive(Clone)]
pub(in crate::graphql) struct WebhookEndpoint(Sibling<Endpoint, EndpointRelations>);

impl WebhookEndpoint {
    pub(in crate::graphql) fn all(endpoints: impl IntoIterator<Item = Endpoint>) -> Vec<Self> {
        let siblings = Sibling::all(endpoints, EndpointRelations::default());
        siblings.into_iter().map(Self).collect()
    }

    pub(in crate::graphql) fn key(&self) -> EndpointId {
        self.0.id
    }

    async fn its_deliveries(
        &self,
        access: Access<'_>,
        (first, after): (Option<i32>, Option<&str>),
        wanted: Option<WebhookDeliveryWhere>,
    ) -> Result<Uncounted<WebhookDelivery>, ApiError> {
        let list = delivery_list("deliveries", access).of_parent(self.0.id.as_uuid());
        let range = page::forwards(&list, (first, after))?;
        let rows = if range.after.is_none() {
            self.first_deliveries(access, range.limit, wanted).await?
        } else {
            self.more_deliveries(access, &range, wanted).await?
        };
        Ok(Uncounted(Page::of_rows(list.mark(), rows, |it| it)))
    }

    /// The first page, which is read for all endpoints of the level together.
    async fn first_deliveries(
        &self,
        access: Access<'_>,
        limit: u64,
        wanted: Option<WebhookDeliveryWhere>,
    ) -> Result<Rows<WebhookDelivery>, ApiError> {
        let filter = filter::filter(wanted.as_ref())?;
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().map(|it| it.id).collect();
            let parts =
                deliveries::first_of_endpoints(access.db, access.tenant, (&ids, &filter), limit)
                    .await?;
            Ok(one_level(parts, WebhookDelivery::all))
        };
        let relation = self.0.relations().deliveries.with((limit, wanted));
        let deliveries = relation.get(load).await?;
        Ok(deliveries.get(&self.0.id).cloned().unwrap_or_default())
    }

    /// A later page, which only this endpoint has a cursor for.
    async fn more_deliveries(
        &self,
        access: Access<'_>,
        range: &Range,
        wanted: Option<WebhookDeliveryWhere>,
    ) -> Result<Rows<WebhookDelivery>, ApiError> {
        let of_it = Filter::Field(Field::EndpointId, Test::Id(self.0.id.as_uuid()));
        let filter = Filter::All(vec![of_it, filter::filter(wanted.as_ref())?]);
        let rows = deliveries::page(access.db, access.tenant, &filter, range).await?;
        Ok(rows.map_together(WebhookDelivery::all))
    }
}

/// Deliveries in the order that they are always shown in: newest first.
pub(in crate::graphql) fn delivery_list(field: &'static str, access: Access<'_>) -> List {
    let newest_first = (Sorted::ByNumber("CREATED_AT"), Direction::Descending);
    List::new(field, access.tenant, newest_first)
}

impl Listed for WebhookEndpoint {
    const NAME: &'static str = "WebhookEndpoint";
}

/// A URL of yours and the events it is told about.
#[Object(serial)]
impl WebhookEndpoint {
    /// The endpoint's id, which begins with `whe_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Where its deliveries go.
    fn url(&self) -> Url {
        Url(self.0.url.clone())
    }

    /// What you noted about it.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The types of events it is told about; empty for all of them.
    fn event_types(&self) -> Vec<EventType> {
        event_types(&self.0.event_types)
    }

    /// The GraphQL document that shapes `data` of every payload, if there is one.
    fn query(&self) -> Option<&str> {
        self.0.shape.as_ref().map(|it| it.document.as_str())
    }

    /// The headers that you want on every request to it. Events keep an endpoint without them.
    fn headers(&self, ctx: &Context<'_>) -> Vec<HttpHeader> {
        let may_see = ctx.access(Scope::WebhooksWrite).is_ok();
        let header = |it: &webhook::EndpointHeader| HttpHeader {
            name: it.name.clone(),
            value: if may_see {
                it.value.expose_secret().to_owned()
            } else {
                "***".to_owned()
            },
        };
        self.0.headers.iter().map(header).collect()
    }

    /// Whether it is told.
    fn status(&self) -> WebhookEndpointStatus {
        self.0.status.into()
    }

    /// Why it is switched off, if it is.
    fn disabled_reason(&self) -> Option<&str> {
        self.0.disabled_reason.as_deref()
    }

    /// What is or was on its way to it, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many entries: 1 to 100. Required.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry to go on after.")] after: Option<String>,
        #[graphql(name = "where", desc = "Which deliveries are wanted; all without it.")]
        wanted: Option<WebhookDeliveryWhere>,
    ) -> Maybe<Uncounted<WebhookDelivery>> {
        Some(match ctx.access(Scope::WebhooksRead) {
            Ok(access) => {
                let place = (first, after.as_deref());
                self.its_deliveries(access, place, wanted).await
            }
            Err(error) => Err(error),
        })
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

pub(in crate::graphql) struct WebhookAttempt<'a>(&'a Attempt);

/// One HTTP request of a delivery.
#[Object(serial)]
impl WebhookAttempt<'_> {
    /// Which attempt of its delivery it was, from 1.
    fn number(&self) -> i32 {
        self.0.number
    }

    /// When it began.
    fn started_at(&self) -> DateTime {
        self.0.started_at.into()
    }

    /// How long it took, in milliseconds.
    fn duration_ms(&self) -> i32 {
        self.0.duration_ms
    }

    /// The HTTP status of the answer, e.g. 204; `null` if there was none.
    fn status_code(&self) -> Option<i32> {
        self.0.status_code
    }

    /// Why there was no usable answer: `timeout`, `dns`, `tls`, `address_not_allowed` and so on.
    fn error_class(&self) -> Option<&str> {
        self.0.error_class.as_deref()
    }

    /// The beginning of the answer's body, at most 1 KiB.
    fn response_excerpt(&self) -> Option<&str> {
        self.0.response_excerpt.as_deref()
    }
}

#[derive(Default)]
pub(in crate::graphql) struct DeliveryRelations {
    endpoints: Relation<HashMap<EndpointId, WebhookEndpoint>>,
    events: Relation<HashMap<EventId, Event>>,
    attempts: Relation<HashMap<DeliveryId, Vec<Attempt>>>,
}

/// A delivery as it is now, or as an event keeps it.
struct Shown {
    delivery: Delivery,
    /// What an event keeps of what is looked up else.
    kept: Option<Kept>,
}

struct Kept {
    endpoint: WebhookEndpoint,
    attempts: Vec<Attempt>,
}

impl Deref for Shown {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.delivery
    }
}

#[derive(Clone)]
pub(in crate::graphql) struct WebhookDelivery(Sibling<Shown, DeliveryRelations>);

impl WebhookDelivery {
    pub(in crate::graphql) fn all(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<Self> {
        let shown = |delivery| Shown {
            delivery,
            kept: None,
        };
        Self::level(deliveries.into_iter().map(shown))
    }

    /// Deliveries as they were when they were given up.
    pub(super) fn exhausted(events: Vec<event::WebhookDeliveryExhausted>) -> Vec<Self> {
        let (endpoints, rest): (Vec<_>, Vec<_>) = events
            .into_iter()
            .map(|it| (it.endpoint, (it.delivery, it.attempts)))
            .unzip();
        let endpoints = WebhookEndpoint::all(endpoints);
        let shown = |(endpoint, (delivery, attempts))| Shown {
            delivery,
            kept: Some(Kept { endpoint, attempts }),
        };
        Self::level(endpoints.into_iter().zip(rest).map(shown))
    }

    fn level(shown: impl IntoIterator<Item = Shown>) -> Vec<Self> {
        let siblings = Sibling::all(shown, DeliveryRelations::default());
        siblings.into_iter().map(Self).collect()
    }

    pub(in crate::graphql) fn key(&self) -> DeliveryId {
        self.0.id
    }

    async fn its_event(&self, access: Access<'_>) -> Result<Option<&Event>, ApiError> {
        let Some(id) = self.0.event_id else {
            return Ok(None);
        };
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().filter_map(|it| it.event_id).collect();
            let rows = events::find_many(access.db, access.tenant, &ids).await?;
            let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
            let events = Event::all(access.tenant, rows);
            Ok(ids.into_iter().zip(events).collect())
        };
        Ok(self.0.relations().events.get(load).await?.get(&id))
    }
}

impl Listed for WebhookDelivery {
    const NAME: &'static str = "WebhookDelivery";
}

/// One event on its way to one endpoint.
#[Object(serial)]
impl WebhookDelivery {
    /// The delivery's id, which begins with `whd_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The `webhook-id` header: the same on every attempt, so that you can tell repetitions.
    fn message_id(&self) -> &str {
        &self.0.message_id
    }

    /// Where it goes.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<&WebhookEndpoint, ApiError> {
        let access = ctx.access_of_anyone()?;
        if let Some(kept) = &self.0.kept {
            return Ok(&kept.endpoint);
        }
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().map(|it| it.endpoint_id).collect();
            let (db, keys) = (access.db, &access.app.keys);
            let rows = endpoints::find_many(db, access.tenant, keys, &ids).await?;
            let endpoints = WebhookEndpoint::all(rows);
            Ok(endpoints.into_iter().map(|it| (it.key(), it)).collect())
        };
        let endpoints = self.0.relations().endpoints.get(load).await?;
        let endpoint = endpoints.get(&self.0.endpoint_id);
        endpoint.ok_or(ApiError::NotFound("endpoint"))
    }

    /// The event that it tells; `null` for a test, and if the log no longer has it. Needs the scope `events:read`.
    async fn event(&self, ctx: &Context<'_>) -> Maybe<&Event> {
        match ctx.access(Scope::EventsRead) {
            Ok(access) => self.its_event(access).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The type of the event.
    fn event_type(&self) -> EventType {
        self.0.event_type.into()
    }

    /// Where it stands.
    fn status(&self) -> WebhookDeliveryStatus {
        self.0.status.into()
    }

    /// The body of every attempt. If a document of the endpoint's shaped it, it has neither `data` nor
    /// `errors` for callers without the scopes that the document needs.
    fn payload(&self, ctx: &Context<'_>) -> Result<Json, ApiError> {
        let caller = ctx.access_of_anyone()?.caller();
        let payload = Json::from_text(&self.0.payload)?;
        let needed = Scopes::parse(self.0.payload_scopes.as_deref().unwrap_or_default());
        let may_see = needed.iter().all(|it| caller.scopes.allow(it));
        Ok(if may_see {
            payload
        } else {
            payload.without(&["data", "errors"])
        })
    }

    /// Every attempt so far, oldest first.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<WebhookAttempt<'_>>, ApiError> {
        let access = ctx.access_of_anyone()?;
        if let Some(kept) = &self.0.kept {
            return Ok(kept.attempts.iter().map(WebhookAttempt).collect());
        }
        let load = move || async move {
            let ids: Vec<_> = self.0.siblings().map(|it| it.id).collect();
            let rows = attempts::of_deliveries(access.db, &ids).await?;
            let mut attempts: HashMap<_, Vec<_>> = HashMap::new();
            for (delivery, attempt) in rows {
                attempts.entry(delivery).or_default().push(attempt);
            }
            Ok(attempts)
        };
        let attempts = self.0.relations().attempts.get(load).await?;
        let its = attempts.get(&self.0.id).map_or(&[][..], Vec::as_slice);
        Ok(its.iter().map(WebhookAttempt).collect())
    }

    /// When the next attempt is made; `null` if there will be none.
    fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_attempt_at.map(DateTime)
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}
