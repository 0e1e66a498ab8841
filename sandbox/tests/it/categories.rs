//! `GET /offers/categories` and `GET /offers/accessory`.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{empty, world};

fn codes(nodes: &Value, found: &mut HashSet<String>) {
    for node in nodes.as_array().unwrap() {
        found.insert(node["bidexCode"].as_str().unwrap().to_owned());
        codes(&node["subGroups"], found);
    }
}

#[tokio::test]
async fn the_tree_has_the_documented_nodes_with_codes_as_strings() {
    let world = empty().await;

    let answer = world.get("/offers/categories").await.json();

    let bicycle = &answer["data"]["bikeCategories"][0];
    assert_eq!(bicycle["bidexCode"], "10");
    assert_eq!(bicycle["name"], "Fahrrad");
    let mtb = &bicycle["subGroups"][0];
    assert_eq!(mtb["jobradCategoryDe"], "MTB - Cross");
    let hardtail = json!({
        "bidexCode": "101010", "name": "Hardtail", "jobradCategoryDe": "Hardtail",
        "jobradExtension": false, "leasable": true, "maxQuantity": 1, "maxPriceSales": 0,
        "maxPriceRrp": 0, "minPriceRrp": 0, "subGroups": []
    });
    assert_eq!(mtb["subGroups"][0], hardtail);
    assert_eq!(answer["data"]["filtered"], false);
    assert!(answer["meta"]["timestamp"].is_string());
}

#[tokio::test]
async fn names_come_in_english_and_otherwise_in_german() {
    let world = empty().await;
    let name = async |query: &str| {
        let answer = world
            .get(&format!("/offers/categories{query}"))
            .await
            .json();
        let node = &answer["data"]["accessoryCategories"][0]["subGroups"][0];
        assert_eq!(node["jobradCategoryDe"], "Kindertransport");
        node["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name("").await, "Kindersitze");
    assert_eq!(name("?lang=de").await, "Kindersitze");
    assert_eq!(name("?lang=en").await, "Child seats");
    assert_eq!(name("?lang=tlh").await, "Kindersitze");
}

#[tokio::test]
async fn a_registered_employee_sees_what_they_may_lease() {
    let world = empty().await;
    let ask = async |email: &str| {
        world
            .get(&format!("/offers/categories?email={email}"))
            .await
    };

    let registered = ask("gabi.gabel@jobrad.org").await;
    assert_eq!(registered.json()["data"]["filtered"], true);
    assert!(registered.text.contains("\"leasable\":false"));
    let unknown = ask("gabi.gabel@elsewhere.org").await;
    assert_eq!(unknown.json()["data"]["filtered"], false);
    assert!(!unknown.text.contains("\"leasable\":false"));
    ask("nobody").await.assert_error(400, "INVALID_PARAMETER");
}

#[tokio::test]
async fn the_accessory_list_is_flat_and_has_the_documented_lines() {
    let world = empty().await;

    let answer = world.get("/offers/accessory").await.json();

    let lines = answer["data"].as_array().unwrap();
    let documented = json!({
        "bidexCode": "204070",
        "jobradCategoryDe": "Alle / Zubehör / Sonstiges / Laufradsatz-Upgrade",
        "jobradExtension": true
    });
    assert!(lines.contains(&documented));
    assert!(
        lines
            .iter()
            .all(|it| it["bidexCode"].as_str().unwrap().len() == 6)
    );
    assert!(answer["meta"]["timestamp"].is_string());
}

#[tokio::test]
async fn every_category_of_the_seeded_world_is_in_the_tree() {
    let world = world(200).await;
    let tree = world.get("/offers/categories").await.json();
    let mut known = HashSet::new();
    codes(&tree["data"]["bikeCategories"], &mut known);
    codes(&tree["data"]["accessoryCategories"], &mut known);

    for page in 1..=2 {
        let offers = world
            .get(&format!("/offers?perPage=100&page={page}"))
            .await
            .json();
        for offer in offers["data"].as_array().unwrap() {
            let product = std::iter::once(&offer["product"]);
            for part in product.chain(offer["accessory"].as_array().unwrap()) {
                let code = part["bidexCode"].as_u64().unwrap().to_string();
                assert!(known.contains(&code), "{code} is not in the tree");
            }
        }
    }
}
