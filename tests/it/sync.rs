//! What becomes of a change at a provider: seen, stored, told, once.

use std::time::Duration;

use leasegraph::config::Role;
use sandbox::{Fault, FaultKind, NewOffer, OfferStatus};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::{SYNC_INTERVAL, Tenant, TestApp, eventually};

fn offer(status: OfferStatus) -> NewOffer {
    NewOffer {
        status: Some(status),
        ..NewOffer::default()
    }
}

/// Lets one interval go by and waits for a round that fails; returns how the sync stands then.
async fn failed_round(tenant: &Tenant<'_>) -> Value {
    tenant.app.advance(SYNC_INTERVAL);
    failure(tenant).await
}

async fn failure(tenant: &Tenant<'_>) -> Value {
    let now = json!(
        tenant
            .app
            .clock
            .now()
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    );
    eventually("a failed sync", async || {
        let status = tenant.sync_status("OFFER").await;
        (status["lastAttemptAt"] == now && !status["error"].is_null()).then_some(status)
    })
    .await
}

#[tokio::test]
async fn the_first_sync_is_a_baseline_without_events() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    for status in OfferStatus::ALL {
        app.sandbox.jobrad().add_offer(offer(status));
    }

    tenant.connect().await;

    assert_eq!(tenant.offers().await.len(), OfferStatus::ALL.len());
    assert_eq!(tenant.events().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_status_change_is_told_once_with_both_words() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    tenant.connect().await;

    app.advance(Duration::from_secs(3));
    jobrad.set_status(id, "rejected").unwrap();
    tenant.next_round().await;
    tenant.next_round().await;

    let events = tenant.events().await;
    assert_eq!(events.len(), 1, "{events:#?}");
    let event = &events[0];
    assert_eq!(event["type"], "OFFER_STATUS_CHANGED");
    assert_eq!(
        (&event["from"], &event["to"]),
        (&json!("OPEN"), &json!("REJECTED"))
    );
    assert_eq!(event["fromProviderCode"], "draft");
    assert_eq!(event["toProviderCode"], "rejected");
    assert_eq!(event["sequence"], "2");
    // When it happened at JobRad, not when we saw it.
    assert_eq!(event["occurredAt"], "2030-12-01T12:00:03Z");
    assert_eq!(event["observedAt"], "2030-12-01T12:00:13Z");
}

#[tokio::test]
async fn an_offer_in_order_becomes_an_order_and_a_bicycle() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    let number = jobrad.offer_number(id).unwrap();
    tenant.connect().await;
    assert_eq!(tenant.offers().await[&number]["order"], Value::Null);

    jobrad.set_status(id, "order_journey_started").unwrap();
    tenant.next_round().await;

    let offer = &tenant.offers().await[&number];
    assert_eq!(offer["order"]["status"]["code"], "PENDING");
    assert!(
        offer["order"]["orderNumber"]
            .as_str()
            .unwrap()
            .starts_with("LAU-")
    );
    assert_eq!(offer["order"]["vehicle"]["kind"], "BICYCLE");
    assert_eq!(
        offer["order"]["vehicle"]["make"],
        offer["product"]["brandName"]
    );
    assert_eq!(
        tenant.event_types().await,
        ["OFFER_STATUS_CHANGED", "VEHICLE_CREATED", "ORDER_CREATED"]
    );
}

#[tokio::test]
async fn an_offer_made_after_we_began_to_watch_is_told_as_created() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    tenant.connect().await;

    app.advance(Duration::from_secs(1));
    app.sandbox.jobrad().add_offer(offer(OfferStatus::Draft));
    tenant.next_round().await;

    let events = tenant.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "OFFER_CREATED");
    assert_eq!(events[0]["sequence"], "1");
}

#[tokio::test]
async fn a_status_that_we_do_not_know_is_kept() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    let number = jobrad.offer_number(id).unwrap();
    tenant.connect().await;

    jobrad
        .replace_offer_json(id, &raw(id, "offer_on_the_moon", &json!(2900.99)))
        .unwrap();
    tenant.next_round().await;

    let offer = &tenant.offers().await["FHA-000001"];
    assert_eq!(number, "FHA-000001");
    assert_eq!(
        offer["status"],
        json!({
            "code": "UNKNOWN", "providerCode": "offer_on_the_moon", "final": false
        })
    );
}

