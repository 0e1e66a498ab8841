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
use sandbox::FaultKind;

use super::world::{World, chain, empty_sandbox, json_body, status};

pub(super) async fn a_burst_of_failures_is_survived(world: World) {
    world.stage.add(3);
    for kind in [status(500, None), status(503, None), FaultKind::Reset] {
        for _ in 0..3 {
            world.spoil_once(kind.clone());
        }
        let records = world.read().await.unwrap();
        assert_eq!(records.len(), 3, "{kind:?}");
    }
    assert_eq!(world.count(), 12);
}

pub(super) async fn a_lasting_failure_ends_the_call(world: World) {
    for code in [500, 503, 408] {
        world.spoil(status(code, None));
        let before = world.count();
        let error = world.read().await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable(Outage::Status(it)) if it == code),
            "{error:?}"
        );
        assert_eq!(world.count() - before, 4);
        world.sandbox.clear_faults();
    }
    world.spoil(FaultKind::Reset);
    let error = world.read().await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable(Outage::Broken(_))),
        "{error:?}"
    );
    assert!(!chain(&error).contains("http"), "no URL: {}", chain(&error));
}

pub(super) async fn patience_is_limited(world: World) {
    world.stage.add(3);
    // A token is at hand, if there are any.
    world.read().await.unwrap();
    let world = world.with(TransportSettings {
        call_timeout: Duration::from_millis(2_500),
        attempt_timeout: Duration::from_secs(1),
        first_pause: Duration::from_millis(1),
        ..TransportSettings::default()
    });
    for kind in [
        FaultKind::Hang,
        FaultKind::Drip { ms_per_byte: 500 },
        FaultKind::Slow { ms: 20_000 },
    ] {
        world.spoil(kind.clone());
        let started = Instant::now();
        let error = world.read().await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Unavailable(Outage::TooSlow)),
            "{kind:?}: {error:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(15), "{kind:?}");
        world.sandbox.clear_faults();
    }
    // One that hangs once is asked again.
    world.spoil_once(FaultKind::Hang);
    let before = world.count();
    assert_eq!(world.read().await.unwrap().len(), 3);
    assert!(world.count() - before > 1);
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
        assert!(world.read().await.is_ok(), "{short:?}");
    }
    let started = Instant::now();
    world.spoil_once(status(429, Some("1")));
    assert!(world.read().await.is_ok());
    assert!(started.elapsed() >= Duration::from_secs(1));

    // A long one is told at once, and nothing more is sent.
    for long in ["3600", future.as_str()] {
        let before = world.count();
        world.spoil(status(429, Some(long)));
        let error = world.read().await.unwrap_err();
        let hour = Some(Duration::from_hours(1));
        assert!(
            matches!(error, ProviderError::RateLimited { retry_after } if retry_after == hour),
            "{error:?}"
        );
        assert_eq!(world.count() - before, 1);
        world.sandbox.clear_faults();
    }
}

pub(super) async fn what_is_not_the_answer_moves_nothing(world: World) {
    world.stage.add(20);
    let plain = FaultKind::RawBody {
        status: 200,
        content_type: "text/plain".to_owned(),
        body: "[]".to_owned(),
    };
    for (kind, expected) in [
        (FaultKind::Html200, "expected JSON, got text/html"),
        (FaultKind::TruncatedJson, "truncated JSON"),
        (plain, "expected JSON, got text/plain"),
        (json_body(200, ""), "truncated JSON"),
        (json_body(200, "null"), "unknown shape"),
        (json_body(200, "<p>"), "malformed JSON"),
        (json_body(200, "{}"), ""),
        (json_body(200, r#"{"errors":[],"error":{}}"#), ""),
    ] {
        world.spoil_once(kind.clone());
        let error = world.read().await.unwrap_err();
        let is_unreadable = matches!(error, ProviderError::Unreadable(_));
        assert!(is_unreadable, "{kind:?}: {error:?}");
        assert!(error.to_string().ends_with(expected), "{kind:?}: {error}");
    }
    world.spoil_once(FaultKind::EmptyList);
    assert_eq!(world.read().await.unwrap(), []);
}

pub(super) async fn a_body_without_an_end_is_not_held(world: World) {
    let bytes = 100 * 1024 * 1024;
    for gzip in [false, true] {
        world.spoil_once(FaultKind::HugeBody { bytes, gzip });
        let error = world.read().await.unwrap_err().to_string();
        assert!(error.ends_with("body larger than 10 MiB"), "{error}");
    }
}

pub(super) async fn a_token_goes_to_no_other_host(world: World) {
    let other = empty_sandbox().await;
    let elsewhere = |path: &str| FaultKind::RedirectTo {
        url: other.url() + path,
    };
    world.spoil(elsewhere(world.stage.api()));
    let error = world.read().await.unwrap_err().to_string();
    assert!(error.ends_with("a redirect to another host"), "{error}");

    // Nor do the credentials.
    if let Some(tokens) = world.stage.tokens() {
        world.provider().forget(world.access.account);
        let kind = elsewhere(tokens);
        world.sandbox.inject(sandbox::Fault::on(tokens, kind));
        assert!(world.read().await.is_err());
    }
    assert_eq!(other.request_count(), 0);
}

pub(super) async fn a_redirect_on_the_same_host_is_followed(world: World) {
    world.stage.add(3);
    world.read().await.unwrap();
    let requests = world.sandbox.requests();
    let same = FaultKind::RedirectTo {
        url: requests.last().unwrap().uri.clone(),
    };
    world.spoil_once(same.clone());
    assert_eq!(world.read().await.unwrap().len(), 3);

    world.spoil(same);
    let error = world.read().await.unwrap_err().to_string();
    assert!(error.ends_with("too many redirects"), "{error}");
}

pub(super) async fn nobody_listens(world: World) {
    world.read().await.unwrap();
    world.sandbox.clone().stop().await;
    let error = world.read().await.unwrap_err();
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
    let provider = closed.get(world.subject.provider).unwrap();
    for (scheme, expected) in [("http", true), ("https", false)] {
        let port = world.sandbox.address().port();
        for host in ["127.0.0.1", "localhost", "2130706433"] {
            let url = format!("{scheme}://{host}:{port}/v1");
            world.stage.aim(&mut world.access, &url.parse().unwrap());
            let error = provider.verify(&world.access).await.unwrap_err();
            let ProviderError::AddressNotAllowed(why) = error else {
                panic!("{url}: {error:?}");
            };
            assert_eq!(why == UrlNotAllowed::Scheme, expected, "{url}: {why:?}");
        }
    }
    assert_eq!(world.sandbox.request_count(), 0);
}
