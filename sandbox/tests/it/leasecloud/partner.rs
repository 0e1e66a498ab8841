//! What a partner is told about itself and about prices.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::{assert_error, empty};

#[tokio::test]
async fn a_partner_sees_itself_and_its_tariffs() {
    let world = empty().await;
    let answer = world.get("/partner").await;
    assert_eq!(answer.status, StatusCode::OK);
    let expected = json!({ "data": {
        "partner": {
            "id": 1,
            "orgNumber": "556000-0001",
            "name": "Exempelcykel AB",
            "website": "https://se.example.com",
            "country": "SE",
            "email": "order@se.example.com",
            "termsOfPayment": "30 days net",
            "createdAt": "2030-12-01T12:00:00Z",
            "updatedAt": "2030-12-01T12:00:00Z"
        },
        "tariffs": [
            { "tariff": 8.875, "months": 12 },
            { "tariff": 4.625, "months": 24 },
            { "tariff": 3.25, "months": 36 },
            { "tariff": 2.55, "months": 48 },
            { "tariff": null, "months": 60 }
        ]
    }});
    assert_eq!(answer.json(), expected);
}

async fn monthly_amounts(price: Value) -> Value {
    let world = empty().await;
    let answer = world
        .post("/monthly-amounts", &json!({ "price": price }))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_price_has_a_monthly_amount_for_every_term_with_a_tariff() {
    let expected = json!({ "data": { "monthlyAmounts": [
        { "months": 12, "monthlyAmount": 88_750 },
        { "months": 24, "monthlyAmount": 46_250 },
        { "months": 36, "monthlyAmount": 32_500 },
        { "months": 48, "monthlyAmount": 25_500 }
    ]}});
    assert_eq!(monthly_amounts(json!(1_000_000)).await, expected);
}

#[tokio::test]
async fn a_monthly_amount_is_rounded_to_the_next_cent_and_halves_up() {
    // 3.25 % of 200 is 6.5; of 199 it is 6.4675.
    let at_36 = async |price: i64| {
        let amounts = monthly_amounts(json!(price)).await;
        amounts["data"]["monthlyAmounts"][2]["monthlyAmount"].clone()
    };
    assert_eq!(at_36(200).await, 7);
    assert_eq!(at_36(199).await, 6);
    assert_eq!(at_36(0).await, 0);
    // 2.55 % of 3,000 is 76.5, but a little less as a floating-point number.
    let amounts = monthly_amounts(json!(3000)).await;
    assert_eq!(amounts["data"]["monthlyAmounts"][3]["monthlyAmount"], 77);
}

#[tokio::test]
async fn a_price_is_a_whole_number_of_cents() {
    let world = empty().await;
    let bad = [
        json!({}),
        json!({ "price": null }),
        json!({ "price": -1 }),
        json!({ "price": 10.5 }),
        json!({ "price": "100" }),
        json!({ "price": 1e30 }),
    ];
    for body in bad {
        let answer = world.post("/monthly-amounts", &body).await;
        assert_eq!(
            assert_error(&answer, 400, "BadRequest"),
            ["price"],
            "{body}"
        );
    }
    let answer = world.post("/monthly-amounts", &json!([100])).await;
    assert_eq!(assert_error(&answer, 400, "BadRequest"), [""; 0]);
}
