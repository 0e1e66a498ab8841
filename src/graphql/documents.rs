//! The documents of webhook endpoints: whether one may be set, and what it shows of an event.
//!
//! A document is a subscription, and what it shows is what a live one is told: the same plan, the same
//! resolvers, the same answer. Only where the event comes from is another matter, and what is read
//! besides: see [`Given`].

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use async_graphql::{Response, ServerError, Value};
use async_trait::async_trait;
use futures_util::{Stream, stream};
use serde_json::{Map, value::to_raw_value};

use super::{
    caller::{Caller, Scope, Scopes},
    error::ApiError,
    graph::{Failure, Graph},
    needs, weights,
};
use crate::{
    domain::{event::Event, tenant::TenantId, webhook::Shape},
    planner::{Kind, Outline, Planned, Planner},
    store::{
        events::{Field, lets_through},
        filter::Filter,
        shaper::{NotShaped, Occasion, Shaped, Shaper},
    },
};

/// What a subscription follows instead of the log: one event, or none.
#[derive(Debug, Default)]
pub(super) struct Given {
    event: Option<Arc<Event>>,
    /// Which events the document wants, as soon as it was asked.
    wanted: OnceLock<Filter<Field>>,
}

impl Given {
    fn event(event: &Arc<Event>) -> Self {
        Self {
            event: Some(Arc::clone(event)),
            wanted: OnceLock::new(),
        }
    }

    /// The event, if the filter lets it through.
    pub(super) fn follow(
        &self,
        filter: Filter<Field>,
    ) -> impl Stream<Item = Arc<Event>> + Send + use<> {
        let event = self.event.clone();
        let event = event.filter(|it| lets_through(&filter, it));
        // A document has one subscription, which asks once.
        let _ = self.wanted.set(filter);
        stream::iter(event)
    }
}

/// A document that may be set.
pub(super) struct Accepted {
    pub(super) shape: Shape,
    /// Which events it wants.
    pub(super) wanted: Filter<Field>,
}

/// Why a document may not be set.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is none that could be used, for this reason.
    Unusable(String),
    /// It shows more than its author may see.
    Forbidden(Scope),
    /// It is our fault.
    Failed(ApiError),
}

impl Graph {
    /// Looks whether this caller may have a document as an endpoint's.
    ///
    /// Boxed: it is called by a resolver of the schema that it runs.
    pub(super) fn accept<'a>(
        &'a self,
        text: &'a str,
        caller: &'a Caller,
    ) -> Pin<Box<dyn Future<Output = Result<Accepted, Refused>> + Send + 'a>> {
        Box::pin(async move {
            let (planned, scopes) = self.read(text).map_err(Refused::Unusable)?;
            if let Some(missing) = scopes.iter().find(|it| !caller.scopes.allow(*it)) {
                return Err(Refused::Forbidden(missing));
            }
            let shape = Shape {
                document: text.to_owned(),
                scopes: scopes.claim(),
            };
            let wanted = self.rehearse(planned, &shape, &caller.tenant).await?;
            Ok(Accepted { shape, wanted })
        })
    }

    fn read(&self, text: &str) -> Result<(Planned, Scopes), String> {
        if self.admits(text) {
            read(self.planner(), text)
        } else {
            Err("this service runs trusted documents alone, and this is none".to_owned())
        }
    }

    /// Runs a document without an event, which shows what is wrong with its arguments, and else which
    /// events it wants.
    async fn rehearse(
        &self,
        planned: Planned,
        shape: &Shape,
        tenant: &TenantId,
    ) -> Result<Filter<Field>, Refused> {
        let given = Arc::new(Given::default());
        let caller = author(tenant, shape);
        let told = self
            .tell(planned, caller, (Arc::clone(&given), None))
            .await
            .map_err(|_| Refused::Failed(ApiError::bug("a document cannot be rehearsed")))?;
        if let Some(error) = told.and_then(|it| it.errors.into_iter().next()) {
            return Err(Refused::Unusable(error.message));
        }
        let wanted = given.wanted.get().cloned();
        wanted.ok_or_else(|| Refused::Failed(ApiError::bug("a subscription followed nothing")))
    }

    async fn made(
        &self,
        shape: &Shape,
        Occasion {
            tenant,
            event,
            reader,
            until,
        }: Occasion<'_>,
    ) -> Result<Option<Shaped>, NotShaped> {
        let (planned, _) = self.read(&shape.document).map_err(NotShaped::Refused)?;
        let given = Arc::new(Given::event(event));
        let told = self.tell(planned, author(tenant, shape), (given, Some(reader)));
        match tokio::time::timeout_at(until, told).await {
            Ok(Ok(told)) => told.as_ref().map(shaped).transpose(),
            Ok(Err(Failure::Panicked)) => Err(NotShaped::Failed),
            Ok(Err(Failure::TooSlow)) | Err(_) => Err(NotShaped::TooSlow),
        }
    }
}

