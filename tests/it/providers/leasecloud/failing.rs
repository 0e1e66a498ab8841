//! Everything that can be wrong with an answer. None of it may be mistaken for one.

use std::time::Duration;

use leasegraph::providers::{Outage, ProviderError};
use rust_decimal::Decimal;
use sandbox::{FaultKind, Options, Sandbox};

use super::world::{World, new_order, status};

#[tokio::test]
async fn a_wrong_key_is_shown_once() {
    let world = World::swedish().await.with_key("wrong");
    let error = world.provider().verify(&world.access).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert_eq!(world.sandbox.request_count(), 1);

    let error = world.create(&new_order("PO-1")).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unauthorized), "{error:?}");
    assert_eq!((world.count("POST"), world.orders()), (1, 0));
}

#[tokio::test]
async fn a_burst_of_failures_is_survived_and_a_lasting_one_ends_the_call() {
    let world = World::swedish().await;
    world.add("ACTIVE");
    for kind in [status(500, None), status(503, None), FaultKind::Reset] {
        for _ in 0..3 {
            world.spoil_once(kind.clone());
        }
        assert_eq!(world.page(1).await.unwrap().observations.len(), 1);
    }
    for code in [500, 503] {
        world.spoil(status(code, None));
        let before = world.count("GET");
        let error = world.page(1).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable(Outage::Status(it)) if it == code),
            "{error:?}"
        );
        assert_eq!(world.count("GET") - before, 4);
        world.sandbox.clear_faults();
    }
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let world = World::swedish().await;
    let id = world.add("ACTIVE");
    let expect = async |kind: FaultKind, is_meant: fn(&ProviderError) -> bool| {
        world.spoil_once(kind.clone());
        let error = world.order(&id).await.unwrap_err();
        assert!(is_meant(&error), "{kind:?}: {error:?}");
    };
    expect(FaultKind::Unauthorized, |it| {
        matches!(it, ProviderError::Unauthorized)
    })
    .await;
    expect(status(401, None), |it| {
        matches!(it, ProviderError::Unauthorized)
    })
    .await;
    expect(status(403, None), |it| {
        matches!(it, ProviderError::Forbidden)
    })
    .await;
    expect(status(404, None), |it| {
        matches!(it, ProviderError::NotFound)
    })
    .await;
    expect(
        status(400, None),
        |it| matches!(it, ProviderError::Refused(it) if it[0].code == "BadRequest"),
    )
    .await;
    expect(status(418, None), |it| {
        matches!(it, ProviderError::Unreadable(_))
    })
    .await;
    expect(status(429, Some("3600")), |it| {
        matches!(it, ProviderError::RateLimited { retry_after: Some(it) } if it.as_secs() == 3_600)
    })
    .await;
    assert!(world.order(&id).await.is_ok());
}

#[tokio::test]
async fn the_limit_of_requests_is_told_as_such() {
    let world = World::swedish().await;
    world.control().set_limit(Some(3));
    for _ in 0..3 {
        world.page(1).await.unwrap();
    }
    let error = world.page(1).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::RateLimited { retry_after: Some(it) } if it.as_secs() > 290),
        "{error:?}"
    );
    assert_eq!(world.control().limiter_report().refused, 1);
    world.sandbox.advance(Duration::from_mins(5));
    assert!(world.page(1).await.is_ok());
}

#[tokio::test]
async fn what_is_not_json_moves_nothing() {
    let world = World::swedish().await;
    world.control().add_orders("SE", 20).unwrap();
    let body = |body: &str| FaultKind::RawBody {
        status: 200,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    };
    let huge = FaultKind::HugeBody {
        bytes: 100 * 1024 * 1024,
        gzip: true,
    };
    for (kind, expected) in [
        (FaultKind::Html200, "expected JSON, got text/html"),
        (FaultKind::TruncatedJson, "truncated JSON"),
        (huge, "body larger than 10 MiB"),
        (body("null"), "JSON of an unknown shape"),
        (body("{\"error\":{}}"), "JSON of an unknown shape"),
        (
            body("{\"data\":{\"orders\":[]}}"),
            "JSON of an unknown shape",
        ),
        (body("{\"data\":[1,]}"), "JSON of an unknown shape"),
    ] {
        world.spoil_once(kind);
        let error = world.page(1).await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    world.spoil_once(FaultKind::EmptyList);
    let empty = world.page(1).await.unwrap();
    assert_eq!((empty.observations, empty.next_page), (Vec::new(), None));
}

#[tokio::test]
async fn a_key_goes_to_no_other_host() {
    let world = World::swedish().await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let other = Sandbox::start(listen, Options::default()).await.unwrap();
    world.spoil(FaultKind::RedirectTo {
        url: other.leasecloud_base_url() + "/orders",
    });
    let error = world.page(1).await.unwrap_err().to_string();
    assert!(error.ends_with("a redirect to another host"), "{error}");
    let asked = world
        .provider()
        .monthly_amounts(&world.access, Decimal::TEN);
    assert!(asked.await.is_err());
    assert!(world.create(&new_order("PO-1")).await.is_err());
    assert_eq!(other.request_count(), 0);
}
