//! Forged tokens, in every way that we know of. Each must be refused over HTTP and over the socket,
//! and none may make the service ask anybody for a key.

use std::collections::BTreeMap;

use base64::{Engine, prelude::*};
use serde_json::{Value, json};

use super::{
    is_good,
    issuer::{Issuer, Mood, Trap},
    keys::{
        NOON, claims, header, jwk, pem, set, sign, sign_with_secret, signed_elsewhere, token,
        unsigned, with, without,
    },
    opens_a_socket,
};
use crate::support::app::TestApp;

/// What the table calls a token, and the token.
type Forged = (String, String);

#[tokio::test]
async fn a_hundred_and_twenty_forged_tokens_are_refused_and_nobody_is_asked() {
    let mut keys = set(&["rsa", "ec", "ed", "rsaWeak", "ecOfAnotherCurve"]);
    let shared = json!({ "kty": "oct", "kid": "shared", "k": "c2hhcmVk", "alg": "HS256" });
    keys["keys"].as_array_mut().unwrap().push(shared);
    let issuer = Issuer::start(Mood::Serves(keys)).await;
    let trap = Trap::set().await;
    let app = TestApp::trusting(issuer.settings()).await;
    for name in ["rsa", "ec", "ed"] {
        assert!(is_good(&app, &signed_elsewhere(name)).await, "{name}");
    }

    let forged: BTreeMap<_, _> = [
        of_no_algorithm(),
        of_another_algorithm(),
        signed_with_public_keys(),
        of_strange_key_names(),
        that_bring_their_key(&trap.url),
        of_other_keys(),
        that_say_something_else(),
        with_odd_headers(),
        with_members_twice(),
        cut_and_bent(),
        of_no_shape(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(forged.len() >= 120, "{}", forged.len());
    for (what, token) in &forged {
        assert!(!is_good(&app, token).await, "over HTTP: {what}");
        assert!(!opens_a_socket(&app, token).await, "over a socket: {what}");
    }
    assert_eq!((issuer.asked(), trap.caught()), (1, 0));
}

/// Tokens that say that they are not signed.
fn of_no_algorithm() -> Vec<Forged> {
    let spellings = ["none", "None", "NONE", "nOnE", "", " none", "none ", "null"];
    let mut forged = Vec::new();
    for spelling in spellings {
        for signature in [".", ".AA", ""] {
            let header = json!({ "alg": spelling, "typ": "JWT", "kid": "rsa" }).to_string();
            let token = format!("{}{signature}", unsigned(&header, &claims().to_string()));
            forged.push((format!("alg {spelling:?} and {signature:?}"), token));
        }
    }
    forged
}

/// Tokens whose signature is right, by an algorithm that the key is not for, or that says so.
fn of_another_algorithm() -> Vec<Forged> {
    let words = [
        "rs256", "RS256 ", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512",
        "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed448", "RSA1_5", "dir",
    ];
    let of_words = words.map(Value::from).into_iter();
    let values = [
        json!(null),
        json!(0),
        json!(true),
        json!(["RS256"]),
        json!({ "a": "RS256" }),
    ];
    let mut forged: Vec<_> = of_words
        .chain(values)
        .map(|alg| {
            let token = token(
                "rsa",
                &with(header("rsa"), json!({ "alg": alg })),
                &claims(),
            );
            (format!("an RS256 signature called {alg}"), token)
        })
        .collect();
    let without_any = token("rsa", &without(header("rsa"), "alg"), &claims());
    forged.push(("no alg".to_owned(), without_any));
    forged
}

/// What is public, used as if it were a secret.
fn signed_with_public_keys() -> Vec<Forged> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bytes = |value: &Value| BASE64_URL_SAFE_NO_PAD.decode(text(value)).unwrap();
    let (rsa, ec, ed) = (jwk("rsa"), jwk("ec"), jwk("ed"));
    let secrets: Vec<(&str, Vec<u8>)> = vec![
        ("the RSA key's PEM", pem("rsa").into()),
        (
            "its PEM without the last line's end",
            pem("rsa").trim_end().into(),
        ),
        ("its modulus", bytes(&rsa["n"])),
        ("its modulus as text", text(&rsa["n"]).into()),
        ("its JWK", rsa.to_string().into()),
        ("the EC key's PEM", pem("ec").into()),
        ("its point", [bytes(&ec["x"]), bytes(&ec["y"])].concat()),
        ("the Ed25519 key's PEM", pem("ed").into()),
        ("its point, too", bytes(&ed["x"])),
        ("the key set", set(&["rsa", "ec", "ed"]).to_string().into()),
        ("the secret in the key set", b"shared".to_vec()),
        ("the secret in the key set as text", b"c2hhcmVk".to_vec()),
        ("nothing", Vec::new()),
        ("a zero", vec![0]),
        ("a word", b"secret".to_vec()),
    ];
    let kids = [
        json!({ "kid": "rsa" }),
        json!({ "kid": "shared" }),
        json!({}),
    ];
    let mut forged = Vec::new();
    for (what, secret) in &secrets {
        for kid in &kids {
            let header = with(json!({ "alg": "HS256", "typ": "JWT" }), kid.clone());
            let token = sign_with_secret(secret, &header, &claims());
            forged.push((format!("HS256 with {what} and {kid}"), token));
        }
    }
    forged
}

/// Names of keys that would lead somewhere else, if anybody followed them.
fn of_strange_key_names() -> Vec<Forged> {
    let names = [
        "",
        " ",
        "rsa ",
        " rsa",
        "RSA",
        "rsa\0",
        "rsaNext",
        "*",
        "0",
        "../rsa",
        "/etc/passwd",
        "../../../../../../dev/null",
        "file:///dev/null",
        "http://127.0.0.1/jwks",
        "' OR '1'='1",
        "x' UNION SELECT 'c2VjcmV0' --",
        "rsa'; DROP TABLE tenant; --",
        "|/bin/true",
        "$(id)",
        "{{7*7}}",
        "%00",
        "rsa\r\nX-Admin: 1",
    ];
    let long = "r".repeat(5000);
    let of_names = names.into_iter().chain([long.as_str()]).map(Value::from);
    let values = [
        json!(1),
        json!(["rsa"]),
        json!({ "kid": "rsa" }),
        json!(true),
    ];
    of_names
        .chain(values)
        .map(|kid| {
            let forged = with(header("rsaNext"), json!({ "kid": kid }));
            let what = kid.to_string().chars().take(40).collect::<String>();
            (format!("kid {what}"), token("rsaNext", &forged, &claims()))
        })
        .collect()
}

/// Tokens that say where their key is, or bring it along.
fn that_bring_their_key(trap: &str) -> Vec<Forged> {
    let members = [
        json!({ "jku": trap }),
        json!({ "x5u": trap }),
        json!({ "url": trap }),
        json!({ "iss": trap, "jwks_uri": trap }),
        json!({ "x5c": ["MIIB"], "x5t": "AAAA" }),
        json!({ "jwk": jwk("rsaNext") }),
        json!({ "jku": trap, "x5u": trap, "jwk": jwk("rsaNext"), "x5c": ["MIIB"] }),
        json!({ "jku": [trap] }),
        json!({ "jwk": "rsa" }),
    ];
    let mut forged = Vec::new();
    for members in members {
        for kid in ["rsa", "rsaNext"] {
            let header = with(
                with(header("rsaNext"), members.clone()),
                json!({ "kid": kid }),
            );
            let what = members.to_string().replace(trap, "trap");
            let token = token("rsaNext", &header, &claims());
            forged.push((format!("{what} with kid {kid}"), token));
        }
    }
    forged
}

/// Tokens of keys that are not the issuer's, that are another one of them, or that are too weak.
fn of_other_keys() -> Vec<Forged> {
    let mut forged = Vec::new();
    for (signer, named) in [
        ("rsaNext", "rsa"),
        ("ecNext", "ec"),
        ("edNext", "ed"),
        ("rsa", "ec"),
        ("rsa", "ed"),
        ("ec", "rsa"),
        ("ec", "ed"),
        ("ed", "rsa"),
        ("ed", "ec"),
    ] {
        // As the signer's kind says, and as the named key's does.
        for alg in [signer, named] {
            let header = with(header(alg), json!({ "kid": named }));
            let what = format!("signed by {signer}, named {named}, with the algorithm of {alg}");
            forged.push((what, token(signer, &header, &claims())));
        }
    }
    for name in ["rsaWeak", "ecOfAnotherCurve", "rsaNext", "ecNext", "edNext"] {
        forged.push((format!("signed by {name}"), signed_elsewhere(name)));
    }
    let nothing = unsigned(&header("ec").to_string(), &claims().to_string());
    for (what, signature) in [
        ("zero", [0_u8; 64]),
        ("one", [1; 64]),
        ("the most", [0xFF; 64]),
    ] {
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        forged.push((
            format!("a signature of {what}"),
            format!("{nothing}.{signature}"),
        ));
    }
    forged
}

/// Tokens of the right key that say what no good token says.
fn that_say_something_else() -> Vec<Forged> {
    let changes = [
        json!({ "iss": "somebody-else" }),
        json!({ "iss": "LEASEGRAPH" }),
        json!({ "iss": "leasegraph " }),
        json!({ "iss": ["leasegraph"] }),
        json!({ "iss": null }),
        json!({ "aud": "others" }),
        json!({ "aud": "" }),
        json!({ "aud": [] }),
        json!({ "aud": ["others"] }),
        json!({ "aud": null }),
        json!({ "aud": 7 }),
        json!({ "aud": { "leasegraph": true } }),
        json!({ "aud": [["leasegraph"]] }),
        json!({ "exp": NOON - 5 }),
        json!({ "exp": 0 }),
        json!({ "exp": -1 }),
        json!({ "exp": null }),
        json!({ "exp": (NOON + 60).to_string() }),
        json!({ "exp": [NOON + 60] }),
        json!({ "exp": 1e300 }),
        json!({ "nbf": NOON + 6 }),
        json!({ "nbf": (NOON - 60).to_string() }),
        json!({ "nbf": 1e300 }),
        json!({ "sub": null }),
        json!({ "sub": 1 }),
        json!({ "sub": ["ann"] }),
        json!({ "tenant": null }),
        json!({ "tenant": "" }),
        json!({ "tenant": "a/b" }),
        json!({ "tenant": "x".repeat(65) }),
        json!({ "tenant": ["acme"] }),
        json!({ "scope": 1 }),
        json!({ "scope": ["admin"] }),
    ];
    let telling = changes.into_iter().map(|change| {
        let claims = with(claims(), change.clone());
        (
            format!("saying {change}"),
            token("ed", &header("ed"), &claims),
        )
    });
    let missing = ["iss", "aud", "exp", "sub", "tenant"]
        .into_iter()
        .map(|it| {
            let token = token("ec", &header("ec"), &without(claims(), it));
            (format!("without {it}"), token)
        });
    telling.chain(missing).collect()
}

/// Headers that ask for something that we do not do, or that belong to something else.
fn with_odd_headers() -> Vec<Forged> {
    [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": "exp" }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "enc": "A128GCM" }),
        json!({ "zip": "DEF" }),
        json!({ "typ": "dpop+jwt" }),
        json!({ "typ": "logout+jwt" }),
        json!({ "typ": "JOSE" }),
        json!({ "typ": 1 }),
    ]
    .into_iter()
    .map(|members| {
        let forged = with(header("ed"), members.clone());
        (format!("with {members}"), token("ed", &forged, &claims()))
    })
    .collect()
}

/// Members that are there twice, so that two readers may read two things.
fn with_members_twice() -> Vec<Forged> {
    let twice = |object: &Value, first: &str| {
        let text = object.to_string();
        format!("{{{first},{}", &text[1..])
    };
    let mut forged = Vec::new();
    for first in [
        r#""alg":"none""#,
        r#""alg":"EdDSA""#,
        r#""kid":"rsa""#,
        r#""typ":"x""#,
    ] {
        let token = sign("ed", &twice(&header("ed"), first), &claims().to_string());
        forged.push((format!("with {first} before the header"), token));
    }
    for first in [
        r#""exp":1"#,
        r#""tenant":"others""#,
        r#""sub":"bob""#,
        r#""iss":"x""#,
    ] {
        let token = sign("ed", &header("ed").to_string(), &twice(&claims(), first));
        forged.push((format!("with {first} before the claims"), token));
    }
    forged
}

/// Good tokens with something cut off, added or changed.
fn cut_and_bent() -> Vec<Forged> {
    let mut forged = Vec::new();
    for name in ["rsa", "ec", "ed"] {
        let good = signed_elsewhere(name);
        for sixteenth in 1..16 {
            let cut = good[..good.len() * sixteenth / 16].to_owned();
            forged.push((format!("{sixteenth}/16 of {name}'s"), cut));
        }
        forged.push((
            format!("{name}'s less one"),
            good[..good.len() - 1].to_owned(),
        ));
        let parts: Vec<_> = good.split('.').collect();
        for part in 0..3 {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
            for bit in [0, bytes.len() * 4, bytes.len() * 8 - 1] {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let mut parts: Vec<_> = parts.iter().map(|it| (*it).to_owned()).collect();
                parts[part] = BASE64_URL_SAFE_NO_PAD.encode(bytes);
                forged.push((
                    format!("bit {bit} of part {part} of {name}'s"),
                    parts.join("."),
                ));
            }
        }
        let (text, signature) = (format!("{}.{}", parts[0], parts[1]), parts[2]);
        for (what, token) in [
            ("a part more", format!("{good}.AAAA")),
            ("a part in front", format!("AAAA.{good}")),
            ("no signature", format!("{text}.")),
            ("no claims", format!("{}..{signature}", parts[0])),
            ("no header", format!(".{}.{signature}", parts[1])),
            ("padding", format!("{good}=")),
            ("a blank inside", format!("{text} .{signature}")),
            ("itself twice", format!("{good}{good}")),
            ("a comma and itself", format!("{good},{good}")),
        ] {
            forged.push((format!("{name}'s with {what}"), token));
        }
    }
    forged
}

/// What is no token, though it is signed.
fn of_no_shape() -> Vec<Forged> {
    let mut forged = Vec::new();
    let big = with(claims(), json!({ "more": "x".repeat(8 * 1024) }));
    forged.push(("8 KiB".to_owned(), token("ed", &header("ed"), &big)));
    let (header, claims) = (header("ed").to_string(), claims().to_string());
    for (what, header, claims) in [
        ("a list of claims", header.as_str(), "[]"),
        ("no JSON", &header, "ann"),
        ("a text", &header, r#""ann""#),
        ("cut claims", &header, &claims[..claims.len() - 1]),
        ("a header that is a list", "[]", &claims),
        ("a header that is empty", "{}", &claims),
        ("nothing", "", ""),
    ] {
        forged.push((what.to_owned(), sign("ed", header, claims)));
    }
    for (what, token) in [
        ("a dot", "."),
        ("two dots", ".."),
        ("a word", "token"),
        ("a null", "null"),
    ] {
        forged.push((what.to_owned(), token.to_owned()));
    }
    forged
}
