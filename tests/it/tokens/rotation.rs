//! Keys that change while the service runs, and an issuer that cannot be asked.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    ask, is_good,
    issuer::{Issuer, Mood, Trap},
    keys::{claims, header, set, signed_elsewhere, token, with},
};
use crate::support::app::{TestApp, eventually};

/// The shortest time between two questions to the issuer.
const PAUSE: Duration = Duration::from_secs(10);

/// A token that names a key which nobody has.
fn of_unknown_key(number: usize) -> String {
    let kid = json!({ "kid": format!("unknown-{number}") });
    token("edNext", &with(header("edNext"), kid), &claims())
}

async fn asked(issuer: &Issuer, times: usize) {
    eventually("a question to the issuer", async || {
        (issuer.asked() == times).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_new_key_is_good_as_soon_as_a_token_names_it_and_the_old_one_ends() {
    let issuer = Issuer::start(Mood::Serves(set(&["rsa"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let (old, new) = (signed_elsewhere("rsa"), signed_elsewhere("rsaNext"));
    assert!(is_good(&app, &old).await);

    issuer.becomes(Mood::Serves(set(&["rsaNext"])));
    assert!(!is_good(&app, &new).await, "it was asked a moment ago");
    app.clock.advance(PAUSE);
    assert!(is_good(&app, &new).await);
    assert!(!is_good(&app, &old).await);
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn tokens_of_unknown_keys_do_not_become_requests_to_the_issuer() {
    let issuer = Issuer::start(Mood::Serves(set(&["ed"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    for round in 1..=3 {
        let tokens: Vec<_> = (0..40).map(of_unknown_key).collect();
        let answers = join_all(tokens.iter().map(|it| is_good(&app, it))).await;
        assert!(answers.iter().all(|it| !it));
        assert_eq!(issuer.asked(), round);
        app.clock.advance(PAUSE);
    }
}

#[tokio::test]
async fn everybody_who_comes_first_waits_for_one_question() {
    let let_go = Arc::new(Semaphore::new(0));
    let issuer = Issuer::start(Mood::Waits(set(&["ed"]), Arc::clone(&let_go))).await;
    let mut settings = issuer.settings();
    settings.deadline = Duration::from_secs(20);
    let app = TestApp::trusting(settings).await;
    let token = signed_elsewhere("ed");
    let all = join_all((0..40).map(|_| is_good(&app, &token)));
    let (answers, ()) = tokio::join!(all, async {
        asked(&issuer, 1).await;
        let_go.add_permits(1);
    });
    assert!(answers.iter().all(|it| *it));
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn one_token_of_an_unknown_key_waits_for_the_issuer_and_the_others_are_refused_at_once() {
    let let_go = Arc::new(Semaphore::new(0));
    let issuer = Issuer::start(Mood::Serves(set(&["ed"]))).await;
    let mut settings = issuer.settings();
    settings.deadline = Duration::from_secs(20);
    let app = TestApp::trusting(settings).await;
    assert!(is_good(&app, &signed_elsewhere("ed")).await);

    issuer.becomes(Mood::Waits(set(&["edNext"]), Arc::clone(&let_go)));
    app.clock.advance(PAUSE);
    let new = signed_elsewhere("edNext");
    let waiting = is_good(&app, &new);
    let others = async {
        asked(&issuer, 2).await;
        let tokens: Vec<_> = (0..40).map(of_unknown_key).collect();
        let answers = join_all(tokens.iter().map(|it| is_good(&app, it))).await;
        assert!(answers.iter().all(|it| !it));
        // Who has a key that is held does not notice.
        assert!(is_good(&app, &signed_elsewhere("ed")).await);
        // All of this while nobody had an answer from the issuer.
        let_go.add_permits(1);
    };
    let (good, ()) = tokio::join!(waiting, others);
    assert!(good);
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nobody_from_reading_keys() {
    let issuer = Issuer::start(Mood::Serves(set(&["ed"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let token = signed_elsewhere("ed");
    assert!(is_good(&app, &token).await);

    // What names a new key is not told to wait until the clock is there again.
    issuer.becomes(Mood::Serves(set(&["ed", "ec"])));
    app.clock.set(app.clock.now() - TimeDelta::minutes(30));
    // The allowance has to fill up again, too: 429 is for those whose token is good.
    assert_eq!(ask(&app, &signed_elsewhere("ec")).await.0, 429);
    assert_eq!(issuer.asked(), 2);

    // Nor are keys that are used.
    app.clock.set(app.clock.now() - TimeDelta::minutes(10));
    assert_eq!(ask(&app, &token).await.0, 429);
    asked(&issuer, 3).await;
}

#[tokio::test]
async fn keys_in_use_are_read_again_without_anybody_waiting() {
    let issuer = Issuer::start(Mood::Serves(set(&["ed"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let token = signed_elsewhere("ed");
    assert!(is_good(&app, &token).await);

    issuer.becomes(Mood::Hangs);
    app.clock.advance(Duration::from_secs(299));
    assert!(is_good(&app, &token).await);
    assert_eq!(issuer.asked(), 1);
    app.clock.advance(Duration::from_secs(1));
    assert!(is_good(&app, &token).await);
    asked(&issuer, 2).await;
}

#[tokio::test]
async fn the_issuer_can_ask_for_a_shorter_time_but_not_for_less_than_a_minute() {
    let brief = Mood::ServesFor(set(&["ed"]), "max-age=1");
    let issuer = Issuer::start(brief).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let token = signed_elsewhere("ed");
    assert!(is_good(&app, &token).await);
    app.clock.advance(Duration::from_secs(59));
    assert!(is_good(&app, &token).await);
    assert_eq!(issuer.asked(), 1);
    app.clock.advance(Duration::from_secs(1));
    assert!(is_good(&app, &token).await);
    asked(&issuer, 2).await;
}

#[tokio::test]
async fn an_issuer_that_fails_takes_nobody_s_token_away() {
    let trap = Trap::set().await;
    let issuer = Issuer::start(Mood::Serves(set(&["ed"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let token = signed_elsewhere("ed");
    assert!(is_good(&app, &token).await);
    let moods = [
        Mood::Fails(500),
        Mood::Fails(404),
        Mood::Fails(204),
        Mood::Says("<html>we are back soon</html>"),
        Mood::Says(r#"{"keys": 5}"#),
        Mood::Says("[]"),
        Mood::SendsOn(trap.url.clone()),
        Mood::Floods,
        Mood::Hangs,
    ];
    for (index, mood) in moods.into_iter().enumerate() {
        issuer.becomes(mood);
        app.clock.advance(PAUSE);
        // This one waits for the answer, so that there was one before the next line.
        assert!(!is_good(&app, &of_unknown_key(0)).await, "{index}");
        assert!(is_good(&app, &token).await, "{index}");
        assert_eq!(issuer.asked(), index + 2);
    }
    assert_eq!(trap.caught(), 0);

    issuer.becomes(Mood::Serves(set(&["ec"])));
    app.clock.advance(PAUSE);
    assert!(is_good(&app, &signed_elsewhere("ec")).await);
    assert!(!is_good(&app, &token).await, "what was withdrawn has ended");
}

#[tokio::test]
async fn an_issuer_that_was_never_reached_is_told_apart_and_asked_again() {
    let issuer = Issuer::start(Mood::Fails(503)).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let token = signed_elsewhere("ed");
    assert_eq!(ask(&app, &token).await, (503, "\"UNAVAILABLE\"".to_owned()));
    issuer.becomes(Mood::Serves(set(&["ed"])));
    assert_eq!(ask(&app, &token).await.0, 503);
    app.clock.advance(PAUSE);
    assert!(is_good(&app, &token).await);
}
