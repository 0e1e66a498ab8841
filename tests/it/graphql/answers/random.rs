//! Changes and queries in any order: what is kept is always what is so.

use leasegraph::graphql::caller::Caller;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{
    ALL, Both,
    rows::{CHANGES, Change, Rows},
};

/// Whose rows there are.
const TENANTS: [&str; 2] = ["acme", "beta"];

const SCOPES: [&str; 3] = ["admin", "offers:read categories:read", "vehicles:read"];

#[derive(Debug, Clone)]
enum Step {
    Ask {
        tenant: usize,
        scopes: usize,
        query: usize,
    },
    Change {
        tenant: usize,
        how: Change,
        at: usize,
        /// Else it is broken off.
        committed: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ask = (0..TENANTS.len(), 0..SCOPES.len(), 0..queries().len()).prop_map(
        |(tenant, scopes, query)| Step::Ask {
            tenant,
            scopes,
            query,
        },
    );
    let change = (
        0..TENANTS.len(),
        prop::sample::select(CHANGES.as_slice()),
        0_usize..8,
        prop::bool::weighted(0.8),
    )
        .prop_map(|(tenant, how, at, committed)| Step::Change {
            tenant,
            how,
            at,
            committed,
        });
    prop::collection::vec(prop_oneof![4 => ask, 1 => change], 80..120)
}

fn queries() -> Vec<(&'static str, Value)> {
    let page = "query ($first: Int!, $search: String) {
        offers(first: $first, where: { search: $search }) {
            totalCount nodes { id notes order { id } } pageInfo { endCursor hasNextPage } } }";
    let vehicles = "{ vehicles(first: 9) { nodes {
        notes orders(first: 1) { totalCount nodes { months offer { notes } } } } } }";
    let tree = "{ category(scheme: BIDEX, code: \"0101\") { name parent { name } path { name } } }";
    vec![
        (ALL, Value::Null),
        (page, json!({ "first": 2, "search": "cube" })),
        (page, json!({ "first": 3 })),
        (vehicles, Value::Null),
        (tree, Value::Null),
    ]
}

async fn take(both: &Both, rows: &mut [Rows; 2], step: &Step) {
    match *step {
        Step::Ask {
            tenant,
            scopes,
            query,
        } => {
            let caller = Caller {
                tenant: rows[tenant].tenant().clone(),
                ..both.graph.caller(SCOPES[scopes])
            };
            let (document, variables) = &queries()[query];
            both.ask_as(&caller, (document, variables)).await;
        }
        Step::Change {
            tenant,
            how,
            at,
            committed,
        } => {
            let mut changed = rows[tenant].clone();
            let tx = both.graph.app.db.begin().await.unwrap();
            changed.ensure(&tx).await;
            changed.change(&tx, how, at).await;
            if committed {
                tx.commit().await.unwrap();
                rows[tenant] = changed;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_and_whoever_asks_the_answer_is_what_is_so() {
    let runtime = tokio::runtime::Handle::current();
    let mut runner = TestRunner::new(Config::with_cases(6));
    let is_so = |steps: Vec<Step>| {
        runtime.block_on(async {
            let both = Both::new().await;
            let account = &both.graph.account;
            let mut rows = TENANTS.map(|it| Rows::new(it, account.clone()));
            for step in &steps {
                take(&both, &mut rows, step).await;
            }
            let counted = both.graph.app.metrics.text().unwrap();
            let hits = counted.contains(r#"leasegraph_answer_cache_total{result="hit"}"#);
            assert!(hits, "nothing was given again");
        });
        Ok(())
    };
    tokio::task::block_in_place(|| runner.run(&steps(), is_so)).unwrap();
}
