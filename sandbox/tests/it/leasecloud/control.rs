//! Changing LeaseCloud's world, in process and below `/_control/leasecloud`.

use reqwest::{Method, StatusCode};
use sandbox::{LeasecloudEdit, NewLeasecloudOrder};
use serde_json::{Value, json};

use super::support::{World, assert_error, empty, sample};

async fn send(world: &World, method: Method, path: &str, body: Value) -> StatusCode {
    let path = format!("/leasecloud{path}");
    world.outside(method, &path, Some(&body)).await.status
}

#[tokio::test]
async fn an_order_is_added_with_or_without_an_identifier_of_the_partners() {
    let world = empty().await;
    let plain = NewLeasecloudOrder::default();
    let plain = world.control().add_order("se", plain).unwrap();
    assert_eq!(world.order(&plain.id).await["partnerOrderId"], Value::Null);
    let named = NewLeasecloudOrder {
        partner_order_id: Some("P-1".to_owned()),
        status: Some("ACTIVE".to_owned()),
        total_amount: Some(250_000),
    };
    let named = world.control().add_order("SE", named).unwrap();
    let order = world.order(&named.id).await;
    assert_eq!(order["partnerOrderId"], "P-1");
    assert_eq!(order["activeStatus"], "ACTIVE");
    assert_eq!(order["totalAmount"], 250_000);
    assert_eq!(order["insuranceMonthlyCost"], 1_000);
}

#[tokio::test]
async fn all_amounts_can_be_set_and_the_others_stay() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    let edit = LeasecloudEdit {
        partner_order_id: Some("P-2".to_owned()),
        total_amount: Some(1),
        buy_out_amount: Some(2),
        insurance_monthly_cost: Some(3),
        insurance_yearly_cost: Some(4),
    };
    world.control().edit_order(&order, edit).unwrap();
    let one = LeasecloudEdit {
        total_amount: Some(9),
        ..LeasecloudEdit::default()
    };
    world.control().edit_order(&order, one).unwrap();
    let seen = world.order(&order.id).await;
    let expected = json!({
        "id": order.id,
        "buyOut": { "amount": 2 },
        "partnerOrderId": "P-2",
        "insuranceYearlyCost": 4,
        "insuranceMonthlyCost": 3,
        "totalAmount": 9,
        "activeStatus": "ACTIVE",
        "terminatedAt": null,
        "terminated": false
    });
    assert_eq!(seen, expected);
    let negative = LeasecloudEdit {
        buy_out_amount: Some(-1),
        ..LeasecloudEdit::default()
    };
    assert!(world.control().edit_order(&order, negative).is_err());
}

#[tokio::test]
async fn a_hidden_order_is_gone_and_comes_back() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    world.control().hide_order(&order, true).unwrap();
    assert_eq!(world.listed("").await, [""; 0]);
    let path = format!("/orders/{}", order.id);
    assert_error(&world.get(&path).await, 404, "NotFound");
    assert_error(&world.patch(&path, &json!({})).await, 404, "NotFound");
    world.control().hide_order(&order, false).unwrap();
    assert_eq!(world.listed("").await, [order.id.as_str()]);
    assert_eq!(world.status(&order.id).await, "ACTIVE");
}

#[tokio::test]
async fn a_removed_order_does_not_come_back() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    world.control().remove_order(&order).unwrap();
    assert_eq!(world.listed("").await, [""; 0]);
    assert!(world.control().hide_order(&order, false).is_err());
    assert_eq!(world.control().orders("SE").unwrap(), []);
}

#[tokio::test]
async fn an_order_may_have_members_that_are_not_documented() {
    let world = empty().await;
    let order = world.add("ACTIVE");
    let extra = json!({ "monthsToExpiry": 12, "contract": { "length": 36 } });
    world.control().set_extra_fields(&order, &extra).unwrap();
    let seen = world.order(&order.id).await;
    assert_eq!(seen["monthsToExpiry"], 12);
    assert_eq!(seen["contract"], json!({ "length": 36 }));
    assert_eq!(seen["activeStatus"], "ACTIVE");
    world
        .control()
        .set_extra_fields(&order, &json!({}))
        .unwrap();
    assert_eq!(world.order(&order.id).await.as_object().unwrap().len(), 9);
    for bad in [json!([]), json!({ "terminated": 1 })] {
        assert!(world.control().set_extra_fields(&order, &bad).is_err());
    }
}

