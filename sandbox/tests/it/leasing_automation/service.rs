//! `POST /service-information/{slug}`: a question about leased bicycles.

use reqwest::StatusCode;
use sandbox::LeasedBike;
use serde_json::{Value, json};

use super::{Dealer, dealer};

const PATH: &str = "/service-information/jobrad";

async fn ask(dealer: &Dealer, slug: &str, query: Value) -> Value {
    let path = format!("/service-information/{slug}");
    let answer = dealer.post(&path, &json!({ "query": query })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

fn frame_numbers(answer: &Value) -> Vec<&str> {
    let details = answer["leasingDetails"].as_array().unwrap().iter();
    details
        .map(|it| it["bike"]["frameNumber"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_answer_has_the_documented_shape() {
    let dealer = dealer().await;
    let bike = LeasedBike {
        email: "john.doe@example.com".to_owned(),
        first_name: "John".to_owned(),
        last_name: "Doe".to_owned(),
        ..LeasedBike::default()
    };
    dealer.control().add_leased_bike(bike).unwrap();

    let query = json!({ "type": "email", "value": "John.Doe@example.com" });
    let answer = ask(&dealer, "jobrad", query).await;

    let expected = json!({
        "customer": {
            "firstName": "John", "lastName": "Doe", "email": "john.doe@example.com"
        },
        "leasingDetails": [{
            "bike": {
                "bikeType": "pedelec", "category": "city-bike", "brand": "cube",
                "model": "Town Sport Hybrid", "size": "50 cm", "color": "black",
                "year": "2030", "frameNumber": "ABC123XYZ"
            },
            "leasing": {
                "startDate": "2030-12-01T12:00:00.000Z",
                "endDate": "2033-11-30T12:00:00.000Z"
            },
            "servicePackage": {
                "type": "fullService",
                "budget": { "current": 366.50, "maximum": 500.00, "currency": "EUR" },
                "inspections": {
                    "available": 3, "lastDate": null, "isMandatory": false, "isValid": true
                }
            }
        }]
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn money_comes_digit_by_digit() {
    let dealer = dealer().await;
    let body = json!({ "query": { "type": "frameNumber", "value": "WTU123456X" } });
    let text = dealer.post(PATH, &body).await.text;
    let budget = r#"{"current":366.50,"maximum":500.00,"currency":"EUR"}"#;
    assert!(text.contains(budget), "{text}");
    assert!(text.contains(r#""lastDate":"2030-"#), "{text}");
}

#[tokio::test]
async fn each_of_the_three_kinds_of_query_finds_what_it_names() {
    let dealer = dealer().await;
    let slug = "deutsche-dienstrad";
    let both = ["CUB777001A", "CUB777002B"];

    let query = json!({ "type": "email", "value": "bruno.birke@example.com" });
    assert_eq!(frame_numbers(&ask(&dealer, slug, query).await), both);
    let query = json!({
        "type": "customer", "firstName": "Bruno", "lastName": "birke", "postalCode": "79098"
    });
    assert_eq!(frame_numbers(&ask(&dealer, slug, query).await), both);
    let query = json!({ "type": "frameNumber", "value": "cub777002b" });
    let answer = ask(&dealer, slug, query).await;
    assert_eq!(frame_numbers(&answer), ["CUB777002B"]);
    assert_eq!(answer["customer"]["firstName"], "Bruno");
}

#[tokio::test]
async fn nothing_is_found_where_there_is_nothing() {
    let dealer = dealer().await;
    for query in [
        json!({ "type": "email", "value": "nobody@example.com" }),
        // With another leasing provider.
        json!({ "type": "frameNumber", "value": "CUB777001A" }),
        json!({
            "type": "customer", "firstName": "Ada", "lastName": "Ahorn", "postalCode": "99999"
        }),
    ] {
        let answer = dealer.post(PATH, &json!({ "query": query })).await;
        answer.assert_says(404, "No service information found");
    }
    let body = json!({ "query": { "type": "email", "value": "ada.ahorn@example.com" } });
    let answer = dealer.post("/service-information/unheard-of", &body).await;
    answer.assert_says(404, "Leasing provider not found");
}

#[tokio::test]
async fn exactly_one_kind_of_query_is_allowed() {
    let dealer = dealer().await;
    for query in [
        json!({ "type": "email", "value": "a@example.com", "postalCode": "12345" }),
        json!({
            "type": "customer", "firstName": "A", "lastName": "B", "postalCode": "1",
            "value": "a@example.com"
        }),
    ] {
        let answer = dealer.post(PATH, &json!({ "query": query })).await;
        answer.assert_says(400, "Exactly one query type is allowed");
    }
    for (body, text) in [
        (json!({}), "Missing required fields *query* in request body"),
        (
            json!({ "query": { "type": "email" } }),
            "Missing required fields *value* in request body",
        ),
        (
            json!({ "query": { "value": "a" } }),
            "Missing required fields *type* in request body",
        ),
        (
            json!({ "query": { "type": "customer", "lastName": "B" } }),
            "Missing required fields *firstName, postalCode* in request body",
        ),
        (
            json!({ "query": { "type": "phone", "value": "1" } }),
            "Invalid values for fields *type* in request body",
        ),
        (
            json!({ "query": { "type": "email", "value": 7 } }),
            "Invalid values for fields *value* in request body",
        ),
        (
            json!({ "query": [] }),
            "Invalid values for fields *query* in request body",
        ),
        (json!([]), "Request body must be a JSON object"),
    ] {
        dealer.post(PATH, &body).await.assert_says(400, text);
    }
}
