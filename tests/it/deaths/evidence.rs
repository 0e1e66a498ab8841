//! What is known after the last death: what the provider, the service and the receivers each say.
//!
//! Plain data, so that the oracle can be shown things that never happened. Times are microseconds since
//! the run began.

use std::{collections::BTreeMap, time::Instant};

use axum::http::HeaderMap;
use serde_json::Value;

#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// By offer number.
    pub(super) offers: BTreeMap<String, Offer>,
    /// In the order of the log.
    pub(super) events: Vec<Event>,
    pub(super) endpoints: Vec<Endpoint>,
    /// The ids of the endpoints that the service says there are.
    pub(super) endpoints_shown: Vec<String>,
    pub(super) deliveries: Vec<Delivery>,
    /// In the order of their arrival.
    pub(super) requests: Vec<Request>,
    pub(super) deaths: Vec<Died>,
    /// What is wrong with the database.
    pub(super) storage: Vec<String>,
    /// Which secrets were seen where they must not be.
    pub(super) secrets: Vec<String>,
    /// What is wrong with the last process.
    pub(super) health: Vec<String>,
}

/// An offer, as the provider and the service have it.
#[derive(Debug, Clone, Default)]
pub(super) struct Offer {
    /// Whether it was made under load, and is news.
    pub(super) is_new: bool,
    /// Where it stood, in the provider's words, from the beginning of the load on.
    pub(super) path: Vec<String>,
    /// How often something else about it changed.
    pub(super) edits: usize,
    /// Where the service says that it stands.
    pub(super) ours: Option<String>,
}

impl Offer {
    /// Where it stood before the load, if it was there.
    pub(super) fn stood(&self) -> Option<&str> {
        self.path
            .first()
            .filter(|_| !self.is_new)
            .map(String::as_str)
    }

    /// How often it came to stand somewhere; being made is one.
    pub(super) fn steps(&self) -> usize {
        self.path.len() - usize::from(self.stood().is_some())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: String,
    /// As in the graph: `OFFER_CREATED`.
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) sequence: i64,
    /// Of an event about an offer.
    pub(super) offer: Option<OfferNews>,
}

#[derive(Debug, Clone)]
pub(super) struct OfferNews {
    pub(super) number: String,
    /// The provider's word from where it came, if it came to stand elsewhere.
    pub(super) from: Option<String>,
    /// The provider's word for where it stood then.
    pub(super) to: String,
}

#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) id: String,
    /// None means all.
    pub(super) event_types: Vec<String>,
}

impl Endpoint {
    pub(super) fn wants(&self, event: &Event) -> bool {
        self.event_types.is_empty() || self.event_types.contains(&event.kind)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) endpoint: String,
    /// The `webhook-id`.
    pub(super) id: String,
    pub(super) status: String,
    pub(super) payload: Value,
    /// The numbers of the attempts that were written down.
    pub(super) attempts: Vec<u32>,
}

/// A request as it came to an endpoint.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) endpoint: String,
    pub(super) id: String,
    pub(super) attempt: u32,
    pub(super) body: String,
    pub(super) arrived: u64,
    pub(super) answer: Option<Answer>,
    /// Why it does not verify, if it does not.
    pub(super) unverified: Option<String>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) at: u64,
}

impl Request {
    pub(super) fn is_taken(&self) -> bool {
        self.answer.is_some_and(|it| it.status == 204)
    }
}

/// A death as it came about.
#[derive(Debug, Clone)]
pub(super) struct Died {
    pub(super) how: String,
    /// Before this the process was dead, and the next one not begun.
    pub(super) at: u64,
    /// Why it was not the death that was planned, if it was not.
    pub(super) unplanned: Option<String>,
}

/// The time of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch(Instant);

impl Watch {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap()
    }
}

/// Checks a webhook with the official library; says why it does not verify.
pub(super) fn unverified(secret: &str, headers: &HeaderMap, body: &str) -> Option<String> {
    let official = standardwebhooks::Webhook::new(secret).unwrap();
    let verdict = official.verify(body.as_bytes(), headers);
    verdict.err().map(|it| it.to_string())
}
