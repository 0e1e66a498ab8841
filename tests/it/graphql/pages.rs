//! Pages: every order forwards and backwards, and what is refused.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::support::{Graph, category, offer, order, vehicle};

const NO_FIRST: &str = "`offers` needs `first` or `last`, a number from 1 to 100.";

/// Reads a list to its end, page by page, and returns the ids. `between` runs after each page.
async fn walk(
    graph: &Graph,
    (list, order_by): (&str, &str),
    backwards: bool,
    mut between: impl AsyncFnMut(usize),
) -> Vec<String> {
    let (size, place, more, cursor) = if backwards {
        ("last", "before", "hasPreviousPage", "startCursor")
    } else {
        ("first", "after", "hasNextPage", "endCursor")
    };
    let mut pages = Vec::new();
    let mut at = String::new();
    loop {
        let document = format!(
            "{{ {list}({size}: 97{at}{order_by}) {{ nodes {{ id }} edges {{ cursor }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let data = graph.data(&document).await;
        let page = &data[list];
        let ids = page["nodes"].as_array().unwrap().iter();
        let ids: Vec<_> = ids
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect();
        let info = &page["pageInfo"];
        let edges = page["edges"].as_array().unwrap();
        assert_eq!(info["startCursor"], edges[0]["cursor"]);
        assert_eq!(info["endCursor"], edges[edges.len() - 1]["cursor"]);
        pages.push(ids);
        if info[more] == false {
            break;
        }
        at = format!(", {place}: {}", info[cursor]);
        between(pages.len()).await;
    }
    if backwards {
        pages.reverse();
    }
    pages.concat()
}

#[tokio::test]
async fn every_order_of_a_thousand_offers_shows_each_once_from_either_end() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..1000).map(|it| offer(&graph.account, it)).collect();
    graph.save_offers(&offers).await;
    for field in [
        "CREATED_AT",
        "UPDATED_AT",
        "STATUS_CHANGED_AT",
        "STATUS",
        "EXTERNAL_OFFER_ID",
        "OFFER_NUMBER",
        "CUSTOMER_NAME",
        "CUSTOMER_EMAIL",
        "TOTAL",
        "PRODUCT_NAME",
    ] {
        let ascending = format!(", orderBy: {{ field: {field}, direction: ASC }}");
        let descending = format!(", orderBy: {{ field: {field}, direction: DESC }}");
        let up = walk(&graph, ("offers", &ascending), false, async |_| {}).await;
        let mut down = walk(&graph, ("offers", &descending), true, async |_| {}).await;
        down.reverse();
        assert_eq!(up.len(), 1000, "{field}");
        assert_eq!(up.iter().collect::<HashSet<_>>().len(), 1000, "{field}");
        assert_eq!(up, down, "{field}");
    }
}

#[tokio::test]
async fn offers_that_come_in_between_move_nothing() {
    let graph = Graph::new().await;
    let offers: Vec<_> = (0..500).map(|it| offer(&graph.account, it)).collect();
    graph.save_offers(&offers).await;
    let seen = walk(&graph, ("offers", ""), false, async |page| {
        // As new as the newest, as old as the oldest, and in the middle of a tie.
        let more = [499, 0, 250].map(|it| offer(&graph.account, it));
        graph.save_offers(&more[page % 3..=page % 3]).await;
    })
    .await;
    let before: HashSet<_> = offers.iter().map(|it| it.id.to_string()).collect();
    let of_before: Vec<_> = seen.iter().filter(|it| before.contains(*it)).collect();
    assert_eq!(of_before.len(), 500);
    assert_eq!(of_before.iter().collect::<HashSet<_>>().len(), 500);
}

#[tokio::test]
async fn every_order_of_orders_and_vehicles_shows_each_once() {
    let graph = Graph::new().await;
    let orders: Vec<_> = (0..230).map(|it| order(&graph.account, it)).collect();
    graph.save_orders(&orders).await;
    let vehicles: Vec<_> = (0..230).map(|it| vehicle(&graph.account, it)).collect();
    graph.save_vehicles(&vehicles).await;
    let of_orders = ["CREATED_AT", "UPDATED_AT", "STATUS_CHANGED_AT", "STATUS"];
    let of_orders = of_orders.into_iter().chain(["ORDER_NUMBER", "TOTAL"]);
    let of_vehicles = ["CREATED_AT", "UPDATED_AT", "MAKE", "MODEL", "YEAR"];
    let all = of_orders
        .map(|it| ("orders", it))
        .chain(of_vehicles.map(|it| ("vehicles", it)));
    for (list, field) in all {
        for direction in ["ASC", "DESC"] {
            let order = format!(", orderBy: {{ field: {field}, direction: {direction} }}");
            let forwards = walk(&graph, (list, &order), false, async |_| {}).await;
            let backwards = walk(&graph, (list, &order), true, async |_| {}).await;
            assert_eq!(forwards.iter().collect::<HashSet<_>>().len(), 230);
            assert_eq!(forwards, backwards, "{list} {field} {direction}");
        }
    }
}

#[tokio::test]
async fn accounts_and_categories_are_paged_from_either_end() {
    let graph = Graph::new().await;
    let codes: Vec<_> = (10..30).map(|it| it.to_string()).collect();
    let categories: Vec<_> = codes.iter().map(|it| category(it)).collect();
    graph.save_categories(&categories).await;
    let document = "{ categories(first: 3) { totalCount nodes { code } }
        end: categories(last: 3) { nodes { code } pageInfo { hasNextPage hasPreviousPage } }
        providerAccounts(last: 1) { totalCount nodes { name } } }";
    insta::assert_json_snapshot!(graph.data(document).await, @r#"
    {
      "categories": {
        "nodes": [
          {
            "code": "10"
          },
          {
            "code": "11"
          },
          {
            "code": "12"
          }
        ],
        "totalCount": 20
      },
      "end": {
        "nodes": [
          {
            "code": "27"
          },
          {
            "code": "28"
          },
          {
            "code": "29"
          }
        ],
        "pageInfo": {
          "hasNextPage": false,
          "hasPreviousPage": true
        }
      },
      "providerAccounts": {
        "nodes": [
          {
            "name": "Radhaus"
          }
        ],
        "totalCount": 1
      }
    }
    "#);
}

