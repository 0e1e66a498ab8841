//! What is not taken, and how it is said.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{assert_error, empty, sample, small, small_with};
use crate::support::send;

#[tokio::test]
async fn everything_that_is_missing_is_named_at_once() {
    let world = empty().await;
    let answer = world.post("/orders", &json!({})).await;
    let mut fields = assert_error(&answer, 400, "InvalidOrder");
    let mut required: Vec<String> = small().as_object().unwrap().keys().cloned().collect();
    fields.sort();
    required.sort();
    assert_eq!(fields, required);
    assert_eq!(answer.json()["error"]["fields"][0]["code"], "Required");
}

#[tokio::test]
async fn null_counts_as_missing() {
    let world = empty().await;
    for name in small().as_object().unwrap().keys() {
        let answer = world.post("/orders", &small_with(name, Value::Null)).await;
        assert_eq!(assert_error(&answer, 400, "InvalidOrder"), [name.as_str()]);
    }
}

#[tokio::test]
async fn a_value_that_means_nothing_is_refused_and_named() {
    let world = empty().await;
    let long = "x".repeat(256);
    let cases = [
        ("months", json!(37)),
        ("months", json!("36")),
        ("months", json!(36.5)),
        ("months", json!(0)),
        // It has a row among the tariffs, but no tariff.
        ("months", json!(60)),
        ("ownInsurance", json!("true")),
        ("company", json!("  ")),
        ("orgNumber", json!(556_000)),
        ("nin", json!("800101-1234")),
        ("nin", json!("19800101 1234")),
        ("email", json!("anna.example.com")),
        ("authorizedSignatory", json!("nobody")),
        ("firstName", json!("")),
        ("phone", json!(long)),
        ("billingAddress2", json!(long)),
        ("billingCountry", json!("SWE")),
        ("billingCountry", json!("se")),
        ("invoiceInterval", json!("YEARLY")),
        ("shippingAmount", json!(-1)),
        ("shippingVAT", json!(0.5)),
        ("partnerId", json!(1)),
        ("statusTrigger", json!("PENDING")),
        ("statusTrigger", json!("active")),
        ("items", json!([])),
        ("items", json!({})),
    ];
    for (name, value) in cases {
        let answer = world
            .post("/orders", &small_with(name, value.clone()))
            .await;
        let fields = assert_error(&answer, 400, "InvalidOrder");
        assert_eq!(fields, [name], "{value}");
    }
    assert_eq!(world.sandbox.ledger(), []);
}

#[tokio::test]
async fn an_item_that_means_nothing_is_named_with_its_place() {
    let world = empty().await;
    let cases = [
        ("name", json!(""), "name"),
        ("unitAmount", json!(null), "unitAmount"),
        ("unitAmount", json!("100"), "unitAmount"),
        ("unitAmount", json!(19.99), "unitAmount"),
        ("quantity", json!(0), "quantity"),
        ("quantity", json!(1.5), "quantity"),
        ("attributes", json!({ "colour": "red" }), "attributes"),
        ("sku", json!(7), "sku"),
        ("discountAmount", json!(5_000_001), "discountAmount"),
    ];
    for (name, value, wrong) in cases {
        let mut body = sample();
        let good = body["items"][0].clone();
        body["items"] = json!([good, good]);
        body["items"][1][name] = value;
        let answer = world.post("/orders", &body).await;
        let fields = assert_error(&answer, 400, "InvalidOrder");
        assert_eq!(fields, [format!("items[1].{wrong}")], "{}", answer.text);
    }
    let answer = world
        .post("/orders", &small_with("items", json!([1])))
        .await;
    assert_eq!(assert_error(&answer, 400, "InvalidOrder"), ["items[0]"]);
}

#[tokio::test]
async fn an_order_that_comes_to_too_much_is_refused() {
    let world = empty().await;
    let item = json!({ "name": "Ship", "unitAmount": 1_000_000_000_000_i64, "quantity": 10_000 });
    let items = Value::Array(vec![item; 1000]);
    let answer = world.post("/orders", &small_with("items", items)).await;
    assert_eq!(assert_error(&answer, 400, "InvalidOrder"), ["items"]);
}

#[tokio::test]
async fn a_company_that_nobody_trusts_is_refused_at_once() {
    let world = empty().await;
    let answer = world
        .post("/orders", &small_with("company", "REFUSE-ME"))
        .await;
    assert_error(&answer, 400, "OrderNotAccepted");
    assert_eq!(world.listed("").await, [""; 0]);
    assert_eq!(world.sandbox.ledger(), []);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let world = empty().await;
    for body in ["", "{", "[]", "\"order\"", "nonsense"] {
        let request = world.request(Method::POST, "/orders").body(body);
        assert_error(&send(request).await, 400, "BadRequest");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = empty().await;
    let body = small_with("colour", "x".repeat(300_000));
    let answer = world.post("/orders", &body).await;
    assert_error(&answer, 413, "BadRequest");
}

#[tokio::test]
async fn no_endpoint_answers_without_a_good_key() {
    let world = empty().await;
    let id = world.make_id(&small()).await;
    let order = format!("/orders/{id}");
    let requests = [
        (Method::POST, "/monthly-amounts"),
        (Method::GET, "/partner"),
        (Method::GET, "/orders"),
        (Method::POST, "/orders"),
        (Method::GET, order.as_str()),
        (Method::PATCH, order.as_str()),
    ];
    for (method, path) in requests {
        let url = format!("{}{path}", world.sandbox.leasecloud_base_url());
        let request = || world.http.request(method.clone(), &url);
        let key = world.key.as_str();
        for request in [
            request(),
            request().bearer_auth("wrong"),
            request().bearer_auth(""),
            request().header("authorization", key),
            request().basic_auth(key, None::<&str>),
        ] {
            let answer = send(request.json(&json!({}))).await;
            assert_error(&answer, 401, "Unauthorized");
        }
        let unknown_scheme = request().header("authorization", format!("bearer {key}"));
        assert_ne!(send(unknown_scheme).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let world = empty().await;
    let id = world.make_id(&small()).await;
    let missing = [
        (Method::GET, "/orders/nobody".to_owned()),
        (Method::GET, "/orders/%FF".to_owned()),
        (Method::PATCH, "/orders/nobody".to_owned()),
        (Method::GET, "/customers".to_owned()),
        // An order cannot be cancelled or shipped.
        (Method::POST, format!("/orders/{id}/cancel")),
        (Method::POST, format!("/orders/{id}/shipped")),
        (Method::GET, format!("/orders/{id}/status")),
    ];
    for (method, path) in missing {
        let answer = send(world.request(method, &path).json(&json!({}))).await;
        assert_error(&answer, 404, "NotFound");
    }
    for method in [Method::DELETE, Method::PUT, Method::POST] {
        let answer = send(world.request(method, &format!("/orders/{id}"))).await;
        assert_error(&answer, 405, "MethodNotAllowed");
    }
    assert_eq!(world.status(&id).await, "PENDING");
}
