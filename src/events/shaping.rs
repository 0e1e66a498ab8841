//! Payloads that are shaped by the documents of endpoints, right before the commit.
//!
//! Each document is run once for each event, however many endpoints have it, and reads the
//! transaction itself: what it shows is the state that is committed with the event, and no later one.
//! Whatever becomes of a document, the change is committed: an endpoint whose payload cannot be made
//! is told so in a thin one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    deliveries_of,
    payload::{self, Thin},
};
use crate::{
    domain::{Timestamp, event::Event, tenant::TenantId, webhook::Shape},
    store::{
        BeforeCommit, Loan, Reader, StoreError, Tx,
        deliveries::{self, NewDelivery},
        endpoints::Wish,
        shaped_payloads::{self, NewPayload},
        shaper::{NotShaped, Occasion, Shaper},
    },
};

/// How long one payload may take: the transaction is open meanwhile.
const EACH: Duration = Duration::from_secs(1);

/// How long the payloads of all that is appended together may take. A tenant with many documents delays
/// nobody for longer; what is not made by then is thin.
const ALL: Duration = Duration::from_secs(10);

/// The payloads that a transaction has to make.
pub(super) struct Shaping {
    tenant: TenantId,
    now: Timestamp,
    wanted: Vec<Wanted>,
}

/// A payload, and who is sent it.
struct Wanted {
    event: Arc<Event>,
    shape: Arc<Shape>,
    deliveries: Vec<NewDelivery>,
}

impl Shaping {
    /// What there is to be made of the events for the wishes, which all have a shape.
    pub(super) fn of(
        (tenant, now): (&TenantId, Timestamp),
        events: &[Event],
        wishes: &[&Wish],
    ) -> Option<Self> {
        let groups = by_shape(wishes);
        let mut wanted = Vec::new();
        for event in events {
            let mut shared = None;
            for (shape, wishes) in &groups {
                let deliveries: Vec<_> = deliveries_of(event, wishes).collect();
                if !deliveries.is_empty() {
                    let event = shared.get_or_insert_with(|| Arc::new(event.clone()));
                    wanted.push(Wanted {
                        event: Arc::clone(event),
                        shape: Arc::clone(shape),
                        deliveries,
                    });
                }
            }
        }
        (!wanted.is_empty()).then(|| Self {
            tenant: tenant.clone(),
            now,
            wanted,
        })
    }

    /// The body of each; nothing where the document does not want the event.
    async fn render(&self, tx: &Tx) -> Result<Vec<Option<String>>, StoreError> {
        let shaper = tx.shaper();
        let end = Instant::now() + ALL;
        let mut loan: Option<Loan> = None;
        let mut bodies = Vec::with_capacity(self.wanted.len());
        for Wanted { event, shape, .. } in &self.wanted {
            let lent = match loan.take() {
                Some(it) => it,
                None => tx.lend().await?,
            };
            let telling = Telling {
                tenant: &self.tenant,
                event,
                shape,
            };
            let made = make_payload(shaper.as_deref(), telling, (lent.reader(), end)).await?;
            if made.is_spoilt {
                lent.give_up().await?;
            } else {
                loan = Some(lent);
            }
            bodies.push(made.body);
        }
        if let Some(lent) = loan {
            lent.end().await?;
        }
        Ok(bodies)
    }
}

/// An event that is told in a shape.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    pub tenant: &'a TenantId,
    pub event: &'a Arc<Event>,
    pub shape: &'a Shape,
}

/// What was made of an event.
#[derive(Debug)]
pub struct Made {
    /// Nothing if the document does not want the event.
    pub body: Option<String>,
    /// A statement may have failed, and no other document must suffer from it.
    is_spoilt: bool,
}

/// Makes a payload before `end`: what the document shows, or a thin one.
pub async fn make_payload(
    shaper: Option<&dyn Shaper>,
    Telling {
        tenant,
        event,
        shape,
    }: Telling<'_>,
    (reader, end): (Reader, Instant),
) -> Result<Made, serde_json::Error> {
    let occasion = Occasion {
        tenant,
        event,
        reader,
        until: end.min(Instant::now() + EACH),
    };
    let told = match shaper {
        Some(it) => it.shape(shape, occasion).await,
        None => Err(NotShaped::Failed),
    };
    let is_spoilt = match &told {
        Ok(Some(it)) => it.errors.is_some(),
        Ok(None) => false,
        Err(_) => true,
    };
    let body = match told {
        Ok(None) => None,
        Ok(Some(told)) => match payload::shaped(event, &told)? {
            Some(body) => Some(body),
            None => Some(payload::thin(tenant, event, Thin::TooLarge)?),
        },
        Err(error) => {
            tracing::warn!(event.id = %event.id, %error, "a webhook has a thin payload");
            Some(payload::thin(tenant, event, error.into())?)
        }
    };
    Ok(Made { body, is_spoilt })
}

/// Equal shapes are made once.
fn by_shape<'a>(wishes: &[&'a Wish]) -> Vec<(Arc<Shape>, Vec<&'a Wish>)> {
    let mut groups: Vec<(Arc<Shape>, Vec<&Wish>)> = Vec::new();
    for wish in wishes {
        let Some(shape) = &wish.shape else { continue };
        match groups.iter_mut().find(|(it, _)| **it == *shape) {
            Some((_, wishes)) => wishes.push(wish),
            None => groups.push((Arc::new(shape.clone()), vec![wish])),
        }
    }
    groups
}

#[async_trait]
impl BeforeCommit for Shaping {
    async fn run(self: Box<Self>, tx: &Tx) -> Result<(), StoreError> {
        let bodies = self.render(tx).await?;
        let (mut payloads, mut deliveries) = (Vec::new(), Vec::new());
        for (wanted, body) in self.wanted.into_iter().zip(bodies) {
            let Some(body) = body else { continue };
            let id = Uuid::now_v7();
            payloads.push(NewPayload {
                id,
                event: wanted.event.id,
                scopes: wanted.shape.scopes.clone(),
                body,
            });
            deliveries.extend(wanted.deliveries.into_iter().map(|it| NewDelivery {
                shaped_payload: Some(id),
                ..it
            }));
        }
        shaped_payloads::insert_many(tx, &self.tenant, payloads).await?;
        deliveries::insert_many(tx, &self.tenant, deliveries, self.now).await?;
        Ok(())
    }
}
