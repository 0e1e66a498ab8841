//! `GET /config/...`: what may be chosen from.

use serde_json::{Value, json};

use super::{Dealer, dealer, sample_with};

async fn slugs(dealer: &Dealer, list: &str) -> Vec<String> {
    let json = dealer.get(&format!("/config/{list}")).await.json();
    let choices = json.as_array().unwrap().iter();
    choices
        .map(|it| {
            assert!(it["name"].is_string(), "{it}");
            assert_eq!(it.as_object().unwrap().len(), 2, "{it}");
            it["slug"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn every_list_has_what_the_documentation_names() {
    let dealer = dealer().await;
    for (list, documented) in [
        ("accessory-types", &[][..]),
        ("bike-brands", &["trek", "canyon", "cube"]),
        ("bike-categories", &["fully", "trekking-bike", "city-bike"]),
        ("drive-manufacturers", &[]),
        ("leasing-providers", &["jobrad", "eurorad"]),
    ] {
        let slugs = slugs(&dealer, list).await;
        assert!(slugs.len() > 2, "{slugs:?}");
        for slug in documented {
            assert!(slugs.iter().any(|it| it == slug), "{list} has no {slug}");
        }
    }
}

#[tokio::test]
async fn one_spelling_of_a_slug_is_listed_and_the_other_is_not() {
    let slugs = slugs(&dealer().await, "leasing-providers").await;
    assert_eq!(slugs, ["deutsche-dienstrad", "eurorad", "jobrad"]);
}

#[tokio::test]
async fn whatever_is_listed_can_be_chosen_and_is_known_to_jobrad() {
    let dealer = dealer().await;
    let mut bodies: Vec<Value> = Vec::new();
    for brand in slugs(&dealer, "bike-brands").await {
        bodies.push(sample_with("/bikeSpecifications/brand", json!(brand)));
    }
    for drive in slugs(&dealer, "drive-manufacturers").await {
        let pointer = "/bikeSpecifications/driveManufacturer";
        bodies.push(sample_with(pointer, json!(drive)));
    }
    for category in slugs(&dealer, "bike-categories").await {
        for kind in ["pedelec", "s-pedelec", "bike"] {
            let mut body = sample_with("/bikeSpecifications/category", json!(category));
            body["bikeSpecifications"]["bikeType"] = json!(kind);
            bodies.push(body);
        }
    }
    for kind in slugs(&dealer, "accessory-types").await {
        let accessories = json!([{ "accessoryType": kind, "purchasePrice": 1 }]);
        bodies.push(sample_with("/orderDetails/accessories", accessories));
    }

    let categories = dealer.world.get("/offers/categories").await.text;
    for body in bodies {
        let id = dealer.make("jobrad", &body).await;
        let offers = dealer.world.get("/offers?perPage=1").await.json();
        let offer = &offers["data"][0];
        assert_eq!(offer["offerNumber"], json!(id));
        let accessory = &offer["accessory"][0]["bidexCode"];
        let codes = [&offer["product"]["bidexCode"], accessory];
        for code in codes.into_iter().filter(|it| !it.is_null()) {
            assert!(categories.contains(&format!("\"{code}\"")), "{code}");
        }
    }
}
