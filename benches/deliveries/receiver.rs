//! The receiver: a process that answers every webhook at once, and notes when it came and when what
//! it tells about was committed.
//!
//! Apart from the service, so that neither's memory is the other's. It checks no signature: what it
//! does takes time from the service, and is the same for the bare client.

use std::{
    convert::Infallible,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use leasegraph::{clock::Clock, domain::Timestamp};
use serde::{Deserialize, Serialize};

/// The first argument of the process that is the receiver.
pub(crate) const ROLE: &str = "receive";

/// How often it is asked how much has come.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long all may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What has come since the receiver was told to forget.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Arrivals {
    /// When the first and the last came, in microseconds.
    first: i64,
    last: i64,
    /// How long each took from its commit, in microseconds, shortest first.
    took: Vec<i64>,
}

impl Arrivals {
    /// With what came at another time.
    pub(crate) fn and(mut self, mut other: Self) -> Self {
        self.took.append(&mut other.took);
        self.took.sort_unstable();
        self
    }

    pub(crate) fn per_second(&self) -> f64 {
        micros(self.took.len()) / (micros(self.last - self.first) / 1e6)
    }

    /// In milliseconds.
    pub(crate) fn p50(&self) -> f64 {
        self.quantile(50)
    }

    /// In milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.quantile(99)
    }

    fn quantile(&self, percent: usize) -> f64 {
        let at = self.took.len() * percent / 100;
        self.took.get(at).map_or(f64::NAN, |it| micros(*it) / 1e3)
    }
}

/// A number that is far from what a float cannot hold.
fn micros(number: impl TryInto<i32>) -> f64 {
    number.try_into().map_or(f64::NAN, f64::from)
}

type Seen = Arc<Mutex<Arrivals>>;

#[derive(Deserialize)]
struct Webhook {
    timestamp: Timestamp,
}

/// Listens, says where, and goes on until it is killed.
pub(crate) async fn run() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let routes = Router::new()
        .route("/hook/{endpoint}", post(receive))
        .route("/silent", post(std::future::pending::<&str>))
        .route("/dripping", post(drip))
        .route("/arrivals", get(arrivals).delete(forget))
        .route("/count", get(count))
        .with_state(Seen::default());
    Ok(axum::serve(listener, routes).await?)
}

async fn receive(State(seen): State<Seen>, Json(webhook): Json<Webhook>) -> &'static str {
    let now = Clock::system().now();
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.took.is_empty() {
        seen.first = now.timestamp_micros();
    }
    seen.last = now.timestamp_micros();
    let took = (now - webhook.timestamp).num_microseconds();
    seen.took.push(took.unwrap_or(i64::MAX));
    "thanks"
}

/// An answer that has no end, a byte a second.
async fn drip() -> Body {
    let second = Duration::from_secs(1);
    Body::from_stream(stream::repeat(()).then(move |()| async move {
        tokio::time::sleep(second).await;
        Ok::<_, Infallible>(" ")
    }))
}

async fn count(State(seen): State<Seen>) -> String {
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.took.len().to_string()
}

async fn arrivals(State(seen): State<Seen>) -> Json<Arrivals> {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let mut arrivals = std::mem::take(&mut *seen);
    arrivals.took.sort_unstable();
    Json(arrivals)
}

async fn forget(State(seen): State<Seen>) {
    *seen.lock().unwrap_or_else(PoisonError::into_inner) = Arrivals::default();
}

/// The process of the receiver, which ends with this.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    process: Child,
}

impl Receiver {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(ROLE)
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().context("there is no output")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        Ok(Self {
            address: line.trim().parse()?,
            client: reqwest::Client::builder().timeout(PATIENCE).build()?,
            process,
        })
    }

    /// Where the webhooks of so many endpoints go.
    pub(crate) fn urls(&self, count: usize) -> Vec<String> {
        let path = |number| self.url(&format!("hook/{number}"));
        (0..count).map(path).collect()
    }

    /// Where those of two endpoints go that never finish an answer.
    pub(crate) fn bad_urls(&self) -> [String; 2] {
        ["silent", "dripping"].map(|path| self.url(path))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub(crate) async fn forget(&self) -> anyhow::Result<()> {
        let url = self.url("arrivals");
        self.client.delete(url).send().await?.error_for_status()?;
        Ok(())
    }

    /// Waits until so many have come, and returns them. More are too many.
    pub(crate) async fn wait_for(&self, expected: usize) -> anyhow::Result<Arrivals> {
        let began = Instant::now();
        loop {
            let count: usize = self.ask("count").await?.text().await?.parse()?;
            if count >= expected {
                break;
            }
            let late = began.elapsed() > PATIENCE;
            anyhow::ensure!(!late, "{count} of {expected} webhooks came");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let arrivals: Arrivals = self.ask("arrivals").await?.json().await?;
        let count = arrivals.took.len();
        anyhow::ensure!(count == expected, "{count} webhooks came for {expected}");
        Ok(arrivals)
    }

    async fn ask(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        Ok(self
            .client
            .get(self.url(path))
            .send()
            .await?
            .error_for_status()?)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
