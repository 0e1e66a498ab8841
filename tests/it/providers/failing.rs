//! Everything that can be wrong with an answer. None of it may be mistaken for one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use leasegraph::{
    clock::Clock,
    egress::{Egress, UrlNotAllowed},
    providers::{Outage, ProviderError, Registry, TransportSettings, Unmetered},
};
use sandbox::{FaultKind, Options, Sandbox};

use super::world::{World, chain};

fn status(code: u16, retry_after: Option<&str>) -> FaultKind {
    FaultKind::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
    }
}

pub(super) async fn a_burst_of_failures_is_survived(world: World) {
    world.sandbox.jobrad().add_offers(3);
    for kind in [status(500, None), status(503, None), FaultKind::Reset] {
        for _ in 0..3 {
            world.spoil_once(kind.clone());
        }
        let page = world.page(1).await.unwrap();
        assert_eq!(page.observations.len(), 3, "{kind:?}");
    }
    assert_eq!(world.count("GET", "/jobrad"), 12);
}

pub(super) async fn a_lasting_failure_ends_the_call(world: World) {
    for (code, expected) in [(500, 500), (503, 503), (408, 408)] {
        world.spoil(status(code, None));
        let before = world.count("GET", "/jobrad");
        let error = world.page(1).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable(Outage::Status(it)) if it == expected),
            "{error:?}"
        );
        assert_eq!(world.count("GET", "/jobrad") - before, 4);
        world.sandbox.clear_faults();
    }
    world.spoil(FaultKind::Reset);
    let error = world.page(1).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable(Outage::Broken(_))),
        "{error:?}"
    );
    assert!(!chain(&error).contains("http"), "no URL: {}", chain(&error));
}

pub(super) async fn patience_is_limited(world: World) {
    world.sandbox.jobrad().add_offers(3);
    let world = world.with(TransportSettings {
        call_timeout: Duration::from_millis(400),
        attempt_timeout: Duration::from_millis(150),
        first_pause: Duration::from_millis(1),
        ..TransportSettings::default()
    });
    for kind in [
        FaultKind::Hang,
        FaultKind::Drip { ms_per_byte: 20 },
        FaultKind::Slow { ms: 1_000 },
    ] {
        world.spoil(kind.clone());
        let started = Instant::now();
        let error = world.page(1).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable(Outage::TooSlow)),
            "{kind:?}: {error:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(1), "{kind:?}");
        world.sandbox.clear_faults();
    }
    // One that hangs once is asked again.
    world.spoil_once(FaultKind::Hang);
    assert!(world.page(1).await.is_ok());
}

