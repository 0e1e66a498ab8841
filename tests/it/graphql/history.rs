//! An offer's past, which only its provider can tell.

use leasegraph::domain::provider::ProviderKey;
use sandbox::{Fault, FaultKind, NewOffer, OfferStatus};
use serde_json::{Value, json};

use super::support::{Graph, account, offer};
use crate::support::app::TestApp;

const HISTORY: &str = "query ($first: Int, $after: String) { offers(first: 1) { nodes { offerNumber
    history(first: $first, after: $after) {
        nodes { at kind fromStatus toStatus } edges { cursor }
        pageInfo { hasNextPage hasPreviousPage endCursor }
} } } }";

#[tokio::test]
async fn an_offers_past_is_paged_in_any_size() {
    let app = TestApp::start().await;
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(NewOffer {
        status: Some(OfferStatus::Draft),
        ..NewOffer::default()
    });
    for _ in 0..6 {
        app.advance(std::time::Duration::from_mins(1));
        jobrad.edit_offer(id, &json!({ "notes": "again" })).unwrap();
        jobrad.set_status(id, "rejected").unwrap();
        jobrad.set_status(id, "draft").unwrap();
    }
    let tenant = app.tenant("acme");
    tenant.connect().await;
    let read = async |first: u32, after: &Value| {
        let variables = json!({ "first": first, "after": after });
        let mut data = tenant.data(HISTORY, variables).await;
        data["offers"]["nodes"][0]["history"].take()
    };
    let whole = read(100, &Value::Null).await;
    let all = whole["nodes"].as_array().unwrap().clone();
    assert!(all.len() > 8, "{whole}");
    assert_eq!(whole["pageInfo"]["hasNextPage"], false);

    // A page may begin in the middle of one of the provider's.
    for sizes in [[3, 3, 3], [5, 2, 4], [1, 7, 2]] {
        let mut seen = Vec::new();
        let mut after = Value::Null;
        for (number, size) in sizes.into_iter().enumerate() {
            let page = read(size, &after).await;
            let nodes = page["nodes"].as_array().unwrap();
            seen.extend(nodes.iter().cloned());
            assert_eq!(page["pageInfo"]["hasPreviousPage"], number > 0);
            assert_eq!(page["pageInfo"]["hasNextPage"], seen.len() < all.len());
            after = page["pageInfo"]["endCursor"].clone();
            assert_eq!(page["edges"][nodes.len() - 1]["cursor"], after);
        }
        assert_eq!(seen, all[..seen.len()], "{sizes:?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_costs_the_past_and_nothing_else() {
    let app = TestApp::start().await;
    let jobrad = app.sandbox.jobrad();
    jobrad.add_offer(NewOffer::default());
    let tenant = app.tenant("acme");
    tenant.connect().await;
    let down = FaultKind::Status {
        code: 503,
        retry_after: None,
    };
    app.sandbox.inject(Fault::on("/jobrad", down));
    let answer = tenant.graphql(HISTORY, json!({ "first": 5 })).await;
    let node = &answer["data"]["offers"]["nodes"][0];
    assert!(node["offerNumber"].is_string(), "{answer}");
    assert_eq!(node["history"], Value::Null);
    let error = &answer["errors"][0];
    assert_eq!(error["message"], "JobRad did not answer; try again later.");
    let extensions = &error["extensions"];
    assert_eq!(extensions["code"], "PROVIDER_UNAVAILABLE");
    assert_eq!(extensions["provider"], "JOBRAD");
    assert_eq!(extensions["retryable"], true);
}

#[tokio::test]
async fn a_past_that_nobody_can_tell_is_refused_by_code() {
    let graph = Graph::new().await;
    let offers = [offer(&graph.account, 0)];
    graph.save_offers(&offers).await;
    let answer = graph
        .ask("{ offers(first: 1) { nodes { history(first: 1) { nodes { kind } } } } }")
        .await;
    // Nothing says which record of the account it was read from.
    assert_eq!(answer["data"]["offers"]["nodes"][0]["history"], Value::Null);
    assert_eq!(
        answer["errors"][0]["extensions"],
        json!({ "code": "PROVIDER_AUTH_FAILED", "provider": "JOBRAD", "retryable": false })
    );
    let workshop = account(ProviderKey::Autoleap);
    graph.save_account(&workshop).await;
    graph
        .save_orders(&[super::support::order(&workshop, 0)])
        .await;
    let answer = graph
        .ask("{ orders(first: 1) { nodes { id history(first: 1) { nodes { kind } } } } }")
        .await;
    assert_eq!(
        answer["errors"][0]["extensions"],
        json!({ "code": "UNSUPPORTED_OPERATION", "provider": "AUTOLEAP", "retryable": false })
    );
}

#[tokio::test]
async fn a_cursor_of_another_offers_past_is_refused() {
    let graph = Graph::new().await;
    graph.save_offers(&[offer(&graph.account, 0)]).await;
    for after in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let document = format!(
            "{{ offers(first: 1) {{ nodes {{ history(first: 1, after: \"{after}\") {{ nodes {{ kind }} }} }} }} }}"
        );
        let answer = graph.ask(&document).await;
        let extensions = json!({ "argument": "after", "code": "BAD_USER_INPUT" });
        assert_eq!(answer["errors"][0]["extensions"], extensions);
    }
}
