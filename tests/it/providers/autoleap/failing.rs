//! Everything that can be wrong with an answer. None of it may be mistaken for one.

use std::time::Duration;

use leasegraph::{
    domain::capability::EntityKind::{self, Vehicle},
    providers::{List, Outage, ProviderError, TransportSettings},
};
use sandbox::{FaultKind, Options, Sandbox};

use super::world::{SHOP, VEHICLES, World, assert_error, first, refused, status};

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    let world = World::new().await;
    world.vehicles().await.unwrap();
    world.spoil_once(VEHICLES, status(400));
    let issues = refused(world.vehicles().await);
    assert_eq!(issues[0].message, "Invalid request");
    world.spoil_once(VEHICLES, status(403));
    assert_error!(world.vehicles().await, ProviderError::Forbidden);
    world.spoil_once(VEHICLES, status(404));
    assert_error!(world.vehicles().await, ProviderError::NotFound);
    world.spoil_once(VEHICLES, status(418));
    assert_error!(world.vehicles().await, ProviderError::Unreadable(_));
    let foreign = world.page(first(Vehicle, "SHOP1")).await;
    assert_error!(foreign, ProviderError::Forbidden);
    let offers = world.page(first(EntityKind::Offer, SHOP)).await;
    assert_error!(offers, ProviderError::Unsupported(_));
}

#[tokio::test]
async fn a_burst_of_failures_is_survived_and_a_lasting_one_is_told() {
    let world = World::new().await;
    for kind in [status(500), status(503), status(429), FaultKind::Reset] {
        for _ in 0..3 {
            world.spoil_once(VEHICLES, kind.clone());
        }
        assert!(world.vehicles().await.is_ok(), "{kind:?}");
    }
    world.spoil(VEHICLES, status(503));
    let down = ProviderError::Unavailable(Outage::Status(503));
    let error = world.vehicles().await.unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{down:?}"));
}

#[tokio::test]
async fn the_partner_s_limit_is_told_with_how_long_it_lasts() {
    let world = World::new().await;
    let long = FaultKind::Status {
        code: 429,
        retry_after: Some("3600".to_owned()),
    };
    world.spoil(VEHICLES, long);
    let answer = world.vehicles().await;
    let expected = Some(Duration::from_hours(1));
    assert_error!(answer, ProviderError::RateLimited { retry_after } if retry_after == expected);
    assert_eq!(world.count("GET", VEHICLES), 1);
}

#[tokio::test]
async fn what_is_not_the_answer_moves_nothing() {
    let world = World::new().await;
    world.control().add_vehicles(40);
    world.vehicles().await.unwrap();
    let body = |content_type: &str, body: &str| FaultKind::RawBody {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
    };
    let json = "application/json";
    for (kind, expected) in [
        (FaultKind::Html200, "expected JSON, got text/html"),
        (FaultKind::TruncatedJson, "truncated JSON"),
        (body(json, ""), "truncated JSON"),
        (body(json, "null"), "JSON of an unknown shape"),
        (body(json, "{}"), "an answer without records"),
        (body(json, r#"{"data":{}}"#), "an answer without records"),
        (body(json, r#"{"content":[1,]}"#), "malformed JSON"),
        (
            body("text/plain", r#"{"content":[]}"#),
            "expected JSON, got text/plain",
        ),
        (
            FaultKind::HugeBody {
                bytes: 100 * 1024 * 1024,
                gzip: true,
            },
            "body larger than 10 MiB",
        ),
    ] {
        world.spoil_once(VEHICLES, kind);
        let error = world.vehicles().await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    world.spoil_once(VEHICLES, FaultKind::EmptyList);
    assert_eq!(world.vehicles().await.unwrap().observations, []);
}

#[tokio::test]
async fn patience_is_limited() {
    let world = World::new().await;
    world.vehicles().await.unwrap();
    let world = world.with(TransportSettings {
        call_timeout: Duration::from_millis(400),
        attempt_timeout: Duration::from_millis(150),
        first_pause: Duration::from_millis(1),
        ..TransportSettings::default()
    });
    world.spoil(VEHICLES, FaultKind::Hang);
    let answer = world.vehicles().await;
    assert_error!(answer, ProviderError::Unavailable(Outage::TooSlow));
}

#[tokio::test]
async fn a_token_goes_to_no_other_host() {
    let world = World::new().await;
    let listen = "127.0.0.1:0".parse().unwrap();
    let other = Sandbox::start(listen, Options::default()).await.unwrap();
    let to = FaultKind::RedirectTo {
        url: other.autoleap_base_url() + "/vehicles",
    };
    world.spoil(VEHICLES, to);
    let error = world.vehicles().await.unwrap_err().to_string();
    assert!(error.ends_with("a redirect to another host"), "{error}");

    // Nor do the credentials.
    world.provider().forget(world.access.account);
    world.sandbox.clear_faults();
    let to = FaultKind::RedirectTo {
        url: other.autoleap_base_url() + "/partners/login",
    };
    world.spoil("/autoleap/v2/partners/login", to);
    assert!(world.vehicles().await.is_err());
    assert_eq!(other.request_count(), 0);
}

#[tokio::test]
async fn a_list_that_turns_in_circles_is_noticed() {
    let world = World::new().await;
    let row = r#"{"vehicleId":"1"}"#;
    let rows = vec![row; 100].join(",");
    let body = format!(r#"{{"results":{{"content":[{rows}],"pagination":{{"page":1}}}}}}"#);
    world.spoil(
        VEHICLES,
        FaultKind::RawBody {
            status: 200,
            content_type: "application/json".to_owned(),
            body,
        },
    );
    let page = async |page| {
        let list = List {
            page,
            ..first(Vehicle, SHOP)
        };
        world.page(list).await
    };
    assert_eq!(page(1).await.unwrap().next_page, Some(2));
    assert_error!(page(3).await, ProviderError::Unreadable(_));
}