#[tokio::test]
async fn a_page_says_exactly_what_is_wrong_with_its_size() {
    let graph = Graph::new().await;
    for (arguments, argument, message) in [
        ("", "first", NO_FIRST),
        ("(after: \"x\")", "first", NO_FIRST),
        ("(first: null)", "first", NO_FIRST),
        (
            "(first: 0)",
            "first",
            "`first` takes a number from 1 to 100, not 0.",
        ),
        (
            "(first: -1)",
            "first",
            "`first` takes a number from 1 to 100, not -1.",
        ),
        (
            "(first: 101)",
            "first",
            "`first` takes a number from 1 to 100, not 101.",
        ),
        (
            "(last: 101)",
            "last",
            "`last` takes a number from 1 to 100, not 101.",
        ),
        (
            "(first: 1, last: 1)",
            "last",
            "`offers` takes `first` or `last`, not both.",
        ),
    ] {
        let answer = graph
            .ask(&format!(
                "{{ offers{arguments} {{ nodes {{ id }} }} viewer {{ subject }} }}"
            ))
            .await;
        let expected = json!({
            "data": { "offers": null, "viewer": { "subject": "tester" } },
            "errors": [{
                "message": message,
                "locations": [{ "line": 1, "column": 3 }],
                "path": ["offers"],
                "extensions": { "argument": argument, "code": "BAD_USER_INPUT" },
            }],
        });
        assert_eq!(answer, expected, "{arguments}");
    }
}

#[tokio::test]
async fn lists_that_are_read_forwards_want_first() {
    let graph = Graph::new().await;
    graph.save_vehicles(&[vehicle(&graph.account, 0)]).await;
    for (document, list) in [
        ("{ events { nodes { id } } }", "events"),
        ("{ webhookEndpoints { nodes { id } } }", "webhookEndpoints"),
        (
            "{ webhookDeliveries { nodes { id } } }",
            "webhookDeliveries",
        ),
        (
            "{ vehicles(first: 1) { nodes { orders { nodes { id } } } } }",
            "orders",
        ),
    ] {
        let answer = graph.ask(document).await;
        let error = &answer["errors"][0];
        let message = format!("`{list}` needs `first`, a number from 1 to 100.");
        assert_eq!(error["message"], message);
        assert_eq!(error["extensions"]["argument"], "first");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_one_list_in_one_order_of_one_tenant() {
    let graph = Graph::new().await;
    let vehicles = [vehicle(&graph.account, 0), vehicle(&graph.account, 1)];
    graph.save_vehicles(&vehicles).await;
    let of_vehicle = |number, vehicle: &leasegraph::domain::vehicle::Vehicle| {
        let mut order = order(&graph.account, number);
        order.vehicle_id = Some(vehicle.id);
        order
    };
    let orders: Vec<_> = (0..4).map(|it| of_vehicle(it, &vehicles[it % 2])).collect();
    graph.save_orders(&orders).await;
    let data = graph
        .data(
            "{ orders(first: 1) { pageInfo { endCursor } }
               vehicles(first: 1) { nodes { id orders(first: 1) { pageInfo { endCursor } } } } }",
        )
        .await;
    let cursor = &data["orders"]["pageInfo"]["endCursor"];
    let nested = &data["vehicles"]["nodes"][0]["orders"]["pageInfo"]["endCursor"];

    let elsewhere = [
        format!("{{ offers(first: 1, after: {cursor}) {{ nodes {{ id }} }} }}"),
        format!(
            "{{ orders(first: 1, before: {cursor}, orderBy: {{ field: TOTAL, direction: DESC }}) {{ nodes {{ id }} }} }}"
        ),
        format!(
            "{{ orders(first: 1, after: {cursor}, orderBy: {{ field: CREATED_AT, direction: ASC }}) {{ nodes {{ id }} }} }}"
        ),
        format!("{{ orders(first: 1, after: {nested}) {{ nodes {{ id }} }} }}"),
        format!("{{ events(first: 1, after: {cursor}) {{ nodes {{ id }} }} }}"),
    ];
    for document in &elsewhere {
        let answer = graph.ask(document).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    let here = format!("{{ orders(first: 1, after: {cursor}) {{ nodes {{ id }} }} }}");
    let answer = graph
        .ask_as(Some(graph.stranger()), &here, Value::Null)
        .await;
    assert_eq!(
        answer["errors"][0]["message"],
        "`after` takes a cursor that `orders` has given in the same order."
    );

    // Each vehicle has its own: the other one refuses it.
    let below = format!(
        "{{ vehicles(first: 2) {{ nodes {{ id orders(first: 1, after: {nested}) {{
            totalCount nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage }} }} }} }} }}"
    );
    let answer = graph.ask(&below).await;
    let nodes = &answer["data"]["vehicles"]["nodes"];
    assert_eq!(nodes[0]["orders"]["totalCount"], 2);
    let info = json!({ "hasNextPage": false, "hasPreviousPage": true });
    assert_eq!(nodes[0]["orders"]["pageInfo"], info);
    assert_eq!(nodes[1]["orders"], Value::Null);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
}