pub(super) async fn every_retry_after_is_understood(world: World) {
    let in_seconds = |seconds| {
        let at = world.sandbox.now() + TimeDelta::seconds(seconds);
        at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let (past, future) = (in_seconds(-60), in_seconds(3_600));
    // A short one is waited for, nonsense is ignored.
    for short in [
        Some("0"),
        Some(past.as_str()),
        Some("soon"),
        Some("-1"),
        None,
    ] {
        world.spoil_once(status(429, short));
        assert!(world.page(1).await.is_ok(), "{short:?}");
    }
    let started = Instant::now();
    world.spoil_once(status(429, Some("1")));
    assert!(world.page(1).await.is_ok());
    assert!(started.elapsed() >= Duration::from_secs(1));

    // A long one is told at once, and nothing more is sent.
    for long in ["3600", future.as_str()] {
        let before = world.count("GET", "/jobrad");
        world.spoil(status(429, Some(long)));
        let error = world.page(1).await.unwrap_err();
        let hour = Some(Duration::from_hours(1));
        assert!(
            matches!(error, ProviderError::RateLimited { retry_after } if retry_after == hour),
            "{error:?}"
        );
        assert_eq!(world.count("GET", "/jobrad") - before, 1);
        world.sandbox.clear_faults();
    }
}

pub(super) async fn what_is_not_json_moves_nothing(world: World) {
    world.sandbox.jobrad().add_offers(20);
    let body = |content_type: &str, body: &str| FaultKind::RawBody {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
    };
    for (kind, expected) in [
        (FaultKind::Html200, "expected JSON, got text/html"),
        (FaultKind::TruncatedJson, "truncated JSON"),
        (
            body("text/plain", "{\"data\":[]}"),
            "expected JSON, got text/plain",
        ),
        (body("application/json", ""), "truncated JSON"),
        (body("application/json", "null"), "JSON of an unknown shape"),
        (
            body("application/json", "{\"errors\":[]}"),
            "JSON of an unknown shape",
        ),
        (
            body("application/json", "{\"data\":[1,]}"),
            "malformed JSON",
        ),
    ] {
        world.spoil_once(kind);
        let error = world.page(1).await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    world.spoil_once(FaultKind::EmptyList);
    assert_eq!(world.page(1).await.unwrap().observations, []);
}

pub(super) async fn a_body_without_an_end_is_not_held(world: World) {
    let bytes = 100 * 1024 * 1024;
    for gzip in [false, true] {
        world.spoil_once(FaultKind::HugeBody { bytes, gzip });
        let error = world.page(1).await.unwrap_err().to_string();
        assert!(error.ends_with("body larger than 10 MiB"), "{error}");
    }
}

pub(super) async fn a_token_goes_to_no_other_host(world: World) {
    let listen = "127.0.0.1:0".parse().unwrap();
    let other = Sandbox::start(listen, Options::default()).await.unwrap();
    world.spoil(FaultKind::RedirectTo {
        url: other.jobrad_base_url() + "/offers",
    });
    let error = world.page(1).await.unwrap_err().to_string();
    assert!(error.ends_with("a redirect to another host"), "{error}");
    assert_eq!(other.request_count(), 0);
}

pub(super) async fn a_redirect_on_the_same_host_is_followed(world: World) {
    world.sandbox.jobrad().add_offers(3);
    let to = |url: &str| FaultKind::RedirectTo {
        url: url.to_owned(),
    };
    world.spoil_once(to("/jobrad/v1/offers?page=1&perPage=2&order=asc"));
    assert_eq!(world.page(1).await.unwrap().observations.len(), 2);

    world.spoil(to("/jobrad/v1/offers"));
    let error = world.page(1).await.unwrap_err().to_string();
    assert!(error.ends_with("too many redirects"), "{error}");
}

pub(super) async fn a_looping_list_is_noticed(world: World) {
    world.spoil(FaultKind::RawBody {
        status: 200,
        content_type: "application/json".to_owned(),
        body: "{\"data\":[{}],\"meta\":{\"totalCount\":1000000,\"page\":1,\"perPage\":1}}"
            .to_owned(),
    });
    assert_eq!(world.page(1).await.unwrap().next_page, Some(2));
    let error = world.page(2).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreadable(_)), "{error:?}");
}

pub(super) async fn nobody_listens(world: World) {
    world.page(1).await.unwrap();
    world.sandbox.clone().stop().await;
    let error = world.page(1).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable(Outage::NoConnection(_))),
        "{error:?}"
    );
}

pub(super) async fn forbidden_addresses_are_not_dialled(mut world: World) {
    let closed = Registry::new(
        Egress::new(Vec::new()).unwrap(),
        TransportSettings::default(),
        Arc::new(Unmetered),
        Clock::system(),
    );
    let provider = closed.get(world.access.credentials.provider()).unwrap();
    for (scheme, expected) in [("http", true), ("https", false)] {
        let port = world.sandbox.address().port();
        for host in ["127.0.0.1", "localhost", "2130706433"] {
            let url = format!("{scheme}://{host}:{port}/jobrad/v1");
            world.access.base_url = url.parse().unwrap();
            world.use_token_url(&url);
            let error = provider.verify(&world.access).await.unwrap_err();
            let ProviderError::AddressNotAllowed(why) = error else {
                panic!("{url}: {error:?}");
            };
            assert_eq!(why == UrlNotAllowed::Scheme, expected, "{url}: {why:?}");
        }
    }
    assert_eq!(world.sandbox.request_count(), 0);
}
