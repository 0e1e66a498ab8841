//! A document in process, without HTTP and over resolvers that do nothing: what the planner costs and
//! what it saves.
//!
//! *Bare* is the execution of a plan that is there already, *hit* finds it by the document's text
//! first, *miss* makes it, and *stock* is async-graphql as it comes, from the same text.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use anyhow::Context;
use async_graphql::{
    EmptyMutation, EmptySubscription, Request, Response, SDLExportOptions, Schema, ValidationMode,
    parser::types::ExecutableDocument,
};
use leasegraph::planner::{self, Limits, Planner};
use serde_json::Map;

use crate::{
    documents::{Document, FLAT, FRAGMENTS},
    rows,
    table::Table,
    turns,
};

/// How many offers there are: a whole page, and one, where next to nothing is left but what the planner
/// is for.
const OFFERS: [usize; 2] = [20, 1];

const TURN: Duration = Duration::from_millis(300);

const TURNS: usize = 9;

type Rows = Schema<rows::Query, EmptyMutation, EmptySubscription>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Stock,
    Bare,
    Hit,
    Miss,
}

impl Way {
    const ALL: [Self; 4] = [Self::Stock, Self::Bare, Self::Hit, Self::Miss];

    const fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock async-graphql",
            Self::Bare => "bare execution",
            Self::Hit => "plan hit",
            Self::Miss => "plan miss",
        }
    }
}

/// A document, and everything that can run it.
struct Subject {
    text: &'static str,
    stock: Rows,
    fast: Rows,
    planner: Planner,
    prepared: ExecutableDocument,
    /// How many there were: no two have the same text.
    misses: Cell<u64>,
}

pub(crate) async fn measure() -> anyhow::Result<Table> {
    let mut table = Table::new(&["µs", "stock / it", "over bare µs"]);
    let documents = [FLAT, FRAGMENTS].into_iter();
    for (document, offers) in documents.flat_map(|it| OFFERS.map(|offers| (it, offers))) {
        let subject = Subject::new(&document, offers)?;
        subject.compare().await?;
        let run = async |way: &Way| subject.turn(*way).await;
        let times = turns::medians(&Way::ALL, TURNS, run, |it| *it).await?;
        let of = |wanted| {
            let found = Way::ALL.iter().zip(&times).find(|it| *it.0 == wanted);
            found.map(|it| *it.1).context("every way was measured")
        };
        let (stock, bare) = (of(Way::Stock)?, of(Way::Bare)?);
        for (way, time) in Way::ALL.iter().zip(&times) {
            let bytes = document.text.len();
            let name = format!("{bytes} bytes, offers {offers}: {}", way.name());
            let over = format!("{:.1}", time - bare);
            let ratio = format!("{:.1}", stock / time);
            table.row(&name, [format!("{time:.1}"), ratio, over]);
        }
    }
    Ok(table)
}

impl Subject {
    fn new(document: &Document, offers: usize) -> anyhow::Result<Self> {
        let rows = || rows::Query::new(offers);
        let schema = || Schema::build(rows(), EmptyMutation, EmptySubscription);
        let stock = schema().finish();
        // As the service builds its own: what comes was checked.
        let fast = schema().validation_mode(ValidationMode::Fast);
        let sdl = stock.sdl_with_options(SDLExportOptions::new().include_specified_by());
        let described = planner::Schema {
            sdl: &sdl,
            scalars: &[],
            weights: &[],
            lengths: &[],
            steady: &[],
        };
        let planner = Planner::new(&described, Limits::default())?;
        let prepared = plan(&planner, document.text)?
            .parsed_query()
            .map_err(|it| anyhow::anyhow!(it.message))?
            .clone();
        Ok(Self {
            text: document.text,
            stock,
            fast: fast.limit_recursive_depth(64).finish(),
            planner,
            prepared,
            misses: Cell::new(0),
        })
    }

    /// Fails unless all ways lead to the same answer.
    async fn compare(&self) -> anyhow::Result<()> {
        let mut said: Option<String> = None;
        for way in Way::ALL {
            let answer = self.once(way).await?;
            let answer = serde_json::to_string(&answer)?;
            anyhow::ensure!(!answer.contains("\"errors\""), "{answer}");
            let same = said.as_ref().is_none_or(|it| *it == answer);
            anyhow::ensure!(same, "{} says {answer}, and not {said:?}", way.name());
            said = Some(answer);
        }
        Ok(())
    }

    /// Microseconds for one execution.
    async fn turn(&self, way: Way) -> anyhow::Result<f64> {
        let begin = Instant::now();
        let mut times = 0_u32;
        while begin.elapsed() < TURN {
            self.once(way).await?;
            times += 1;
        }
        Ok(begin.elapsed().as_secs_f64() * 1e6 / f64::from(times))
    }

    async fn once(&self, way: Way) -> anyhow::Result<Response> {
        let request = match way {
            Way::Stock => return Ok(self.stock.execute(Request::new(self.text)).await),
            Way::Bare => {
                let mut request = Request::new("");
                request.set_parsed_query(self.prepared.clone());
                request
            }
            Way::Hit => plan(&self.planner, self.text)?,
            Way::Miss => {
                let miss = self.misses.get() + 1;
                self.misses.set(miss);
                plan(&self.planner, &format!("{}#{miss}", self.text))?
            }
        };
        Ok(self.fast.execute(request).await)
    }
}

fn plan(planner: &Planner, text: &str) -> anyhow::Result<Request> {
    let document = planner.document(text)?;
    let ready = planner.plan(&document, None, Map::new())?;
    Ok(ready.into_request())
}