/// An offer as JobRad's documentation shows one, with the status and the price of the test.
fn raw(id: Uuid, status: &str, price: &Value) -> Value {
    json!({
        "id": id.to_string(),
        "externalOfferId": "external-id-123",
        "offerNumber": "FHA-000001",
        "customerName": "Max Mustermann",
        "customerEmail": "max.mustermann@example.com",
        "product": {
            "bidexCode": 103_030, "brandName": "Gudereit", "modelName": "Model X",
            "priceGross": price, "listPriceGross": 2999.99
        },
        "accessory": [],
        "createdAt": "2030-11-01T00:00:00.000Z",
        "lastUpdateAt": "2030-12-01T00:00:00.000Z",
        "status": {
            "current": { "code": status, "message": "", "translations": {} },
            "nextSteps": [], "errors": [], "infos": []
        },
        "links": {}
    })
}

#[tokio::test]
async fn a_record_that_makes_no_sense_is_set_aside_and_the_others_apply() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let malformed = jobrad.add_offer(offer(OfferStatus::Draft));
    let incomplete = jobrad.add_offer(offer(OfferStatus::Draft));
    let sound = jobrad.add_offer(offer(OfferStatus::Draft));
    tenant.connect().await;
    let before = tenant.offers().await;

    jobrad
        .replace_offer_json(malformed, &raw(malformed, "rejected", &json!("abc")))
        .unwrap();
    let mut without_status = raw(incomplete, "rejected", &json!(1));
    without_status.as_object_mut().unwrap().remove("status");
    jobrad
        .replace_offer_json(incomplete, &without_status)
        .unwrap();
    jobrad.set_status(sound, "rejected").unwrap();
    tenant.next_round().await;

    // What we had of the first two stays; only the third one changed.
    let after = tenant.offers().await;
    let number = jobrad.offer_number(sound).unwrap();
    assert_eq!(after[&number]["status"]["code"], "REJECTED");
    for (other, offer) in &before {
        if *other != number {
            assert_eq!(&after[other], offer);
        }
    }
    assert_eq!(tenant.event_types().await, ["OFFER_STATUS_CHANGED"]);
    // The records are kept with what is wrong with them.
    assert_eq!(
        rejections(&app).await,
        [
            "`product.priceGross` is not an amount of money",
            "`status` is missing"
        ]
    );
}

/// Why records were set aside, in alphabetical order.
async fn rejections(app: &TestApp) -> Vec<String> {
    use sea_orm::{ConnectionTrait, Statement};

    let db = app.app().db.read();
    let sql = "SELECT rejection FROM provider_record WHERE rejection IS NOT NULL ORDER BY 1";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|it| it.try_get_by_index(0).unwrap())
        .collect()
}

/// A provider that answers like this tells nothing and moves nothing; afterwards, nothing is lost.
async fn unreadable(kind: FaultKind, error: &str) {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    tenant.connect().await;
    jobrad.set_status(id, "rejected").unwrap();
    app.sandbox.inject(Fault::on("/jobrad/v1/offers", kind));

    let status = failed_round(&tenant).await;
    assert_eq!(
        status["error"],
        format!("the provider's answer could not be read: {error}")
    );
    assert_eq!(status["stale"], true);
    assert_eq!(tenant.events().await, [Value::Null; 0]);

    app.sandbox.clear_faults();
    tenant.next_round().await;
    assert_eq!(tenant.event_types().await, ["OFFER_STATUS_CHANGED"]);
    assert_eq!(tenant.sync_status("OFFER").await["error"], Value::Null);
}

#[tokio::test]
async fn a_page_of_html_with_status_200_moves_nothing() {
    unreadable(FaultKind::Html200, "expected JSON, got text/html").await;
}