#[tokio::test]
async fn an_order_can_be_served_malformed_among_good_ones() {
    let world = empty().await;
    let good = world.add("ACTIVE");
    let bad = world.add("ACTIVE");
    let nonsense = json!({ "id": 7, "terminated": "maybe" });
    world.control().replace_order_json(&bad, &nonsense).unwrap();
    let page = world.page("").await;
    assert_eq!(page["orders"][0], nonsense);
    assert_eq!(page["orders"][1]["id"], good.id);
    assert_eq!(world.order(&bad.id).await, nonsense);
    world.control().restore_order_json(&bad).unwrap();
    assert_eq!(world.status(&bad.id).await, "ACTIVE");
}

#[tokio::test]
async fn the_control_knows_how_an_order_was_sent() {
    let world = empty().await;
    let id = world.make_id(&sample()).await;
    let name = format!("SE/{id}");
    let submitted = world.control().submitted_order(&name).unwrap();
    assert_eq!(submitted, Some(sample()));
    let added = world.add("ACTIVE");
    assert_eq!(world.control().submitted_order(added).unwrap(), None);
    let path = format!("/leasecloud/orders/{name}/submitted");
    let answer = world.outside(Method::GET, &path, None).await;
    assert_eq!(answer.json(), sample());
}

#[tokio::test]
async fn an_order_is_led_through_its_life_over_http() {
    let world = empty().await;
    let new = json!({ "partnerOrderId": "P-1", "totalAmount": 100 });
    let path = "/leasecloud/orders/SE";
    let added = world.outside(Method::POST, path, Some(&new)).await;
    assert_eq!(added.status, StatusCode::CREATED);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(added.json(), json!({ "market": "SE", "id": id }));
    let listed = world.outside(Method::GET, path, None).await;
    assert_eq!(listed.json(), json!([{ "market": "SE", "id": id }]));

    let order = format!("/orders/SE/{id}");
    let (post, put) = (Method::POST, Method::PUT);
    let done = StatusCode::NO_CONTENT;
    let steps = [
        (post.clone(), "/status", json!({ "status": "ACTIVE" })),
        (post.clone(), "/terminate", json!({})),
        (put.clone(), "/extra", json!({ "colour": "red" })),
        (Method::PATCH, "", json!({ "totalAmount": 5 })),
        (put.clone(), "/unlisted", json!({ "unlisted": true })),
        (put.clone(), "/hidden", json!({ "hidden": false })),
    ];
    for (method, path, body) in steps {
        let path = format!("{order}{path}");
        assert_eq!(send(&world, method, &path, body).await, done, "{path}");
    }
    let seen = world.order(&id).await;
    assert_eq!(seen["terminated"], true);
    assert_eq!(seen["colour"], "red");
    assert_eq!(seen["totalAmount"], 5);
    assert_eq!(world.listed("").await, [""; 0]);
    let path = format!("/leasecloud{order}");
    let standing = world.outside(Method::GET, &path, None).await;
    assert_eq!(standing.json(), json!({ "standing": "TERMINATED" }));

    let json = format!("{order}/json");
    assert_eq!(send(&world, put, &json, json!([])).await, done);
    assert_eq!(world.order(&id).await, json!([]));
    assert_eq!(send(&world, Method::DELETE, &json, json!({})).await, done);
    assert_eq!(send(&world, Method::DELETE, &order, json!({})).await, done);
    assert_eq!(world.control().orders("SE").unwrap(), []);
}

