//! Claims on idempotency keys: who may do what was asked, when several may have begun.

use std::{sync::Arc, time::Duration};

use leasegraph::{
    idempotency::{Asked, Begun, Claim, begin},
    store::StoreError,
};
use secrecy::ExposeSecret;

use super::support::Graph;

fn asked() -> Asked {
    Asked {
        key: "a key".parse().unwrap(),
        request: [1; 32],
    }
}

async fn claim(graph: &Graph) -> Claim {
    let begun = begin(&graph.app, &graph.tenant, &asked()).await.unwrap();
    let Begun::First(claim) = begun else {
        panic!("{begun:?}");
    };
    claim
}

#[tokio::test]
async fn who_gives_up_leaves_the_key_to_the_next_one_who_knows_of_it() {
    let graph = Graph::new().await;
    let first = claim(&graph).await;
    assert!(!first.is_second_try());
    let (app, tenant) = (Arc::clone(&graph.app), graph.tenant.clone());
    let next = tokio::spawn(async move { begin(&app, &tenant, &asked()).await });
    drop(first);
    let Begun::First(second) = next.await.unwrap().unwrap() else {
        panic!("nobody is left to do it");
    };
    assert!(second.is_second_try());
}

#[tokio::test]
async fn who_is_slower_than_the_lease_changes_nothing() {
    let graph = Graph::new().await;
    let slow = claim(&graph).await;
    graph.app.clock.advance(Duration::from_mins(2));
    let fast = claim(&graph).await;
    assert!(fast.is_second_try());

    let tx = graph.begin().await;
    let error = slow.done(&tx, &"slow").await.unwrap_err();
    assert!(matches!(error, StoreError::LeaseLost(_)), "{error:?}");
    drop(tx);
    let tx = graph.begin().await;
    fast.done(&tx, &"fast").await.unwrap();
    tx.commit().await.unwrap();
    let begun = begin(&graph.app, &graph.tenant, &asked()).await.unwrap();
    let Begun::Over(past) = begun else {
        panic!("{begun:?}");
    };
    assert_eq!(past.outcome.expose_secret(), br#"{"Ok":"fast"}"#);
}

#[tokio::test]
async fn an_outcome_that_was_not_committed_is_none() {
    let graph = Graph::new().await;
    let first = claim(&graph).await;
    let tx = graph.begin().await;
    first.done(&tx, &"nothing").await.unwrap();
    drop(tx);
    drop(first);
    assert!(claim(&graph).await.is_second_try());
}

#[tokio::test]
async fn the_first_answer_is_everybody_s() {
    let graph = Graph::new().await;
    let memo = claim(&graph).await.memo().unwrap();
    for answer in [b"first".to_vec(), b"second".to_vec()] {
        let kept = memo.keep(answer.into()).await.unwrap();
        assert_eq!(kept.expose_secret(), b"first");
    }
}