#[async_trait]
impl Shaper for Graph {
    async fn shape(
        &self,
        shape: &Shape,
        occasion: Occasion<'_>,
    ) -> Result<Option<Shaped>, NotShaped> {
        let made = self.made(shape, occasion).await;
        self.app().metrics.shaped(match &made {
            Ok(Some(_)) => "made",
            Ok(None) => "unwanted",
            Err(NotShaped::Refused(_)) => "refused",
            Err(NotShaped::TooSlow) => "too_slow",
            Err(NotShaped::Failed) => "failed",
        });
        made
    }
}

/// Whether a stored document could be set today. If not, why.
pub fn check_document(planner: &Planner, text: &str) -> Result<(), String> {
    read(planner, text).map(|_| ())
}

/// Plans a document of an endpoint's, and says which scopes it needs.
fn read(planner: &Planner, text: &str) -> Result<(Planned, Scopes), String> {
    let document = planner.document(text).map_err(|it| it.to_string())?;
    let kind = document.kind(None).map_err(|it| it.to_string())?;
    if kind != Kind::Subscription {
        return Err("expected a subscription, because it is told of events".to_owned());
    }
    let outline = document.outline();
    suits(&outline)?;
    let operation = planner.plan(&document, None, Map::new());
    let operation = operation.map_err(|it| it.to_string())?;
    Ok((operation, needs::of(&outline.fields)))
}

/// What a live subscription may do, and a payload cannot.
fn suits(outline: &Outline) -> Result<(), String> {
    if outline.root_arguments.contains("after") {
        let message = "`after` is for subscribers: a webhook is told of each event by itself";
        return Err(message.to_owned());
    }
    if let Some(name) = outline.open_variables.first() {
        return Err(format!(
            "the variable `${name}` needs a default, because nobody gives it a value"
        ));
    }
    let mut fields = outline.fields.iter();
    match fields.find(|it| weights::asks_a_provider(it)) {
        Some(field) => Err(format!(
            "`{field}` may ask a provider, and a payload shows only what is stored"
        )),
        None => Ok(()),
    }
}

/// Whoever set the document, as far as the document goes.
fn author(tenant: &TenantId, shape: &Shape) -> Caller {
    Caller {
        tenant: tenant.clone(),
        subject: "webhook".to_owned(),
        scopes: Scopes::parse(&shape.scopes),
        expires_at: None,
    }
}

fn shaped(told: &Response) -> Result<Shaped, NotShaped> {
    if told.errors.iter().any(is_our_fault) {
        return Err(NotShaped::Failed);
    }
    let errors = (!told.errors.is_empty()).then(|| to_raw_value(&told.errors));
    // Whatever an answer has in it can be written as JSON.
    Ok(Shaped {
        data: to_raw_value(&told.data).map_err(|_| NotShaped::Failed)?,
        errors: errors.transpose().map_err(|_| NotShaped::Failed)?,
    })
}

fn is_our_fault(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|it| it.get("code"));
    matches!(code, Some(Value::String(code)) if code == "INTERNAL")
}
