//! Answers that get lost: what is shown meanwhile, and what comes of it. Nothing is ever sent twice.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind};
use serde_json::json;

use super::{CREATE, OFFERS, connected, offer, offer_events, offers, spoil_once};
use crate::support::{
    app::{Tenant, TestApp, eventually},
    writes::{is, problem},
};

const UNKNOWN: &str = "OUTCOME_UNKNOWN";
const UNCONFIRMED: &str = "SUBMISSION_UNCONFIRMED";

#[tokio::test]
async fn an_offer_whose_answer_was_lost_is_found_at_once() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    spoil_once(&app, "POST", FaultKind::DropAfterCommit);
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(payload["userErrors"], json!([]));
    let made = &payload["offer"];
    assert_eq!(made["status"]["code"], "SUBMITTED");

    tenant.next_round().await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(offers(&tenant).await, [(id, "OPEN".to_owned())]);
    assert_eq!(
        offer_events(&tenant).await,
        ["CREATED", "STATUS_CHANGED SUBMITTED OPEN"]
    );
    assert_eq!(app.sandbox.jobrad().offer_ids().len(), 1);
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
}

/// Makes an offer that JobRad has and does not list yet, whose answer is lost; returns its id.
async fn unconfirmed(tenant: &Tenant<'_>, account: &str) -> String {
    let app = tenant.app;
    app.sandbox.jobrad().set_index_lag(60);
    spoil_once(app, "POST", FaultKind::DropAfterCommit);
    let payload = tenant.change(CREATE, &offer(account, "A-1")).await;
    assert_eq!(problem(&payload), is(UNKNOWN, ""));
    let shown = &payload["offer"];
    let expected = json!({
        "id": shown["id"],
        "externalOfferId": "A-1",
        "offerNumber": null,
        "provenance": [],
        "customer": { "fullName": "Erika Muster", "email": "erika.muster@example.com" },
        "product": {
            "brandName": "Gudereit", "modelName": "Premium 8.0",
            "price": { "amount": "2900.99", "currencyCode": "EUR" },
        },
        "accessories": [{ "modelName": "Bordo", "quantity": 2 }],
        "total": { "amount": "3150.88" },
        "notes": "Ring twice",
        "status": { "code": UNCONFIRMED, "providerCode": "", "final": false, "errors": [] },
    });
    assert_eq!(*shown, expected);
    assert_eq!(offer_events(tenant).await, ["CREATED"]);
    shown["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_offer_that_shows_itself_later_keeps_the_id_that_was_answered() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = unconfirmed(&tenant, &account).await;
    // It is looked for after ten seconds, after another minute, and so on.
    app.advance(Duration::from_secs(10));
    app.advance(Duration::from_secs(65));
    eventually("the offer", async || {
        (offers(&tenant).await == [(id.clone(), "OPEN".to_owned())]).then_some(())
    })
    .await;
    let events = ["CREATED", "STATUS_CHANGED SUBMISSION_UNCONFIRMED OPEN"];
    assert_eq!(offer_events(&tenant).await, events);
    tenant.next_round().await;
    assert_eq!(offer_events(&tenant).await, events);
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
}

#[tokio::test]
async fn an_offer_that_cannot_be_looked_for_is_recognised_in_the_list() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let kind = FaultKind::Status {
        code: 403,
        retry_after: None,
    };
    let looks = Fault::on(OFFERS, kind).query("externalOfferId");
    app.sandbox.inject(looks);
    let id = unconfirmed(&tenant, &account).await;
    app.advance(Duration::from_secs(65));
    tenant.next_round().await;
    assert_eq!(offers(&tenant).await, [(id, "OPEN".to_owned())]);
    assert_eq!(
        offer_events(&tenant).await,
        ["CREATED", "STATUS_CHANGED SUBMISSION_UNCONFIRMED OPEN"]
    );
}

#[tokio::test]
async fn an_offer_that_never_shows_itself_stays_unconfirmed_and_is_looked_for_for_a_day() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    spoil_once(&app, "POST", FaultKind::Reset);
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(problem(&payload), is(UNKNOWN, ""));
    let looks = || app.requests("GET", OFFERS, "externalOfferId=A-1");
    assert_eq!(looks(), 4, "while somebody waits");
    app.advance(Duration::from_secs(10));
    // What came of it must be noted too, or the next look is counted from the next day. When the next
    // one is due does not tell: a look under way is leased for just as long.
    eventually("a look", async || {
        let is_noted = app.rows_where("submission", "looks = 2").await == 1;
        (looks() == 5 && is_noted).then_some(())
    })
    .await;

    app.advance(Duration::from_hours(24));
    eventually("the last look", async || {
        // Time goes on: a day's polling is due as well, and may use the quota of the moment up.
        app.advance(Duration::from_secs(1));
        (looks() > 5 && none_is_due(&app).await).then_some(())
    })
    .await;
    let all = looks();
    let tenant = app.tenant("acme");
    tenant.next_round().await;
    assert_eq!(looks(), all);
    assert_eq!(offers(&tenant).await[0].1, UNCONFIRMED);
    assert_eq!(offer_events(&tenant).await, ["CREATED"]);
    // Nobody knows, so nobody may just send it again.
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(problem(&payload), is("CONFLICT", "input.externalOfferId"));
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
}

async fn none_is_due(app: &TestApp) -> bool {
    let db = app.app().db.read();
    let due = leasegraph::store::submissions::next_due_of_all(db).await;
    due.unwrap().is_none()
}

#[tokio::test]
async fn an_unconfirmed_offer_cannot_be_changed() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let id = unconfirmed(&tenant, &account).await;
    let payload = tenant.change(super::CANCEL, &json!({ "id": id })).await;
    assert_eq!(problem(&payload), is("NOT_MODIFIABLE", "input.id"));
    assert_eq!(app.requests("DELETE", OFFERS, ""), 0);
}

#[tokio::test]
async fn a_provider_that_was_not_reached_has_nothing_and_nothing_is_kept() {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let (tenant, account) = connected(&app).await;
    let kind = FaultKind::Status {
        code: 429,
        retry_after: None,
    };
    spoil_once(&app, "POST", kind);
    let payload = tenant.change(CREATE, &offer(&account, "A-1")).await;
    assert_eq!(problem(&payload), is("PROVIDER_RATE_LIMITED", ""));
    assert_eq!(offers(&tenant).await, []);
    assert_eq!(app.requests("POST", OFFERS, ""), 1);
}
