//! `GET /customers`, of many and of one.

use sandbox::NewAutoleapCustomer;
use serde_json::json;

use super::{content, empty};

#[tokio::test]
async fn a_customer_is_read_with_every_public_field() {
    let world = empty().await;
    let new = NewAutoleapCustomer {
        first_name: Some("Max".to_owned()),
        last_name: Some("Muster".to_owned()),
        ..NewAutoleapCustomer::default()
    };
    let id = world.autoleap().add_customer(new).unwrap();
    assert_eq!(id, "CUST001");

    let customer = content(&world.get("/customers/CUST001").await).remove(0);

    for name in [
        "customerType",
        "firstName",
        "lastName",
        "displayName",
        "companyName",
        "phones",
        "emails",
        "communicationPreference",
        "notes",
        "mainAddress",
        "taxExempt",
        "tags",
        "chargeAccount",
        "preferredLocationID",
        "languagePreference",
        "okForMarketing",
        "customerId",
        "companyId",
    ] {
        assert!(customer.get(name).is_some(), "{name}");
    }
    // It is written as `Regular`.
    assert_eq!(customer["customerType"], "regular");
    assert_eq!(customer["displayName"], "Max Muster");
    let email = &customer["emails"][0]["emailAddress"];
    assert_eq!(*email, json!("max.muster@example.com"));
}

#[tokio::test]
async fn customers_are_listed_by_company_and_by_name() {
    let world = empty().await;
    for (first_name, company_id) in [("Anna", "SHOP5678"), ("Ben", "SHOP9012")] {
        let new = NewAutoleapCustomer {
            company_id: Some(company_id.to_owned()),
            first_name: Some(first_name.to_owned()),
            ..NewAutoleapCustomer::default()
        };
        world.autoleap().add_customer(new).unwrap();
    }
    for (query, expected) in [
        ("", vec!["Anna", "Ben"]),
        ("companyId=SHOP9012", vec!["Ben"]),
        ("search=ann", vec!["Anna"]),
        ("size=1&page=2", vec!["Ben"]),
        ("sortDirection=DESC", vec!["Ben", "Anna"]),
    ] {
        let answer = world.get(&format!("/customers?{query}")).await;
        let listed = content(&answer);
        let names: Vec<_> = listed.iter().map(|it| &it["firstName"]).collect();
        assert_eq!(names, expected, "{query}");
    }
}
