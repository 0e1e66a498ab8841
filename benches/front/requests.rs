//! The three documents over HTTP: ours beside stock async-graphql and the peers.
//!
//! All have the same rows, the same clients and the same time; all must give the same data first.

use std::{sync::Arc, time::Duration};

use anyhow::Context;

use crate::{
    databases::{self, Database},
    documents::{self, Document},
    load::{Load, Outcome},
    process, seed,
    servers::{Kind, Server},
    service,
    table::Table,
    turns,
};

/// Node compiles what runs often, and databases plan anew what they have seen a few times.
const WARM_UP: Duration = Duration::from_secs(3);

const TURN: Duration = Duration::from_secs(3);

const TURNS: usize = 3;

pub(crate) const COLUMNS: &[&str] = &["requests/s", "of ours", "CPU µs", "of ours", "p99 ms"];

/// A document at a server.
struct Asked<'a> {
    server: &'a Server,
    load: Arc<Load>,
}

/// What came of a turn.
struct Turn {
    load: Outcome,
    /// What the server's processors worked for one request.
    work: Duration,
}

/// Rows of the table for one database server.
pub(crate) async fn measure(
    at: &databases::Server,
    offers: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    let database = seeded(at, "front", offers).await?;
    let url = database.url.as_str();
    let started = match at {
        // The peers do not know it.
        databases::Server::Sqlite => vec![
            Server::start(Kind::Ours, url),
            Server::start(Kind::OursAskedBefore, &copy(url)?),
        ],
        databases::Server::Postgres(_) => Kind::ALL.map(|it| Server::start(it, url)).into(),
    };
    let servers: Vec<_> = started.into_iter().collect::<Result<_, _>>()?;
    for document in documents::ALL {
        let turns = compare(&servers, &document).await?;
        let ours = turns.first().context("ours is the first")?;
        for (server, turn) in servers.iter().zip(&turns) {
            let name = format!("{}, {}: {}", at.name(), document.name, server.kind.name());
            table.row(&name, cells(turn, ours));
        }
    }
    drop(servers);
    database.remove().await
}

/// The same rows for one more process, because one alone may have an SQLite file.
fn copy(url: &str) -> anyhow::Result<String> {
    let file = url.strip_prefix("sqlite://").context("no file")?;
    let file = file.split('?').next().unwrap_or(file);
    let copy = format!("{file}.copy");
    std::fs::copy(file, &copy)?;
    Ok(format!("sqlite://{copy}?mode=rwc"))
}

/// A database with so many offers, which nobody has open.
pub(crate) async fn seeded(
    at: &databases::Server,
    purpose: &str,
    offers: usize,
) -> anyhow::Result<Database> {
    let database = at.database(purpose).await?;
    let service = service::start(&database.url, None).await?;
    seed::offers(&service.app, offers).await?;
    service::analyze(&service).await?;
    service.stop().await;
    Ok(database)
}

/// Asks all servers in turn, once they have said the same.
async fn compare(servers: &[Server], document: &Document) -> anyhow::Result<Vec<Turn>> {
    let token = service::token()?;
    let asked: Vec<_> = servers
        .iter()
        .map(|server| Asked {
            server,
            load: server.request(document, &token),
        })
        .collect();
    let mut said: Option<String> = None;
    for it in &asked {
        let name = it.server.kind.name();
        let data = it.load.data().await.context(name)?;
        let same = said.as_ref().is_none_or(|it| *it == data);
        anyhow::ensure!(
            same,
            "{}: {name} says\n{data}\nand not\n{said:?}",
            document.name
        );
        said = Some(data);
    }
    for it in &asked {
        it.load.run(WARM_UP).await?;
    }
    turns::medians(&asked, TURNS, Asked::turn, |it| it.load.per_second).await
}

impl Asked<'_> {
    async fn turn(&self) -> anyhow::Result<Turn> {
        let before = process::worked(&self.server.processes)?;
        let load = self.load.run(TURN).await.context(self.server.kind.name())?;
        let worked = process::worked(&self.server.processes)?.saturating_sub(before);
        let requests = load.per_second * TURN.as_secs_f64();
        Ok(Turn {
            load,
            work: worked.div_f64(requests),
        })
    }
}

fn cells(turn: &Turn, ours: &Turn) -> [String; 5] {
    let work = turn.work.as_secs_f64();
    [
        format!("{:.0}", turn.load.per_second),
        format!("{:.2}", turn.load.per_second / ours.load.per_second),
        format!("{:.0}", work * 1e6),
        format!("{:.2}", work / ours.work.as_secs_f64()),
        format!("{:.2}", turn.load.p99.as_secs_f64() * 1e3),
    ]
}
