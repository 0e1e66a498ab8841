//! How fast a page is: 20 of 100,000 offers, each with its category and its order, over HTTP.
//!
//! Beside it the limit: the same rows read by plain SQL and serialised by hand, behind the same HTTP
//! library, in the same process, asked by the same clients. Absolute numbers are this machine's;
//! the ratios are ours. `scripts/bench` runs this over both databases.

mod support;

use std::{sync::Arc, time::Duration};

use support::{
    Runner,
    load::{Load, Outcome},
    plain, seed, service,
    table::Table,
    turns,
};

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OFFERS: usize = 100_000;

const QUERY: &str = "query ($after: String) { offers(first: 20, after: $after) { nodes { \
    id offerNumber status { code } customer { fullName } \
    product { brandName category { code name } } \
    order { id orderNumber status { code } } } } }";

const CURSORS: &str = "query ($after: String) { offers(first: 100, after: $after) { \
    pageInfo { endCursor } } }";

/// How deep the deep page is.
const DEEP: usize = 50_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut table = Table::new(&["requests/s", "of plain SQL", "p99 ms", "of plain SQL"]);
    for runner in Runner::all().await? {
        seed::offers(&runner.service.app, OFFERS).await?;
        service::analyze(&runner.service).await?;
        let plain_page = Arc::new(plain::serve(&runner.database_url).await?);
        let deep = runner.cursor_at(CURSORS, DEEP).await?;

        let page = runner.request(QUERY, &serde_json::json!({}));
        let deep_page = runner.request(QUERY, &serde_json::json!({ "after": deep }));
        runner.compare(&page, &plain_page).await?;

        // Side by side and several times, because the machine is not always the same.
        let loads = [&plain_page, &page, &deep_page];
        for load in loads {
            load.run(Duration::from_millis(500)).await?;
        }
        let run = async |load: &&Arc<Load>| load.run(Duration::from_secs(3)).await;
        let outcomes = turns::medians(&loads, 3, run, |it| it.per_second).await?;
        let [limit, page, deep_page] = outcomes.as_slice() else {
            anyhow::bail!("as many come out as went in");
        };
        let name = runner.name;
        table.row(&format!("{name}: plain SQL"), cells(limit, limit));
        table.row(&format!("{name}: page"), cells(page, limit));
        table.row(&format!("{name}: page at {DEEP}"), cells(deep_page, limit));
        runner.stop().await;
    }
    table.print()
}

/// A result beside what it is compared with.
fn cells(outcome: &Outcome, limit: &Outcome) -> [String; 4] {
    let milliseconds = |it: &Outcome| it.p99.as_secs_f64() * 1000.0;
    [
        format!("{:.0}", outcome.per_second),
        format!("{:.2}", outcome.per_second / limit.per_second),
        format!("{:.2}", milliseconds(outcome)),
        format!("{:.2}", milliseconds(outcome) / milliseconds(limit)),
    ]
}
