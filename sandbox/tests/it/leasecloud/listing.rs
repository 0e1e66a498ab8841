//! The list: pages by number, that move when orders come and go.

use serde_json::{Value, json};

use super::support::{assert_error, empty, options, small, start};
use sandbox::Options;

#[tokio::test]
async fn a_page_of_the_list_has_the_documented_form() {
    let world = empty().await;
    world.make(&small()).await;
    let id = world.make_id(&small()).await;
    world.make(&small()).await;

    let page = world.page("page=2&limit=1").await;

    let expected = json!({
        "orders": [{
            "id": id,
            "buyOut": { "amount": 100_000 },
            "partnerOrderId": null,
            "insuranceYearlyCost": 48_000,
            "insuranceMonthlyCost": 4_000,
            "totalAmount": 1_000_000,
            "activeStatus": "PENDING",
            "terminatedAt": null,
            "terminated": false
        }],
        "pagination": {
            "currentPage": 2,
            "totalPages": 3,
            "totalItems": 3,
            "limit": 1,
            "prev": "/v1/orders?page=1&limit=1",
            "next": "/v1/orders?page=3&limit=1"
        }
    });
    assert_eq!(page, expected);
}

#[tokio::test]
async fn there_is_no_link_beyond_either_end() {
    let world = empty().await;
    world.control().add_orders("SE", 100).unwrap();
    let links = async |query: &str| {
        let page = world.page(query).await;
        let pagination = &page["pagination"];
        (pagination["prev"].clone(), pagination["next"].clone())
    };
    let link = |page: u32| Value::from(format!("/v1/orders?page={page}&limit=50"));
    assert_eq!(links("").await, (Value::Null, link(2)));
    assert_eq!(links("page=2").await, (link(1), Value::Null));
    assert_eq!(links("limit=100").await, (Value::Null, Value::Null));
}

#[tokio::test]
async fn the_newest_order_comes_first_fifty_to_a_page() {
    let world = empty().await;
    let added = world.control().add_orders("SE", 120).unwrap();
    let mut newest_first: Vec<String> = added.into_iter().map(|it| it.id).collect();
    newest_first.reverse();

    assert_eq!(world.listed("").await, newest_first[..50]);
    assert_eq!(world.listed("page=2").await, newest_first[50..100]);
    assert_eq!(world.listed("page=3").await, newest_first[100..]);
    assert_eq!(world.listed("page=2&limit=100").await, newest_first[100..]);
}

#[tokio::test]
async fn an_empty_list_has_no_page() {
    let world = empty().await;
    let expected = json!({
        "orders": [],
        "pagination": {
            "currentPage": 1, "totalPages": 0, "totalItems": 0, "limit": 50,
            "prev": null, "next": null
        }
    });
    assert_eq!(world.page("").await, expected);
}

#[tokio::test]
async fn behind_the_last_page_there_is_nothing_and_no_error() {
    let world = empty().await;
    world.control().add_orders("SE", 3).unwrap();
    let page = world.page("page=2147483647&limit=100").await;
    assert_eq!(page["orders"], json!([]));
    assert_eq!(page["pagination"]["totalPages"], 1);
    assert_eq!(page["pagination"]["next"], Value::Null);
}

#[tokio::test]
async fn a_page_or_a_limit_out_of_bounds_is_refused_and_named() {
    let world = empty().await;
    let cases = [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=one", "page"),
        ("page=1.0", "page"),
        ("page=99999999999999999999", "page"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
    ];
    for (query, name) in cases {
        let answer = world.get(&format!("/orders?{query}")).await;
        assert_eq!(assert_error(&answer, 400, "BadRequest"), [name], "{query}");
    }
    let answer = world.get("/orders?page=0&limit=0").await;
    assert_eq!(assert_error(&answer, 400, "BadRequest"), ["page", "limit"]);
    for query in ["page=&limit=", "status=ACTIVE", "limit=1", "limit=100"] {
        world.page(query).await;
    }
}

#[tokio::test]
async fn a_new_order_moves_every_page() {
    let world = empty().await;
    let ids: Vec<_> = world.control().add_orders("SE", 4).unwrap();
    assert_eq!(world.listed("limit=2").await, [&*ids[3].id, &ids[2].id]);

    world.add("PENDING");

    // A client that goes on meets one order for the second time.
    let second = world.listed("limit=2&page=2").await;
    assert_eq!(second, [&*ids[2].id, &ids[1].id]);
}

#[tokio::test]
async fn an_order_that_leaves_the_list_lets_the_others_move_up() {
    let world = empty().await;
    let ids = world.control().add_orders("SE", 4).unwrap();
    assert_eq!(world.listed("limit=2").await, [&*ids[3].id, &ids[2].id]);

    world.control().unlist_order(&ids[3], true).unwrap();

    // A client that goes on never meets the second order.
    assert_eq!(world.listed("limit=2&page=2").await, [ids[0].id.as_str()]);
    assert_eq!(world.page("").await["pagination"]["totalItems"], 3);
    assert_eq!(world.status(&ids[3].id).await, "CANCELLED");
    world.control().unlist_order(&ids[3], false).unwrap();
    assert_eq!(world.listed("limit=1").await, [ids[3].id.as_str()]);
}

#[tokio::test]
async fn the_list_can_be_turned_around() {
    let world = empty().await;
    let ids = world.control().add_orders("SE", 3).unwrap();
    world.control().set_newest_first(false);
    assert_eq!(world.listed("limit=2").await, [&*ids[0].id, &ids[1].id]);
    assert_eq!(world.listed("limit=2&page=2").await, [ids[2].id.as_str()]);
}

#[tokio::test]
async fn the_seeded_world_has_orders_everywhere_and_in_every_status() {
    let options = Options {
        leasecloud_orders: 30,
        ..options()
    };
    let mut world = start(options).await;
    let mut seen = std::collections::BTreeSet::new();
    for (market, count) in [("SE", 15), ("DK", 5), ("NO", 5), ("FI", 5)] {
        world.key = world.sandbox.leasecloud_key(market);
        let page = world.page("limit=100").await;
        assert_eq!(page["pagination"]["totalItems"], count);
        for order in page["orders"].as_array().unwrap() {
            let terminated = order["terminated"].as_bool().unwrap();
            assert_eq!(order["terminatedAt"].is_string(), terminated);
            seen.insert((
                order["activeStatus"].as_str().unwrap().to_owned(),
                terminated,
            ));
        }
    }
    let seen: Vec<_> = seen
        .iter()
        .map(|(status, it)| (status.as_str(), *it))
        .collect();
    let expected = [
        ("ACTIVE", false),
        ("ACTIVE", true),
        ("CANCELLED", false),
        ("DECLINED", false),
        ("PENDING", false),
        ("READY_TO_SHIP", false),
    ];
    assert_eq!(seen, expected);
}
