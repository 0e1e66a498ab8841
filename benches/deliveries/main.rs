//! What deliveries cost: how many leave in a second, how soon after a commit one leaves, also beside
//! endpoints that never answer, how long an event takes to a thousand endpoints, and what a hundred
//! thousand that wait take of memory.
//!
//! The receiver is a process of its own, which is this program again, so that the memory that is
//! counted is the service's. Beside them the limit: the same requests to the same receiver from a
//! client that does nothing else. `BENCH_DELIVERIES` asks for fewer. `scripts/bench` runs this.

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/load.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest of it")]
mod load;
#[path = "../support/process.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest of it")]
mod process;
mod receiver;
mod sender;
#[path = "../support/table.rs"]
mod table;

use std::{sync::Arc, time::Duration};

use self::{
    load::Load,
    receiver::{Arrivals, Receiver},
    sender::Sender,
    table::Table,
};

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many deliveries wait, if `BENCH_DELIVERIES` says nothing else.
const DELIVERIES: usize = 100_000;

/// How many endpoints they go to.
const ENDPOINTS: usize = 50;

/// To how many endpoints one event goes.
const FAN_OUT: usize = 1000;

/// How many events a second there are when it is measured how soon they leave, and for how long.
const RATE: u32 = 300;
const RATED: Duration = Duration::from_secs(10);

/// How many endpoints answer at once where two others never do, and how many events a second each of
/// them is told; and how often that is measured.
const GOOD: usize = 98;
const GOOD_RATE: u32 = 5;
const TURNS: usize = 3;

const COLUMNS: &[&str] = &[
    "a second", "of bare", "p50 ms", "p99 ms", "peak MiB", "more",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(receiver::ROLE) {
        return receiver::run().await;
    }
    measure(deliveries()?).await
}

fn deliveries() -> anyhow::Result<usize> {
    #[expect(
        clippy::disallowed_methods,
        reason = "benchmarks have no settings of their own"
    )]
    let asked = std::env::var("BENCH_DELIVERIES");
    asked.map_or(Ok(DELIVERIES), |it| Ok(it.parse()?))
}

async fn measure(deliveries: usize) -> anyhow::Result<()> {
    let receiver = Receiver::start()?;
    let mut table = Table::new(COLUMNS);
    let bare = bare(&receiver).await?;
    table.row("bare client", cells((Some(bare), None), None, None));
    for server in databases::Server::all() {
        let name = server.name();
        let (rate, memory) = backlog(&server, &receiver, deliveries).await?;
        let cells_of = cells((Some(rate), Some(rate / bare)), None, Some(memory));
        table.row(&format!("{name}: {deliveries} that waited"), cells_of);

        let arrivals = rated(&server, &receiver).await?;
        let reached = Some(arrivals.per_second());
        let cells_of = cells((reached, None), Some(&arrivals), None);
        table.row(&format!("{name}: {RATE} events a second"), cells_of);

        let [without, with] = with_and_without(&server, &receiver).await?;
        let cells_of = cells((None, None), Some(&without), None);
        table.row(&format!("{name}: {GOOD} good endpoints"), cells_of);
        let cells_of = cells((None, None), Some(&with), None);
        table.row(&format!("{name}: beside two bad ones"), cells_of);

        let arrivals = fan_out(&server, &receiver).await?;
        let cells_of = cells((None, None), Some(&arrivals), None);
        table.row(&format!("{name}: one event to {FAN_OUT}"), cells_of);
    }
    table.print()
}

/// How many requests like a delivery's the receiver answers in a second.
async fn bare(receiver: &Receiver) -> anyhow::Result<f64> {
    let request = sender::request(receiver);
    let load = Arc::new(Load::new(receiver.address, request));
    load.run(Duration::from_secs(1)).await?;
    Ok(load.run(Duration::from_secs(5)).await?.per_second)
}

/// What the process has in memory, in MiB.
#[derive(Clone, Copy)]
struct Memory {
    before: f64,
    peak: f64,
}

