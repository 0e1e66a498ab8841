//! Pages: each row once, whatever happens between them, and the thousandth as cheap as the first.

use std::collections::HashSet;

use leasegraph::config::Role;
use sandbox::{NewOffer, OfferStatus};
use serde_json::{Value, json};

use crate::support::app::TestApp;

const PAGE: &str = "query ($after: String) { offers(first: 50, after: $after) {
    nodes { id product { category { code } } order { id vehicle { make } } provenance { account { name } } }
    pageInfo { hasNextPage endCursor }
} }";

#[tokio::test]
async fn a_thousand_offers_are_paged_through_inserts_and_each_is_seen_once() {
    let app = TestApp::start().await;
    let tenant = app.tenant("acme");
    let jobrad = app.sandbox.jobrad();
    jobrad.add_offers(1000);
    tenant.connect().await;
    let before: HashSet<String> = ids(&tenant.data(&all(), json!({})).await, "offers");
    assert_eq!(before.len(), 100, "the largest page there is");

    let mut seen = Vec::new();
    let mut after = Value::Null;
    for page in 0.. {
        // Between two pages, new offers come in at the top of the list.
        if page % 5 == 2 {
            for _ in 0..3 {
                jobrad.add_offer(NewOffer {
                    status: Some(OfferStatus::Draft),
                    ..NewOffer::default()
                });
            }
            tenant.next_round().await;
        }
        let data = tenant.data(PAGE, json!({ "after": after })).await;
        seen.extend(ids(&data, "offers"));
        if data["offers"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["offers"]["pageInfo"]["endCursor"].clone();
    }

    assert_eq!(seen.len(), 1000);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 1000);
    let total = tenant
        .data("{ offers(first: 1) { totalCount } }", json!({}))
        .await;
    assert_eq!(total["offers"]["totalCount"], 1012);
}

fn all() -> String {
    "{ offers(first: 100) { nodes { id } } }".to_owned()
}

fn ids(data: &Value, list: &str) -> HashSet<String> {
    let nodes = data[list]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_deep_page_is_asked_for_like_the_first_and_a_level_costs_one_statement() {
    let mut app = TestApp::start().await;
    app.sandbox.jobrad().add_offers(200);
    app.tenant("acme").connect().await;
    // Nobody else talks to the database from here on.
    app.restart(&[Role::Api]).await;
    let tenant = app.tenant("acme");
    app.statements();

    let data = tenant.data(PAGE, json!({})).await;
    let first = app.statements();
    let after = data["offers"]["pageInfo"]["endCursor"].clone();
    tenant.data(PAGE, json!({ "after": after })).await;
    let second = app.statements();

    for sql in first.iter().chain(&second) {
        assert!(!sql.to_uppercase().contains(" OFFSET "), "{sql}");
    }
    let of_page = |statements: &[String]| {
        let page: Vec<_> = statements
            .iter()
            .filter(|it| it.contains(" LIMIT "))
            .collect();
        assert_eq!(page.len(), 1, "{page:#?}");
        page[0].clone()
    };
    let (first_page, second_page) = (of_page(&first), of_page(&second));
    assert!(
        second_page.contains(r#"("offer"."created_at", "offer"."id") < ("#),
        "{second_page}"
    );
    let order = r#"ORDER BY "offer"."created_at" DESC, "offer"."id" DESC"#;
    assert!(
        first_page.contains(order) && second_page.contains(order),
        "{second_page}"
    );
    // Offers; their categories, orders and origins; the orders' vehicles; the origins' accounts.
    assert_eq!(first.len(), 6, "{first:#?}");
    assert_eq!(second.len(), 6, "{second:#?}");
}

#[tokio::test]
async fn a_page_is_a_range_of_one_index() {
    use sea_orm::{ConnectionTrait, Statement};

    let app = TestApp::start().await;
    app.sandbox.jobrad().add_offers(1000);
    app.tenant("acme").connect().await;
    let db = app.app().db.read();
    let page = "SELECT id FROM offer WHERE tenant_id = 'acme' \
        AND (created_at, id) < (1922356800000000, NULL_ID) \
        ORDER BY created_at DESC, id DESC LIMIT 21";
    let (explain, id) = if app.database.is_sqlite() {
        ("EXPLAIN QUERY PLAN", "x'ffffffffffffffffffffffffffffffff'")
    } else {
        db.execute_unprepared("ANALYZE offer").await.unwrap();
        ("EXPLAIN", "'ffffffff-ffff-ffff-ffff-ffffffffffff'")
    };
    let sql = format!("{explain} {}", page.replace("NULL_ID", id));
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let plan: String = db
        .query_all_raw(statement)
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let line = row.try_get::<String>("", "detail");
            line.or_else(|_| row.try_get::<String>("", "QUERY PLAN"))
                .unwrap()
                + "\n"
        })
        .collect();
    assert!(plan.contains("offer_by_created_at"), "{plan}");
    assert!(
        !plan.to_uppercase().contains("SORT") && !plan.contains("TEMP B-TREE"),
        "{plan}"
    );
}
