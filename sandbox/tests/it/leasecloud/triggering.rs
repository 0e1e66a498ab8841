//! `statusTrigger`, which lets a partner test what it does at each status.

use sandbox::Options;

use super::support::{assert_error, empty, options, small_with, start};

#[tokio::test]
async fn a_trigger_works_until_the_next_read() {
    let world = empty().await;
    for word in ["READY_TO_SHIP", "ACTIVE", "CANCELLED", "DECLINED"] {
        let id = world.make_id(&small_with("statusTrigger", word)).await;
        assert_eq!(world.status(&id).await, word);
        let page = world.page("").await;
        assert_eq!(page["orders"][0]["activeStatus"], word);
    }
}

#[tokio::test]
async fn a_trigger_may_take_its_time() {
    let options = Options {
        leasecloud_trigger_seconds: 30,
        ..options()
    };
    let world = start(options).await;
    let id = world.make_id(&small_with("statusTrigger", "ACTIVE")).await;
    world.advance(29);
    assert_eq!(world.status(&id).await, "PENDING");
    world.advance(1);
    assert_eq!(world.status(&id).await, "ACTIVE");
}

#[tokio::test]
async fn what_happened_in_between_is_stronger_than_a_trigger() {
    let options = Options {
        leasecloud_trigger_seconds: 30,
        ..options()
    };
    let world = start(options).await;
    let id = world.make_id(&small_with("statusTrigger", "ACTIVE")).await;
    let name = format!("SE/{id}");
    world.control().set_status(name, "CANCELLED").unwrap();
    world.advance(30);
    assert_eq!(world.status(&id).await, "CANCELLED");
}

#[tokio::test]
async fn nothing_is_triggered_in_live_mode() {
    let options = Options {
        leasecloud_live: true,
        ..options()
    };
    let world = start(options).await;
    let answer = world
        .post("/orders", &small_with("statusTrigger", "ACTIVE"))
        .await;
    assert_eq!(
        assert_error(&answer, 400, "InvalidOrder"),
        ["statusTrigger"]
    );
    let body = small_with("statusTrigger", serde_json::Value::Null);
    let id = world.make_id(&body).await;
    assert_eq!(world.status(&id).await, "PENDING");
}