#[tokio::test]
async fn truncated_json_moves_nothing() {
    unreadable(FaultKind::TruncatedJson, "truncated JSON").await;
}

#[tokio::test]
async fn a_body_of_100_mib_moves_nothing() {
    let (bytes, gzip) = (100 << 20, false);
    unreadable(
        FaultKind::HugeBody { bytes, gzip },
        "body larger than 10 MiB",
    )
    .await;
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_100_mib_moves_nothing() {
    let (bytes, gzip) = (100 << 20, true);
    unreadable(
        FaultKind::HugeBody { bytes, gzip },
        "body larger than 10 MiB",
    )
    .await;
}

#[tokio::test]
async fn a_provider_that_stays_away_is_told_and_so_is_its_return() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    tenant.connect().await;
    let kind = FaultKind::Status {
        code: 503,
        retry_after: None,
    };
    app.sandbox.inject(Fault::on("/jobrad/v1/offers", kind));

    // The pauses double: 10, 10, 20 seconds after each other.
    failed_round(&tenant).await;
    failed_round(&tenant).await;
    app.advance(SYNC_INTERVAL);
    let status = failed_round(&tenant).await;
    assert_eq!(status["error"], "the provider is unavailable");
    app.sandbox.clear_faults();
    app.advance(Duration::from_secs(40));
    tenant.synced().await;

    let changes: Vec<_> = tenant
        .events()
        .await
        .iter()
        .map(|it| (it["accountFrom"].clone(), it["accountTo"].clone()))
        .collect();
    assert_eq!(
        changes,
        [
            (json!("CONNECTED"), json!("DEGRADED")),
            (json!("DEGRADED"), json!("CONNECTED")),
        ]
    );
}

#[tokio::test]
async fn an_account_of_which_a_part_cannot_be_read_is_degraded_once() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let kind = FaultKind::Status {
        code: 500,
        retry_after: None,
    };
    app.sandbox
        .inject(Fault::on("/jobrad/v1/offers/categories", kind));
    let payload = tenant.try_connect(tenant.connection()).await;
    assert_eq!(payload["userErrors"], json!([]));

    // Categories fail now and then; offers are read all the time.
    for _ in 0..20 {
        app.advance(SYNC_INTERVAL);
        let now = json!(app.clock.now());
        eventually("a round", async || {
            let offers = tenant.sync_status("OFFER").await;
            (offers["lastSuccessAt"] == now).then_some(())
        })
        .await;
    }

    let events = tenant.events().await;
    assert_eq!(events.len(), 1, "{events:#?}");
    assert_eq!(events[0]["accountTo"], "DEGRADED");
}

#[tokio::test]
async fn refused_credentials_are_told_at_once() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    tenant.connect().await;
    app.sandbox
        .inject(Fault::on("/jobrad/v1/offers", FaultKind::Unauthorized));

    let status = failed_round(&tenant).await;

    assert_eq!(status["error"], "the provider rejected our credentials");
    let events = tenant.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["accountTo"], "AUTH_FAILED");
}

#[tokio::test]
async fn a_pause_that_the_provider_asks_for_is_kept() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    tenant.connect().await;
    let kind = FaultKind::Status {
        code: 429,
        retry_after: Some("600".to_owned()),
    };
    app.sandbox.inject(Fault::on("/jobrad/v1/offers", kind));

    let status = failed_round(&tenant).await;

    assert_eq!(status["error"], "the provider asks for fewer requests");
    assert_eq!(status["nextAttemptAt"], "2030-12-01T12:10:10Z");
}

#[tokio::test]
async fn a_change_that_shows_up_late_in_the_provider_s_list_is_not_lost() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    tenant.connect().await;

    jobrad.set_index_lag(60);
    jobrad.set_status(id, "rejected").unwrap();
    tenant.next_round().await;
    assert_eq!(tenant.events().await, [Value::Null; 0]);
    app.advance(Duration::from_mins(1));
    tenant.synced().await;

    assert_eq!(tenant.event_types().await, ["OFFER_STATUS_CHANGED"]);
}

