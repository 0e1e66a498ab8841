//! Injected faults, in AutoLeap's words.

use reqwest::{Method, StatusCode};
use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use super::{assert_error, content, documented_vehicles, empty, tokens, world};

const BASE: &str = "/autoleap/v2";

#[tokio::test]
async fn an_error_comes_in_the_providers_envelope() {
    let world = empty().await;
    for (code, word) in [
        (400, "Invalid"),
        (403, "authorized"),
        (429, "Rate limit"),
        (500, "Internal"),
        (503, "Internal"),
    ] {
        let kind = FaultKind::Status {
            code,
            retry_after: None,
        };
        world.sandbox.inject(Fault::on(BASE, kind).once());
        assert_error(&world.get("/vehicles").await, code, word);
    }
    assert_eq!(world.get("/vehicles").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_can_fail_once_in_between_and_a_refresh_too() {
    let world = empty().await;
    let path = format!("{BASE}/vehicles");
    world
        .sandbox
        .inject(Fault::on(path, FaultKind::Unauthorized).once());
    assert_error(&world.get("/vehicles").await, 401, "token");
    assert_eq!(world.get("/vehicles").await.status, StatusCode::OK);

    let kind = FaultKind::Status {
        code: 401,
        retry_after: None,
    };
    let path = format!("{BASE}/partners/generateNewAccessToken");
    world.sandbox.inject(Fault::on(path, kind).once());
    assert_error(&world.refresh(&world.refresh_token).await, 401, "token");
    // It was never looked at, so it is still good.
    tokens(&world.refresh(&world.refresh_token).await);
}

#[tokio::test]
async fn a_refresh_whose_answer_is_lost_has_used_up_its_token() {
    let world = empty().await;
    let path = format!("{BASE}/partners");
    world
        .sandbox
        .inject(Fault::on(path, FaultKind::DropAfterCommit).once());
    let url = format!(
        "{}/partners/generateNewAccessToken",
        world.sandbox.autoleap_base_url()
    );
    let body = json!({ "refreshToken": world.refresh_token });
    assert!(world.http.post(url).json(&body).send().await.is_err());
    assert_error(&world.refresh(&world.refresh_token).await, 401, "token");
}

#[tokio::test]
async fn a_lost_answer_leaves_a_vehicle_behind() {
    let world = empty().await;
    world.add_documented_customer();
    for (kind, left) in [(FaultKind::Reset, 0), (FaultKind::DropAfterCommit, 1)] {
        world
            .sandbox
            .inject(Fault::on(BASE, kind).method("post").once());
        let request = world.request(Method::POST, "/vehicles");
        assert!(request.json(&documented_vehicles()).send().await.is_err());
        let found = world.vehicles("search=1HGCV1F14MA123456").await;
        assert_eq!(found.len(), left);
    }
}

#[tokio::test]
async fn an_empty_list_is_a_lie_about_lists_only() {
    let world = world(4, 4).await;
    let id = world.autoleap().vehicle_ids().remove(0);
    world
        .sandbox
        .inject(Fault::on(BASE, FaultKind::EmptyList).times(5));
    for path in ["/vehicles", "/orders?companyId=SHOP5678", "/customers"] {
        let answer = world.get(path).await;
        assert_eq!(content(&answer), [Value::Null; 0], "{path}");
        assert_eq!(answer.json()["results"]["pagination"]["totalElements"], 0);
    }
    assert_eq!(world.vehicle(&id).await["vehicleId"], json!(id));
    assert_eq!(world.order(1).await["repairOrderNumber"], 1);
    assert_eq!(world.vehicles("").await.len(), 4);
}

#[tokio::test]
async fn a_malformed_record_is_served_in_its_place() {
    let world = world(4, 4).await;
    let autoleap = world.autoleap();
    let id = autoleap.vehicle_ids().remove(1);
    let (vehicle, order) = (json!({ "vehicleId": 7 }), json!({ "totalSales": "much" }));
    world.advance(60);
    autoleap.replace_vehicle_json(&id, &vehicle).unwrap();
    autoleap.replace_order_json("SHOP5678/1", &order).unwrap();

    let since = "updatedDateStart=2030-12-01T12:01:00Z";
    let listed = content(&world.get(&format!("/vehicles?{since}")).await);
    assert_eq!(listed, std::slice::from_ref(&vehicle));
    assert_eq!(world.vehicle(&id).await, vehicle);
    assert_eq!(world.order(1).await, order);

    autoleap.restore_vehicle_json(&id).unwrap();
    autoleap.restore_order_json("SHOP5678/1").unwrap();
    assert_eq!(world.vehicle(&id).await["vehicleId"], json!(id));
    assert_eq!(world.order(1).await["repairOrderNumber"], 1);
}

#[tokio::test]
async fn requests_are_recorded_without_their_tokens() {
    let world = empty().await;
    world.get("/vehicles?page=2").await;
    let log = world.sandbox.requests();
    let seen: Vec<_> = log
        .iter()
        .map(|it| {
            (
                it.method.as_str(),
                it.uri.as_str(),
                it.authorized,
                it.status,
            )
        })
        .collect();
    let expected = [
        ("POST", "/autoleap/v2/partners/login", false, Some(200)),
        ("GET", "/autoleap/v2/vehicles?page=2", true, Some(200)),
    ];
    assert_eq!(seen, expected);
    let answer = world.control(Method::GET, "/requests", None).await;
    assert!(!answer.text.contains(&world.token));
}
