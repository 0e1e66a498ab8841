//! Tokens that are good: of each kind of key, as different issuers write them.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    ask, is_good,
    issuer::{Issuer, Mood, Trap},
    keys::{NOON, claims, header, jwk, set, signed_elsewhere, token, with, without},
    opens_a_socket,
};
use crate::support::app::TestApp;

#[tokio::test]
async fn twelve_good_tokens_are_accepted() {
    let issuer = Issuer::start(Mood::Serves(set(&["rsa", "ec", "ed"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let trap = Trap::set().await;
    let elsewhere = json!({ "jku": trap.url, "x5u": trap.url, "jwk": jwk("rsaNext") });
    let good = [
        signed_elsewhere("rsa"),
        signed_elsewhere("ec"),
        signed_elsewhere("ed"),
        // Without `kid`, where there is but one key of the kind.
        token("rsa", &without(header("rsa"), "kid"), &claims()),
        token("ec", &without(header("ec"), "kid"), &claims()),
        token("ed", &without(header("ed"), "kid"), &claims()),
        token("ec", &without(header("ec"), "typ"), &claims()),
        token(
            "ec",
            &with(header("ec"), json!({ "typ": "at+jwt" })),
            &claims(),
        ),
        token(
            "ed",
            &header("ed"),
            &with(claims(), json!({ "aud": ["others", "leasegraph"] })),
        ),
        // The issuer's clock may be off by five seconds.
        token(
            "ed",
            &header("ed"),
            &with(claims(), json!({ "exp": NOON - 4, "nbf": NOON + 5 })),
        ),
        // Where else a key could be is not asked for, and does no harm.
        token("rsa", &with(header("rsa"), elsewhere), &claims()),
        app.tenant("acme").token,
    ];
    for (index, token) in good.iter().enumerate() {
        assert!(is_good(&app, token).await, "{index}");
        assert!(opens_a_socket(&app, token).await, "{index}");
    }
    assert_eq!((issuer.asked(), trap.caught()), (1, 0));
}

#[tokio::test]
async fn a_token_is_good_until_it_ends() {
    let issuer = Issuer::start(Mood::Serves(set(&["ed"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let token = signed_elsewhere("ed");

    app.clock.advance(Duration::from_secs(3600 + 4));
    assert!(is_good(&app, &token).await);
    app.clock.advance(Duration::from_secs(1));
    assert!(!is_good(&app, &token).await);
}

/// A key set in which one key is as it should not be, and another is good.
async fn accepts(key: Value, token: &str) -> bool {
    let issuer = Issuer::start(Mood::Serves(json!({ "keys": [key, jwk("ed")] }))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    assert!(is_good(&app, &signed_elsewhere("ed")).await, "{key}");
    is_good(&app, token).await
}

#[tokio::test]
async fn a_key_that_is_no_good_is_left_out_and_the_others_stand() {
    let of_rsa = |members: Value| with(jwk("rsa"), members);
    let (rsa, ec) = (signed_elsewhere("rsa"), signed_elsewhere("ec"));
    for key in [
        of_rsa(json!({ "use": "sig", "alg": "RS256" })),
        of_rsa(json!({ "key_ops": ["verify"], "x5c": ["anything"] })),
    ] {
        assert!(accepts(key.clone(), &rsa).await, "{key}");
    }
    for key in [
        of_rsa(json!({ "use": "enc" })),
        of_rsa(json!({ "alg": "PS256" })),
        of_rsa(json!({ "alg": "ES256" })),
        of_rsa(json!({ "alg": "none" })),
        of_rsa(json!({ "key_ops": ["encrypt"] })),
        of_rsa(json!({ "kty": "EC" })),
        of_rsa(json!({ "n": "AQAB" })),
        of_rsa(json!({ "n": "%" })),
        json!("rsa"),
        json!({ "kty": "oct", "kid": "rsa", "k": "AAAA" }),
    ] {
        assert!(!accepts(key.clone(), &rsa).await, "{key}");
    }
    for key in [
        with(jwk("ec"), json!({ "crv": "P-384" })),
        with(jwk("ec"), json!({ "x": "AAAA" })),
        with(jwk("ecOfAnotherCurve"), json!({ "kid": "ec" })),
    ] {
        assert!(!accepts(key.clone(), &ec).await, "{key}");
    }
    let weak = signed_elsewhere("rsaWeak");
    assert!(!accepts(jwk("rsaWeak"), &weak).await);
}

#[tokio::test]
async fn a_token_that_does_not_say_which_of_two_keys_it_means_is_refused() {
    let issuer = Issuer::start(Mood::Serves(set(&["rsa", "rsaNext", "ec"]))).await;
    let app = TestApp::trusting(issuer.settings()).await;
    let nameless = |name| token(name, &without(header(name), "kid"), &claims());

    assert!(!is_good(&app, &nameless("rsa")).await);
    assert!(is_good(&app, &signed_elsewhere("rsa")).await);
    assert!(is_good(&app, &nameless("ec")).await);
}

#[tokio::test]
async fn a_set_in_a_file_is_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, set(&["ec"]).to_string()).unwrap();
    let source = format!("file:{}", file.display()).parse().unwrap();
    let app = TestApp::trusting(leasegraph::http::KeySetSettings::new(source)).await;
    assert!(is_good(&app, &signed_elsewhere("ec")).await);
    assert!(!is_good(&app, &signed_elsewhere("ed")).await);

    std::fs::write(&file, set(&["ed"]).to_string()).unwrap();
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(ask(&app, &signed_elsewhere("ed")).await.0, 200);
}