#[tokio::test]
async fn a_first_sync_goes_on_where_it_was_cut_off() {
    let mut app = TestApp::start().await;
    app.sandbox.jobrad().add_offers(350);
    let kind = FaultKind::Status {
        code: 500,
        retry_after: None,
    };
    app.sandbox
        .inject(Fault::on("/jobrad/v1/offers", kind).query("page=3"));
    let tenant = app.tenant("acme");
    let payload = tenant.try_connect(tenant.connection()).await;
    assert_eq!(payload["userErrors"], json!([]));
    failure(&tenant).await;

    app.restart(&[Role::Api]).await;
    app.sandbox.clear_faults();
    app.restart(&[Role::Api, Role::Sync]).await;
    let tenant = app.tenant("acme");
    tenant.next_round().await;

    let query = "{ offers(first: 1) { totalCount } }";
    let data = tenant.data(query, json!({})).await;
    assert_eq!(data["offers"]["totalCount"], 350);
    let first_pages = app
        .sandbox
        .requests()
        .iter()
        .filter(|it| {
            it.uri.contains("/offers?")
                && it.uri.contains("page=1&")
                && it.uri.contains("perPage=100")
        })
        .count();
    assert_eq!(first_pages, 1, "{:#?}", app.sandbox.requests());
    assert_eq!(tenant.events().await, [Value::Null; 0]);
}

#[tokio::test]
async fn an_edit_that_changes_no_status_is_found_by_a_sweep_on_demand() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    let account = tenant.connect().await;

    app.advance(Duration::from_hours(1));
    tenant.synced().await;
    jobrad
        .edit_offer(id, &json!({ "notes": "Ring twice" }))
        .unwrap();
    tenant.next_round().await;
    assert_eq!(tenant.events().await, [Value::Null; 0]);
    let mutation = "mutation ($id: ID!) { syncProviderAccount(input: { accountId: $id }) {
        account { id } userErrors { code }
    } }";
    tenant.data(mutation, json!({ "id": account })).await;

    let events = eventually("an event", async || {
        let events = tenant.events().await;
        (!events.is_empty()).then_some(events)
    })
    .await;
    assert_eq!(events[0]["type"], "OFFER_UPDATED");
    assert_eq!(events[0]["changedFields"], json!(["notes"]));
}

#[tokio::test]
async fn prices_are_exact_and_totals_are_sums() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    let mut raw = raw(id, "draft", &json!(19.99));
    raw["accessory"] = json!([{ "bidexCode": "301010", "modelName": "Seat", "priceGross": 0.01 }]);
    raw["shippingCostGross"] = json!(49.99);
    jobrad.replace_offer_json(id, &raw).unwrap();

    tenant.connect().await;

    let offer = &tenant.offers().await["FHA-000001"];
    assert_eq!(
        offer["product"]["price"],
        json!({
            "amount": "19.99", "currencyCode": "EUR", "taxMode": "GROSS"
        })
    );
    assert_eq!(offer["total"]["amount"], "69.99");
}

#[tokio::test]
async fn a_disconnected_account_is_left_alone_and_comes_back_as_itself() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    let id = jobrad.add_offer(offer(OfferStatus::Draft));
    let account = tenant.connect().await;
    let before = tenant.offers().await;

    let mutation = "mutation ($id: ID!) { disconnectProviderAccount(input: { accountId: $id }) {
        accountId userErrors { code }
    } }";
    let data = tenant.data(mutation, json!({ "id": account })).await;
    assert_eq!(data["disconnectProviderAccount"]["accountId"], account);
    let asked = app.sandbox.request_count();
    jobrad.set_status(id, "rejected").unwrap();
    app.advance(Duration::from_hours(1));
    assert_eq!(tenant.offers().await, before);
    assert_eq!(app.sandbox.request_count(), asked);

    assert_eq!(tenant.connect().await, account);
    assert_eq!(
        tenant.event_types().await,
        [
            "PROVIDER_ACCOUNT_STATUS_CHANGED",
            "PROVIDER_ACCOUNT_STATUS_CHANGED",
            "OFFER_STATUS_CHANGED"
        ]
    );
}
