//! `GET /offers/{id}/history`: who changed what, and when.

use serde_json::json;

use crate::support::{empty, sample};

#[tokio::test]
async fn the_history_names_every_change_latest_first() {
    let world = empty().await;
    let id = world.submit(&sample()).await;
    world.advance(60);
    let mut body = sample();
    body["product"]["priceGross"] = json!(2800.5);
    world.put(&format!("/offers/{id}"), &body).await;

    let history = world.get(&format!("/offers/{id}/history")).await.json();

    let entries = history["data"].as_array().unwrap();
    let seen: Vec<_> = entries
        .iter()
        .map(|it| {
            (
                it["changeType"].as_str().unwrap(),
                it["statusCode"].as_str(),
                it["changedBy"]["type"].as_str().unwrap(),
                it["changedAt"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (
            "STATUS_CHANGED",
            Some("pending"),
            "DEALER",
            "2030-12-01T12:01:00.000Z",
        ),
        ("UPDATED", None, "DEALER", "2030-12-01T12:01:00.000Z"),
        (
            "STATUS_CHANGED",
            Some("draft"),
            "JOBRAD",
            "2030-12-01T12:00:10.000Z",
        ),
        (
            "CREATED",
            Some("pending"),
            "DEALER",
            "2030-12-01T12:00:00.000Z",
        ),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        entries[1]["changes"],
        json!([{ "field": "product.priceGross", "old": 2900.99, "new": 2800.5 }])
    );
    assert_eq!(
        entries[2]["changes"],
        json!([{ "field": "status", "old": "pending", "new": "draft" }])
    );
    assert_eq!(
        history["meta"],
        json!({ "totalCount": 4, "page": 1, "perPage": 10 })
    );
}

#[tokio::test]
async fn the_history_comes_in_pages() {
    let world = empty().await;
    let id = world.submit(&sample()).await;
    for status in ["draft", "order_journey_started", "canceled"] {
        world.jobrad().set_status(&id, status).unwrap();
    }
    let page = async |query: &str| world.get(&format!("/offers/{id}/history?{query}")).await;

    let second = page("page=2&perPage=3").await.json();

    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert_eq!(second["data"][0]["changeType"], "CREATED");
    assert_eq!(
        second["meta"],
        json!({ "totalCount": 4, "page": 2, "perPage": 3 })
    );
    assert_eq!(page("page=9").await.json()["data"], json!([]));
    page("page=0").await.assert_error(400, "INVALID_PARAMETER");
    page("perPage=x")
        .await
        .assert_error(400, "INVALID_PARAMETER");
}