/// Deliveries that wait when the service starts: how many leave in a second, and the most memory.
async fn backlog(
    server: &databases::Server,
    receiver: &Receiver,
    deliveries: usize,
) -> anyhow::Result<(f64, Memory)> {
    let database = server.database("backlog").await?;
    let sender = Sender::writing(&database.url).await?;
    sender.endpoints(&receiver.urls(ENDPOINTS)).await?;
    sender.tell(deliveries / ENDPOINTS).await?;
    sender.stop().await;
    receiver.forget().await?;
    let before = process::memory(std::process::id())?.now;
    process::forget_peak(std::process::id())?;
    let sender = Sender::delivering(&database.url).await?;
    let arrivals = receiver
        .wait_for(deliveries / ENDPOINTS * ENDPOINTS)
        .await?;
    let peak = process::memory(std::process::id())?.peak;
    sender.stop().await;
    database.remove().await?;
    Ok((arrivals.per_second(), Memory { before, peak }))
}

/// Events that are committed one by one, so many a second: how soon each leaves.
async fn rated(server: &databases::Server, receiver: &Receiver) -> anyhow::Result<Arrivals> {
    let database = server.database("rated").await?;
    let sender = Sender::delivering(&database.url).await?;
    sender.endpoints(&receiver.urls(1)).await?;
    // The first connection and the first plans are made once.
    sender.tell(1).await?;
    receiver.wait_for(1).await?;
    receiver.forget().await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    let events = u64::from(RATE) * RATED.as_secs();
    for _ in 0..events {
        ticks.tick().await;
        sender.tell(1).await?;
    }
    let arrivals = receiver.wait_for(events.try_into()?).await?;
    sender.stop().await;
    database.remove().await?;
    Ok(arrivals)
}

/// Events for many endpoints that answer at once, and for two that never do if they are there: how
/// soon each leaves to the good ones.
async fn beside(
    server: &databases::Server,
    receiver: &Receiver,
    are_bad_there: bool,
) -> anyhow::Result<Arrivals> {
    let database = server.database("beside").await?;
    let sender = Sender::delivering(&database.url).await?;
    sender.endpoints(&receiver.urls(GOOD)).await?;
    if are_bad_there {
        sender.endpoints(&receiver.bad_urls()).await?;
    }
    // The first connections are made once.
    sender.tell(1).await?;
    receiver.wait_for(GOOD).await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / GOOD_RATE);
    let events = GOOD_RATE * 10;
    for _ in 0..events {
        ticks.tick().await;
        sender.tell(1).await?;
    }
    let arrivals = receiver.wait_for(usize::try_from(events)? * GOOD).await?;
    sender.stop().await;
    database.remove().await?;
    Ok(arrivals)
}

/// The same with and without the two, in turn.
async fn with_and_without(
    server: &databases::Server,
    receiver: &Receiver,
) -> anyhow::Result<[Arrivals; 2]> {
    let (mut without, mut with) = (Arrivals::default(), Arrivals::default());
    for _ in 0..TURNS {
        without = without.and(beside(server, receiver, false).await?);
        with = with.and(beside(server, receiver, true).await?);
    }
    Ok([without, with])
}

/// One event for many endpoints.
async fn fan_out(server: &databases::Server, receiver: &Receiver) -> anyhow::Result<Arrivals> {
    let database = server.database("fan_out").await?;
    let sender = Sender::delivering(&database.url).await?;
    sender.endpoints(&receiver.urls(FAN_OUT)).await?;
    receiver.forget().await?;
    sender.tell(1).await?;
    let arrivals = receiver.wait_for(FAN_OUT).await?;
    sender.stop().await;
    database.remove().await?;
    Ok(arrivals)
}

fn cells(
    (rate, of_bare): (Option<f64>, Option<f64>),
    arrivals: Option<&Arrivals>,
    memory: Option<Memory>,
) -> [String; 6] {
    let shown =
        |it: Option<f64>, digits: usize| it.map_or_else(String::new, |it| format!("{it:.digits$}"));
    [
        shown(rate, 0),
        shown(of_bare, 2),
        shown(arrivals.map(Arrivals::p50), 1),
        shown(arrivals.map(Arrivals::p99), 1),
        shown(memory.map(|it| it.peak), 0),
        shown(memory.map(|it| it.peak - it.before), 0),
    ]
}
