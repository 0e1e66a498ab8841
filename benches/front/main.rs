//! What the front door costs, and what it saves: documents over HTTP beside stock async-graphql and
//! two servers that others have made, the planner in process, and documents that are made to hurt.
//!
//! Every server is a process of its own, so that its time and its memory are its own. Absolute
//! numbers are this machine's; the ratios are ours. Apart from `page`, which compares a page with
//! plain SQL in one process. `scripts/bench` runs this over both databases; the name of a table as
//! an argument (`requests`, `inside`, `hostile`) asks for that one alone.

mod bombs;
#[path = "../support/databases.rs"]
mod databases;
mod documents;
mod hostile;
mod inside;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/process.rs"]
mod process;
mod requests;
mod rows;
#[path = "../support/seed.rs"]
mod seed;
mod servers;
#[path = "../support/service.rs"]
mod service;
mod stock;
#[path = "../support/table.rs"]
mod table;
#[path = "../support/turns.rs"]
mod turns;

use anyhow::Context;
use leasegraph::demo;

use self::table::Table;

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many offers there are; `BENCH_OFFERS` asks for another number.
const OFFERS: usize = 100_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [first, kind, database_url] = arguments.as_slice()
        && first == servers::SERVE
    {
        return servers::serve(kind, database_url).await;
    }
    // Whoever asks for an early end does not leave processes behind: they end with what is dropped.
    tokio::select! {
        measured = measure(&arguments) => measured,
        asked = demo::asked_to_end() => {
            asked?;
            anyhow::bail!("ended before everything was measured")
        }
    }
}

/// The tables that are asked for, or all of them.
async fn measure(arguments: &[String]) -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let names: Vec<_> = arguments
        .iter()
        .filter(|it| !it.starts_with("--"))
        .collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|it| *it == name);
    if wanted("inside") {
        inside::measure().await?.print()?;
    }
    if wanted("requests") {
        let mut table = Table::new(requests::COLUMNS);
        for server in databases::Server::all() {
            requests::measure(&server, offers()?, &mut table).await?;
        }
        table.print()?;
    }
    if wanted("hostile") {
        hostile::measure().await?.print()?;
    }
    Ok(())
}

fn offers() -> anyhow::Result<usize> {
    #[expect(
        clippy::disallowed_methods,
        reason = "benchmarks have no settings of their own"
    )]
    match std::env::var("BENCH_OFFERS") {
        Ok(number) => number.parse().context("BENCH_OFFERS"),
        Err(_) => Ok(OFFERS),
    }
}