#[tokio::test]
async fn the_rest_of_the_world_is_changed_over_http_too() {
    let mut world = empty().await;
    let (post, put) = (Method::POST, Method::PUT);
    let done = StatusCode::NO_CONTENT;
    let many = json!({ "count": 20 });
    let status = send(&world, post.clone(), "/orders/NO/many", many).await;
    assert_eq!(status, done);
    assert_eq!(world.control().orders("NO").unwrap().len(), 20);
    let order = world.add("PENDING");
    let path = format!("/leasecloud/orders/{order}/advance");
    let advanced = world.outside(post.clone(), &path, None).await;
    assert_eq!(advanced.json(), json!({ "standing": "READY_TO_SHIP" }));

    let newest_first = json!({ "newestFirst": false });
    let status = send(&world, put.clone(), "/newest-first", newest_first).await;
    assert_eq!(status, done);
    let second = world.add("PENDING");
    assert_eq!(world.listed("").await, [order.id, second.id]);

    let partner = json!({ "market": "FI", "key": "k" });
    assert_eq!(send(&world, post, "/partners", partner).await, done);
    world.key = "k".to_owned();
    assert_eq!(world.listed("").await, [""; 0]);
    let key = json!({ "key": "fresh" });
    assert_eq!(send(&world, put, "/keys/NO", key).await, done);
    world.key = "fresh".to_owned();
    assert_eq!(world.listed("").await.len(), 20);
}

/// Sends what makes no sense, and expects to be told what is wrong with it.
async fn assert_refused(world: &World, cases: &[(Method, &str, Value, u16, &str)]) {
    let before = world.sandbox.ledger();
    for (method, path, body, status, why) in cases {
        let path = format!("/leasecloud{path}");
        let answer = world.outside(method.clone(), &path, Some(body)).await;
        assert_eq!(answer.status.as_u16(), *status, "{path} {}", answer.text);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(world.sandbox.ledger(), before);
}

#[tokio::test]
async fn no_order_becomes_what_makes_no_sense() {
    let world = empty().await;
    let order = world.add("CANCELLED");
    let of = |end: &str| format!("/orders/{order}{end}");
    let [advance, status, edit, extra] = ["/advance", "/status", "", "/extra"].map(of);
    let post = Method::POST;
    let half = json!({ "totalAmount": 1.5 });
    assert_refused(
        &world,
        &[
            (post.clone(), &advance, json!({}), 409, "CANCELLED"),
            (post.clone(), &status, json!({ "status": "" }), 400, "word"),
            (post, &status, json!({}), 400, "status"),
            (Method::PATCH, &edit, half, 400, "totalAmount"),
            (Method::PUT, &extra, json!({ "id": 1 }), 400, "id"),
        ],
    )
    .await;
}

#[tokio::test]
async fn no_order_and_no_partner_is_made_of_what_makes_no_sense() {
    let world = empty().await;
    let (post, orders) = (Method::POST, "/orders/SE");
    let negative = json!({ "totalAmount": -1 });
    let too_many = json!({ "count": 200_001 });
    let keyless = json!({ "market": "SE" });
    assert_refused(
        &world,
        &[
            (post.clone(), orders, json!({ "colour": 1 }), 400, "colour"),
            (post.clone(), orders, negative, 400, "-1"),
            (post.clone(), "/orders/SE/many", too_many, 400, "200000"),
            (post, "/partners", keyless, 400, "key"),
            (Method::PUT, "/keys/SE", json!({ "key": "" }), 409, "key"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_changed() {
    let world = empty().await;
    world.add("PENDING");
    let (post, status) = (Method::POST, json!({ "status": "ACTIVE" }));
    let (no_order, no_market) = ("/orders/SE/x/status", "/orders/DE/x/status");
    assert_refused(
        &world,
        &[
            (post.clone(), no_order, status.clone(), 404, "SE/x"),
            (post.clone(), no_market, status, 404, "DE/x"),
            (post, "/orders/DE", json!({}), 404, "DE"),
            (Method::DELETE, "/orders/SE/x", json!({}), 404, "SE/x"),
        ],
    )
    .await;
}
