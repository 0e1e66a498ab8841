//! Filters: what each lets through, and how they combine.

use std::collections::HashSet;

use leasegraph::domain::provider::ProviderKey;
use serde_json::{Value, json};

use super::support::{Graph, account, category, offer, order, vehicle};

/// How many entries a list has with a filter.
async fn count(graph: &Graph, list: &str, filter: &str) -> u64 {
    let document =
        format!("{{ {list}(first: 100, where: {filter}) {{ totalCount nodes {{ id }} }} }}");
    let data = graph.data(&document).await;
    let total = data[list]["totalCount"].as_u64().unwrap();
    let nodes = data[list]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len() as u64, total.min(100), "{filter}");
    total
}

async fn with_offers() -> Graph {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..66).map(|it| offer(&graph.account, it)).collect();
    graph.save_offers(&offers).await;
    graph
}

#[tokio::test]
async fn each_test_of_offers_lets_through_what_it_says() {
    let graph = with_offers().await;
    let id = graph.account.id;
    let other = account(ProviderKey::Jobrad).id;
    for (filter, expected) in [
        ("{}".to_owned(), 66),
        ("{ provider: [JOBRAD] }".to_owned(), 66),
        ("{ provider: [AUTOLEAP, LEASECLOUD] }".to_owned(), 0),
        ("{ provider: [] }".to_owned(), 0),
        ("{ provider: null }".to_owned(), 66),
        (format!("{{ accountId: \"{id}\" }}"), 66),
        (format!("{{ accountId: \"{other}\" }}"), 0),
        ("{ status: [OPEN, APPROVED] }".to_owned(), 12),
        ("{ final: true }".to_owned(), 33),
        ("{ final: false }".to_owned(), 33),
        ("{ externalOfferId: { eq: \"shop-7\" } }".to_owned(), 1),
        ("{ externalOfferId: { eq: \"SHOP-7\" } }".to_owned(), 0),
        (
            "{ externalOfferId: { in: [\"shop-7\", \"shop-8\", \"x\"] } }".to_owned(),
            2,
        ),
        ("{ externalOfferId: { in: [] } }".to_owned(), 0),
        (
            "{ externalOfferId: { notIn: [\"shop-7\"] } }".to_owned(),
            65,
        ),
        ("{ externalOfferId: { notIn: [] } }".to_owned(), 66),
        (
            "{ externalOfferId: { startsWith: \"shop-6\" } }".to_owned(),
            7,
        ),
        (
            "{ externalOfferId: { contains: \"-6\", notIn: [\"shop-6\"] } }".to_owned(),
            6,
        ),
        ("{ externalOfferId: { contains: \"%\" } }".to_owned(), 0),
        ("{ externalOfferId: {} }".to_owned(), 66),
    ] {
        assert_eq!(count(&graph, "offers", &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn each_test_of_an_offers_customer_and_times_lets_through_what_it_says() {
    let graph = with_offers().await;
    for (filter, expected) in [
        ("{ offerNumber: { eq: \"\" } }".to_owned(), 22),
        ("{ customerName: { eq: \"Ünal 3\" } }".to_owned(), 5),
        ("{ customerEmail: { startsWith: \"u1@\" } }".to_owned(), 4),
        (
            "{ createdAt: { gte: \"2030-12-01T12:00:02Z\" } }".to_owned(),
            52,
        ),
        (
            "{ createdAt: { gte: \"2030-12-01T13:00:02+01:00\", lt: \"2030-12-01T12:00:03Z\" } }"
                .to_owned(),
            7,
        ),
        (
            "{ updatedAt: { lt: \"2030-12-01T12:00:00.001Z\" } }".to_owned(),
            2,
        ),
        (
            "{ statusChangedAt: { lt: \"2030-12-01T12:00:00Z\" } }".to_owned(),
            0,
        ),
        ("{ search: \"KALKHOFF\" }".to_owned(), 44),
        ("{ search: \"ünal 12\" }".to_owned(), 5),
        ("{ search: \"ÜNAL 12\" }".to_owned(), 5),
        ("{ search: \"\" }".to_owned(), 66),
        ("{ search: \"u3@EXAMPLE\" }".to_owned(), 4),
    ] {
        assert_eq!(count(&graph, "offers", &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn tests_are_combined_by_and_or_and_not() {
    let graph = with_offers().await;
    for (filter, expected) in [
        ("{ and: [{ final: true }, { status: [OPEN] }] }", 3),
        ("{ or: [{ final: true }, { status: [OPEN] }] }", 36),
        ("{ not: { final: true } }", 33),
        ("{ final: true, not: { status: [OPEN] } }", 30),
        ("{ not: { not: { final: true } } }", 33),
        ("{ not: { or: [{ final: true }, { status: [OPEN] }] } }", 30),
        ("{ and: [] }", 66),
        ("{ or: [] }", 0),
        ("{ or: [{}] }", 66),
        ("{ or: [{}, { final: true }] }", 66),
        ("{ not: {} }", 0),
        ("{ not: { not: {} } }", 66),
        ("{ not: { or: [] } }", 66),
        ("{ and: [{ not: {} }] }", 0),
        ("{ final: true, and: [{ final: false }] }", 0),
        ("{ and: null, or: null, not: null }", 66),
    ] {
        assert_eq!(count(&graph, "offers", filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn each_test_of_orders_vehicles_and_categories_lets_through_what_it_says() {
    let graph = Graph::new().await;
    let orders: Vec<_> = (0..24).map(|it| order(&graph.account, it)).collect();
    graph.save_orders(&orders).await;
    let vehicles: Vec<_> = (0..18).map(|it| vehicle(&graph.account, it)).collect();
    graph.save_vehicles(&vehicles).await;
    let codes = ["01", "0101", "010101", "0102", "20", "2001"];
    graph.save_categories(&codes.map(category)).await;
    for (list, filter, expected) in [
        ("orders", "{ kind: [REPAIR] }", 12),
        ("orders", "{ status: [QUOTED, ACTIVE] }", 4),
        ("orders", "{ final: true }", 0),
        ("orders", "{ orderNumber: { eq: \"O-3\" } }", 2),
        ("orders", "{ externalOrderId: { eq: \"\" } }", 24),
        (
            "orders",
            "{ provider: [JOBRAD], not: { kind: [LEASE] } }",
            12,
        ),
        (
            "orders",
            "{ createdAt: { lt: \"2030-12-01T12:00:01Z\" } }",
            7,
        ),
        (
            "orders",
            "{ updatedAt: { gte: \"2030-12-01T12:00:03Z\" } }",
            3,
        ),
        ("orders", "{ search: \"o-11\" }", 2),
        ("vehicles", "{ kind: [CAR] }", 6),
        ("vehicles", "{ status: [INACTIVE, UNKNOWN] }", 12),
        ("vehicles", "{ vin: { startsWith: \"WVW0000\" } }", 10),
        (
            "vehicles",
            "{ make: { eq: \"VW\" }, customerId: { eq: \"c1\" } }",
            5,
        ),
        ("vehicles", "{ model: { in: [\"M1\", \"\"] } }", 9),
        ("vehicles", "{ licensePlate: { notIn: [\"\"] } }", 0),
        ("vehicles", "{ search: \"GAZELLE\" }", 9),
        ("categories", "{ scheme: BIDEX }", 6),
        ("categories", "{ scheme: LEASING_AUTOMATION }", 0),
        ("categories", "{ group: ACCESSORY }", 2),
        ("categories", "{ code: { startsWith: \"01\" } }", 4),
        ("categories", "{ parentCode: \"01\" }", 2),
        ("categories", "{ parentCode: \"\" }", 2),
        ("categories", "{ leasable: false }", 2),
        ("categories", "{ search: \"BIKE 0102\" }", 1),
    ] {
        assert_eq!(
            count(&graph, list, filter).await,
            expected,
            "{list} {filter}"
        );
    }
}

#[tokio::test]
async fn a_filter_that_is_too_much_is_refused() {
    let graph = Graph::new().await;
    let nested = |deep: usize| {
        let inner = "{ not: ".repeat(deep) + "{ final: true }" + &" }".repeat(deep);
        format!("{{ offers(first: 1, where: {inner}) {{ nodes {{ id }} }} }}")
    };
    let listed = |values: usize| {
        let values = vec!["\"x\""; values].join(" ");
        format!(
            "{{ offers(first: 1, where: {{ offerNumber: {{ in: [{values}] }} }}) {{ nodes {{ id }} }} }}"
        )
    };
    let tested = |tests: usize| {
        let tests = "{ final: true } ".repeat(tests);
        format!("{{ offers(first: 1, where: {{ or: [{tests}] }}) {{ nodes {{ id }} }} }}")
    };
    for document in [nested(5), listed(100), tested(100)] {
        graph.data(&document).await;
    }
    let values = "`where` may compare with 100 values at most.";
    for (document, message) in [
        (
            nested(6),
            "`where` may nest `and`, `or` and `not` 5 deep at most.",
        ),
        (listed(101), values),
        (tested(101), values),
    ] {
        let answer = graph.ask(&document).await;
        let error = &answer["errors"][0];
        assert_eq!(error["message"], message);
        let extensions = json!({ "argument": "where", "code": "BAD_USER_INPUT" });
        assert_eq!(error["extensions"], extensions);
    }
}

#[tokio::test]
async fn texts_that_no_database_keeps_are_refused_and_found_nowhere() {
    let graph = with_offers().await;
    let document = "query ($text: String!) {
        offers(first: 1, where: { search: $text }) { nodes { id } }
        category(scheme: BIDEX, code: $text) { id }
    }";
    let caller = Some(graph.caller("admin"));
    let answer = graph
        .ask_as(caller, document, json!({ "text": "a\0b" }))
        .await;
    assert_eq!(answer["data"], json!({ "offers": null, "category": null }));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn an_instant_or_an_id_that_is_none_is_refused() {
    let graph = Graph::new().await;
    for (filter, message, code) in [
        (
            "createdAt: { gte: \"yesterday\" }",
            "expected an instant like \"2030-12-01T00:00:00Z\"",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "accountId: \"off_00000000000070008000000000000000\"",
            "begins with `acc_`",
            "BAD_USER_INPUT",
        ),
    ] {
        let answer = graph
            .ask(&format!(
                "{{ offers(first: 1, where: {{ {filter} }}) {{ nodes {{ id }} }} }}"
            ))
            .await;
        let error = &answer["errors"][0];
        assert!(
            error["message"].as_str().unwrap().contains(message),
            "{error}"
        );
        assert_eq!(error["extensions"]["code"], code);
    }
}

#[tokio::test]
async fn a_page_of_a_filtered_list_goes_on_where_it_ended() {
    let graph = with_offers().await;
    let mut seen: HashSet<String> = HashSet::new();
    let mut after = Value::Null;
    loop {
        let document = format!(
            "{{ offers(first: 5, after: {after}, where: {{ status: [OPEN, APPROVED] }}) {{
                nodes {{ id status {{ code }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let data = graph.data(&document).await;
        for node in data["offers"]["nodes"].as_array().unwrap() {
            assert!(["OPEN", "APPROVED"].contains(&node["status"]["code"].as_str().unwrap()));
            assert!(seen.insert(node["id"].to_string()));
        }
        if data["offers"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["offers"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen.len(), 12);
}
