//! What is counted, for whoever watches the service.
//!
//! Apart, because every part may count and none should know how it is shown. A label's values are
//! words of ours, so that there are never more series than this file allows: no tenant, no path of
//! a request, no name that somebody chose.

use std::{fmt, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// From what a cached answer takes to the longest that one may.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Everything that is counted. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub connections: Connections,
    requests: Family<Answered, Counter>,
    seconds: Durations,
    attempts: Family<Outcome, Counter>,
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

    /// Counts an attempt to deliver a webhook.
    pub fn attempted(&self, result: &'static str) {
        self.attempts.get_or_create(&Outcome { result }).inc();
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
        registry.register(
            "webhook_attempts",
            "Attempts to deliver a webhook, by result",
            self.attempts.clone(),
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
