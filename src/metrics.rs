//! What is counted, for whoever watches the service.
//!
//! Apart, because every part may count and none should know how it is shown. A label's values are
//! words of ours, so that there are never more series than this file allows: no tenant, no path of
//! a request, no name that somebody chose.

use std::{fmt, sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// From a receiver next door to one that was down for all attempts.
const DELIVERY_BUCKETS: [f64; 12] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 600.0, 7_200.0, 90_000.0,
];

/// From what a cached answer takes to the longest that one may.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Everything that is counted. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub connections: Connections,
    requests: Family<Answered, Counter>,
    seconds: Durations,
    answers: Family<Outcome, Counter>,
    pub webhooks: Webhooks,
    payloads: Family<Outcome, Counter>,
    replayed: Counter,
    removed: Family<Kind, Counter>,
    rounds: Family<Outcome, Counter>,
}

/// Connections of the API's address.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    /// Open now, sockets included.
    pub open: Gauge,
    /// Turned away, because there were too many.
    pub refused: Counter,
    /// Open now, and a WebSocket.
    pub sockets: Gauge,
}

/// Deliveries of webhooks.
#[derive(Debug, Clone)]
pub struct Webhooks {
    attempts: Family<Outcome, Counter>,
    until_begun: Histogram,
    until_delivered: Histogram,
    queue_age: Gauge<f64, AtomicU64>,
    unwell: Family<State, Gauge>,
    taken_over: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            attempts: Family::default(),
            until_begun: Histogram::new(DELIVERY_BUCKETS),
            until_delivered: Histogram::new(DELIVERY_BUCKETS),
            queue_age: Gauge::default(),
            unwell: Family::default(),
            taken_over: Counter::default(),
        }
    }
}

impl Webhooks {
    /// Counts an attempt.
    pub fn attempted(&self, result: &'static str) {
        self.attempts.get_or_create(&Outcome { result }).inc();
    }

    /// How long a delivery waited for its first attempt.
    pub fn begun_after(&self, waited: Duration) {
        self.until_begun.observe(waited.as_secs_f64());
    }

    /// How long it took until a delivery was taken.
    pub fn delivered_after(&self, took: Duration) {
        self.until_delivered.observe(took.as_secs_f64());
    }

    /// How long the delivery has been due that is so the longest.
    pub fn queue_age(&self, age: Duration) {
        self.queue_age.set(age.as_secs_f64());
    }

    /// How many endpoints are in a state in which they get nothing.
    pub fn unwell(&self, state: &'static str, count: i64) {
        self.unwell.get_or_create(&State { state }).set(count);
    }

    /// Counts deliveries that were taken over.
    pub fn taken_over(&self, count: u64) {
        self.taken_over.inc_by(count);
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "webhook_attempts",
            "Attempts to deliver a webhook, by result",
            self.attempts.clone(),
        );
        registry.register(
            "webhook_first_attempt_delay_seconds",
            "How long deliveries waited for their first attempt",
            self.until_begun.clone(),
        );
        registry.register(
            "webhook_delivery_delay_seconds",
            "How long it took until deliveries were taken",
            self.until_delivered.clone(),
        );
        registry.register(
            "webhook_queue_age_seconds",
            "How long the delivery has been due that is so the longest",
            self.queue_age.clone(),
        );
        registry.register(
            "webhook_endpoints_unwell",
            "Endpoints that get nothing just now, by state",
            self.unwell.clone(),
        );
        registry.register(
            "webhook_takeovers",
            "Deliveries that were taken over from a process that did not end them",
            self.taken_over.clone(),
        );
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Debug, Clone)]
struct Durations(Family<Of, Histogram>);

impl Default for Durations {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

impl Metrics {
    /// Counts an answer to a request of the API.
    pub fn answered(&self, route: &'static str, status: u16, took: Duration) {
        let status = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.requests
            .get_or_create(&Answered { route, status })
            .inc();
        let seconds = self.seconds.0.get_or_create(&Of { route });
        seconds.observe(took.as_secs_f64());
    }

    /// Counts a look for an answer that may have been kept.
    pub fn looked_for_answer(&self, found: bool) {
        let result = if found { "hit" } else { "miss" };
        self.answers.get_or_create(&Outcome { result }).inc();
    }

    /// Counts deliveries that replays put on their way.
    pub fn replayed(&self, deliveries: u64) {
        self.replayed.inc_by(deliveries);
    }

    /// Counts rows that were removed, because they were old.
    pub fn removed(&self, kind: &'static str, count: u64) {
        self.removed.get_or_create(&Kind { kind }).inc_by(count);
    }

    /// Counts an execution of a webhook endpoint's document.
    pub fn shaped(&self, result: &'static str) {
        self.payloads.get_or_create(&Outcome { result }).inc();
    }

    /// Counts a round of polling.
    pub fn polled(&self, result: &'static str) {
        self.rounds.get_or_create(&Outcome { result }).inc();
    }

    /// All of it, as Prometheus reads it.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("leasegraph");
        let Connections {
            open,
            refused,
            sockets,
        } = self.connections.clone();
        registry.register("http_connections", "Connections that are open", open);
        registry.register(
            "http_connections_refused",
            "Connections that were turned away, because there were too many",
            refused,
        );
        registry.register("sockets", "WebSockets that are open", sockets);
        registry.register(
            "http_requests",
            "Requests by route and by the first digit of the status",
            self.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "How long requests took, up to the beginning of the answer",
            self.seconds.0.clone(),
        );
        self.webhooks.register(&mut registry);
        registry.register(
            "answer_cache",
            "Looks for an answer that may have been kept, by result",
            self.answers.clone(),
        );
        registry.register(
            "webhook_replayed",
            "Deliveries that replays put on their way",
            self.replayed.clone(),
        );
        registry.register(
            "removed",
            "Rows that were removed, because they were old, by kind",
            self.removed.clone(),
        );
        registry.register(
            "webhook_documents",
            "Executions of endpoints' documents, once for each event, by result",
            self.payloads.clone(),
        );
        registry.register(
            "sync_rounds",
            "Rounds of polling, by result",
            self.rounds.clone(),
        );
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }
}
