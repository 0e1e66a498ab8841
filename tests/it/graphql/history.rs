//! A record's past: what its provider remembers of it, or what we saw.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind, NewOffer, OfferStatus};
use serde_json::{Value, json};

use super::support::{Graph, offer};
use crate::support::{
    accounts::new_offer,
    app::{Tenant, TestApp, eventually},
};

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
    // What an offer became has the offer's past, and none of its own.
    graph
        .save_orders(&[super::support::order(&graph.account, 0)])
        .await;
    let answer = graph
        .ask("{ orders(first: 1) { nodes { id history(first: 1) { nodes { kind } } } } }")
        .await;
    assert_eq!(
        answer["errors"][0]["extensions"],
        json!({ "code": "UNSUPPORTED_OPERATION", "provider": "JOBRAD", "retryable": false })
    );
}

/// The past of the one record that has one, newest first.
async fn past(tenant: &Tenant<'_>, list: &str, (first, after): (u32, &Value)) -> Value {
    let document = format!(
        "query ($first: Int, $after: String) {{ {list}(first: 100) {{ nodes {{
            history(first: $first, after: $after) {{
                nodes {{ at actor kind fromStatus toStatus changes }}
                pageInfo {{ hasNextPage hasPreviousPage endCursor }}
            }}
        }} }} }}"
    );
    let variables = json!({ "first": first, "after": after });
    let mut answer = tenant.graphql(&document, variables).await;
    let nodes = answer["data"][list]["nodes"].as_array_mut().unwrap();
    let nodes = nodes.iter_mut().map(|it| it["history"].take());
    let mut pasts = nodes.filter(|it| it["nodes"].as_array().is_some_and(|it| !it.is_empty()));
    pasts.next().unwrap_or_default()
}

/// Lets time go by until the past has so many entries, and returns them.
async fn past_of(tenant: &Tenant<'_>, list: &str, length: usize) -> Value {
    eventually("what is to be remembered", async || {
        tenant.app.advance(Duration::from_secs(30));
        let past = past(tenant, list, (100, &Value::Null)).await;
        let is_there = past["nodes"]
            .as_array()
            .is_some_and(|it| it.len() == length);
        is_there.then_some(past["nodes"].clone())
    })
    .await
}

#[tokio::test]
async fn an_offer_whose_provider_remembers_nothing_has_the_past_that_we_saw() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let account = tenant.connect_to("LEASING_AUTOMATION").await;
    let offer = new_offer("deutsche-dienstrad");
    let number = tenant.submit(&account, &offer).await;
    let provider = app.sandbox.leasing_automation();
    provider.set_status(&number, "approved").unwrap();

    let past = past_of(&tenant, "offers", 1).await;

    let at = past[0]["at"].clone();
    assert_eq!(
        past,
        json!([{
            "at": at, "actor": null, "kind": "offer.status_changed",
            "fromStatus": "created", "toStatus": "approved", "changes": null,
        }])
    );
}

#[tokio::test]
async fn an_order_has_the_past_that_we_saw_also_after_its_account_is_gone() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    let account = tenant.connect_to("LEASECLOUD").await;
    let leasecloud = app.sandbox.leasecloud();
    let orders = leasecloud.orders("SE").unwrap();
    let open = orders
        .iter()
        .find(|it| leasecloud.order_standing(it).unwrap() == "READY_TO_SHIP");
    leasecloud.set_status(open.unwrap(), "ACTIVE").unwrap();

    let past = past_of(&tenant, "orders", 1).await;

    assert_eq!(past[0]["kind"], "order.status_changed");
    assert_eq!(past[0]["fromStatus"], "READY_TO_SHIP");
    assert_eq!(past[0]["toStatus"], "ACTIVE");
    let disconnect = "mutation ($id: ID!) {
        disconnectProviderAccount(input: { accountId: $id }) { userErrors { code } }
    }";
    tenant.data(disconnect, json!({ "id": account })).await;
    assert_eq!(past_of(&tenant, "orders", 1).await, past);
}

#[tokio::test]
async fn what_happens_meanwhile_shifts_nothing_in_the_past_that_we_saw() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    tenant.connect_to("AUTOLEAP").await;
    let autoleap = app.sandbox.autoleap();
    let order = autoleap.order_ids().remove(0);
    for (times, total) in (1..=3).zip([100, 200, 300]) {
        let patch = json!({ "totalSales": total });
        autoleap.edit_order(&order, &patch).unwrap();
        past_of(&tenant, "orders", times).await;
    }
    let page = past(&tenant, "orders", (1, &Value::Null)).await;
    let changes = json!([{ "field": "total" }]);
    assert_eq!(page["nodes"][0]["kind"], "order.updated");
    assert_eq!(page["nodes"][0]["changes"], changes);
    let info = &page["pageInfo"];
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );

    autoleap
        .edit_order(&order, &json!({ "totalSales": 400 }))
        .unwrap();
    let all = past_of(&tenant, "orders", 4).await;

    assert_eq!(all[1], page["nodes"][0]);
    let rest = past(&tenant, "orders", (2, &info["endCursor"])).await;
    assert_eq!(rest["nodes"], json!([all[2], all[3]]));
    let info = &rest["pageInfo"];
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(false), &json!(true))
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
