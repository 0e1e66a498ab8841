//! A JobRad API that is not our sandbox: written from JobRad's documentation too, by other habits.
//! What our sandbox and our connector might have misread together shows here.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::{TestApp, eventually};

const PAGE_LENGTH: usize = 10;

/// The offers, oldest first.
type Offers = Arc<Mutex<Vec<Value>>>;

/// Starts it and returns its address.
async fn start(offers: &Offers) -> String {
    let routes = Router::new()
        .route("/oauth/token", post(token))
        .route("/api/offers", get(list))
        .with_state(Arc::clone(offers));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

/// The lifetime as a text, and nothing that need not be there.
async fn token(form: String) -> (StatusCode, Json<Value>) {
    if form.contains("client_secret=right") {
        let grant = json!({ "access_token": "opaque", "expires_in": "3600" });
        (StatusCode::OK, Json(grant))
    } else {
        (
            StatusCode::UNAUTHORIZED,
            Json(json!({ "error": "invalid_client" })),
        )
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    page: Option<usize>,
    status_changed_date_from: Option<String>,
}

/// Short pages whose length it does not tell, and the total as a text.
async fn list(State(offers): State<Offers>, Query(wanted): Query<Wanted>) -> Json<Value> {
    let offers = offers.lock().unwrap();
    // It keeps no time of status changes: what is asked for by one gets everything.
    let _ = wanted.status_changed_date_from;
    let start = (wanted.page.unwrap_or(1) - 1) * PAGE_LENGTH;
    let page: Vec<_> = offers.iter().skip(start).take(PAGE_LENGTH).collect();
    Json(json!({ "data": page, "meta": { "totalCount": offers.len().to_string() } }))
}

/// Numbers as texts, optional fields left out, and an order number from the start, as in the
/// documentation's own sample.
fn offer(number: usize, status: &str) -> Value {
    json!({
        "id": Uuid::from_u128(number as u128),
        "externalOfferId": format!("EXT-{number}"),
        "offerNumber": format!("FHA-{number:06}"),
        "orderNumber": "LAU-000105",
        "customerName": "Max Mustermann",
        "customerEmail": "max.mustermann@example.com",
        "product": {
            "bidexCode": "123040", "brandName": "Gudereit", "modelName": "Model X",
            "modelYear": "2023", "priceGross": "2900.99", "listPriceGross": 2999.99,
        },
        "createdAt": "2024-12-01T00:00:00.000Z",
        "lastUpdateAt": "2024-12-01T00:00:00.000Z",
        "status": { "current": { "code": status } },
    })
}

#[tokio::test]
async fn a_status_change_at_another_jobrad_api_is_told() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let offers: Offers = Arc::new(Mutex::new((1..=65).map(|it| offer(it, "draft")).collect()));
    let url = start(&offers).await;
    let connection = json!({
        "name": "Somewhere else",
        "baseUrl": format!("{url}/api/"),
        "credentials": { "jobrad": {
            "clientId": "dealer", "clientSecret": "right", "tokenUrl": format!("{url}/oauth/token")
        } },
    });

    let payload = tenant.try_connect(connection).await;
    assert_eq!(payload["userErrors"], json!([]));
    tenant.synced().await;

    // All pages of it, though it does not say how long they are; and it has no categories.
    let data = tenant
        .data(
            "{ offers(first: 1) { totalCount nodes { product { price { amount } } } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["offers"]["totalCount"], 65);
    assert_eq!(
        data["offers"]["nodes"][0]["product"]["price"]["amount"],
        "2900.99"
    );
    assert_eq!(tenant.sync_status("CATEGORY").await["error"], Value::Null);
    assert_eq!(tenant.events().await, [Value::Null; 0]);

    offers.lock().unwrap()[41] = offer(42, "employer_decision_pending");
    tenant.next_round().await;
    let types = eventually("events", async || {
        let types = tenant.event_types().await;
        (!types.is_empty()).then_some(types)
    })
    .await;
    assert_eq!(types, ["OFFER_STATUS_CHANGED", "ORDER_STATUS_CHANGED"]);

    // Without its order number it was never more than an offer in order; its order ends with it.
    let mut cancelled = offer(42, "canceled");
    cancelled.as_object_mut().unwrap().remove("orderNumber");
    offers.lock().unwrap()[41] = cancelled;
    tenant.next_round().await;
    let query = "{ orders(first: 10, where: { status: [CANCELLED] }) { nodes {
        offer { offerNumber } vehicle { status { code } }
    } } }";
    let data = tenant.data(query, json!({})).await;
    assert_eq!(
        data["orders"]["nodes"],
        json!([{
            "offer": { "offerNumber": "FHA-000042" },
            "vehicle": { "status": { "code": "INACTIVE" } }
        }])
    );
}
