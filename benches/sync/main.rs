//! How fast a first sync is: 100,000 offers from the sandbox's JobRad into each database, and how
//! much memory the service takes for it.
//!
//! Sandbox and service are processes of their own, so that the service's memory is the service's
//! alone. Two smaller syncs come before, because memory must not grow with the number of rows.
//! Beside the largest one the limit: the rows that it wrote, written again by plain multi-row
//! inserts. Absolute numbers are this machine's; the ratios are ours. Apart from `page`, with which
//! it shares nothing but the table: there is no load, and nothing runs in this process. `scripts/bench`
//! runs this over both databases.

#[path = "../support/databases.rs"]
mod databases;
mod inserts;
mod processes;
mod rows;
#[path = "../support/table.rs"]
mod table;

use std::time::Duration;

use anyhow::Context;
use leasegraph::demo;

use self::{
    databases::{Database, Server},
    processes::{Provider, Service},
    table::Table,
};

/// As in the service: the limit's SQLite allocates with it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many offers the largest sync reads; `BENCH_OFFERS` asks for another number.
const OFFERS: u32 = 100_000;

const COLUMNS: &[&str] = &[
    "offers/s",
    "rows/s",
    "of inserts",
    "peak MiB",
    "of smallest",
];

/// A first sync.
struct Sync {
    offers: u32,
    rows: u32,
    time: Duration,
    /// What the service had in memory at most; unknown where there is no `/proc`.
    peak_mib: Option<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Whoever asks for an early end does not leave processes behind: they end with what is dropped.
    tokio::select! {
        measured = measure() => measured,
        asked = demo::asked_to_end() => {
            asked?;
            anyhow::bail!("ended before everything was measured")
        }
    }
}

async fn measure() -> anyhow::Result<()> {
    let mut table = Table::new(COLUMNS);
    let largest = offers()?;
    for server in Server::all() {
        let smallest = smaller_sync(&server, largest / 4).await?;
        let middle = smaller_sync(&server, largest / 2).await?;
        let database = server.database("sync").await?;
        let last = sync(&database, largest).await?;
        let limit = inserts::median(&server, &database).await?;
        database.remove().await?;

        let name = server.name();
        for sync in [&smallest, &middle, &last] {
            // A smaller database is faster to write to, so only equals are compared.
            let of_inserts = (sync.offers == largest).then(|| sync.rows_per_second() / limit);
            let cells = sync.cells(of_inserts, smallest.peak_mib);
            table.row(&format!("{name}: sync of {}", sync.offers), cells);
        }
        table.row(&format!("{name}: plain inserts"), cells_of_limit(limit));
    }
    table.print()
}

fn offers() -> anyhow::Result<u32> {
    #[expect(
        clippy::disallowed_methods,
        reason = "benchmarks have no settings of their own"
    )]
    match std::env::var("BENCH_OFFERS") {
        Ok(number) => number.parse().context("BENCH_OFFERS"),
        Err(_) => Ok(OFFERS),
    }
}

async fn smaller_sync(server: &Server, offers: u32) -> anyhow::Result<Sync> {
    let database = server.database("sync").await?;
    let sync = sync(&database, offers).await?;
    database.remove().await?;
    Ok(sync)
}

/// From the moment at which the account is connected to the end of its first sweep.
async fn sync(database: &Database, offers: u32) -> anyhow::Result<Sync> {
    let provider = Provider::start(offers)?;
    let service = Service::start(&database.url).await?;
    let time = service.first_sync(&provider).await?;
    let peak_mib = service.peak_mib();
    drop(service);
    let (records, rows) = rows::count(&database.url).await?;
    anyhow::ensure!(records == offers, "{records} of {offers} offers came");
    Ok(Sync {
        offers,
        rows,
        time,
        peak_mib,
    })
}

impl Sync {
    fn rows_per_second(&self) -> f64 {
        f64::from(self.rows) / self.time.as_secs_f64()
    }

    fn cells(&self, of_inserts: Option<f64>, smallest_peak: Option<f64>) -> [String; 5] {
        let of_smallest = self.peak_mib.zip(smallest_peak);
        [
            format!("{:.0}", f64::from(self.offers) / self.time.as_secs_f64()),
            format!("{:.0}", self.rows_per_second()),
            of_inserts.map_or_else(String::new, |it| format!("{it:.2}")),
            self.peak_mib
                .map_or_else(String::new, |it| format!("{it:.0}")),
            of_smallest.map_or_else(String::new, |(it, other)| format!("{:.2}", it / other)),
        ]
    }
}

fn cells_of_limit(rows_per_second: f64) -> [String; 5] {
    [
        String::new(),
        format!("{rows_per_second:.0}"),
        format!("{:.2}", 1.0),
        String::new(),
        String::new(),
    ]
}
