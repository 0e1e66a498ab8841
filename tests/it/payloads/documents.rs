//! Which documents an endpoint may have, who may set them, and who may look at what they show.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use leasegraph::{
    config::Role,
    http::{TrustedDocuments, TrustedMode},
};
use serde_json::{Value, json};

use super::world::{CREATE, World};
use crate::support::{app::TestApp, database::execute};

const OFFERS: &str = "subscription { offerStatusChanged { offer { offerNumber } } }";

async fn error(world: &World, scopes: &str, query: &str) -> (String, String) {
    let url = world.receiver.url();
    let tenant = world.app.tenant_with("acme", scopes);
    let made = tenant
        .create_endpoint(&json!({ "url": url, "query": query }))
        .await;
    assert_eq!(made["endpoint"], Value::Null, "{query}");
    let error = &made["userErrors"][0];
    assert_eq!(error["field"], json!(["input", "query"]));
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    (text(&error["code"]), text(&error["message"]))
}

#[tokio::test]
async fn a_document_that_cannot_be_one_is_refused_with_the_reason() {
    let world = World::with(&[Role::Api]).await;
    let history =
        "subscription { offerStatusChanged { offer { history(first: 1) { nodes { at } } } } }";
    let deep = format!("subscription {}", "{a".repeat(5_000));
    for (query, reason) in [
        ("", "Unexpected <EOF>"),
        ("subscription {", "Syntax error"),
        ("{ viewer { subject } }", "Expected a subscription"),
        (
            "mutation { dryRunWebhook(input: { query: \"\" }) { payload } }",
            "Expected a subscription",
        ),
        (
            "subscription { events { id } offerStatusChanged { id } }",
            "subscription",
        ),
        (
            "subscription A { events { id } } subscription B { events { id } }",
            "A, B",
        ),
        ("subscription { offerLost { id } }", "offerLost"),
        (
            "subscription { events(after: \"evc_AA\") { id } }",
            "`after` is for subscribers",
        ),
        (
            "subscription ($to: String = \"\") { events(after: $to) { id } }",
            "`after` is for subscribers",
        ),
        (
            "subscription ($id: ID) { offerStatusChanged(offerId: $id) { id } }",
            "`$id` needs a default",
        ),
        (
            "subscription ($id: ID!) { offerStatusChanged(offerId: $id) { id } }",
            "`$id` needs a default",
        ),
        (
            "subscription { offerStatusChanged(offerId: \"ord_1\") { id } }",
            "`offerId` takes",
        ),
        (
            "subscription { events(where: { subjectId: \"x\" }) { id } }",
            "`where` takes",
        ),
        ("subscription { __schema { types { name } } }", "__schema"),
        (history, "`Offer.history` may ask a provider"),
        (&deep, "the deepest"),
    ] {
        let (code, message) = error(&world, "admin", query).await;
        assert_eq!(code, "INVALID_QUERY", "{query}");
        assert!(message.contains(reason), "{query}: {message}");
    }
}

#[tokio::test]
async fn a_document_that_is_made_to_hurt_is_refused_in_no_time() {
    let world = World::with(&[Role::Api]).await;
    let tangle: Vec<_> = (0..25)
        .map(|at| {
            let next = at + 1;
            format!(
                "fragment T{at} on Category {{ parent {{ ...T{next} ...U{next} }} children {{ ...T{next} }} }}
                 fragment U{at} on Category {{ parent {{ ...T{next} }} children {{ ...U{next} ...T{next} }} }}"
            )
        })
        .collect();
    let tangle = tangle.join(" ");
    let orders = "{ orders(first: 100) { nodes { vehicle ".repeat(10);
    for query in [
        format!("subscription {{ events {{ {} }} }}", "id ".repeat(20_000)),
        format!("subscription {{ events {{ ... on CategoryChanged {{ category {{ ...T0 ...U0 }} }} }} }} {tangle}
            fragment T25 on Category {{ id }} fragment U25 on Category {{ id }}"),
        format!("subscription {{ vehicleStatusChanged {{ vehicle {orders} {{ id }} {} }} }}", "} } }".repeat(10)),
        "subscription { events { ...A } } fragment A on Event { ...A }".to_owned(),
    ] {
        let begun = Instant::now();
        let (code, _) = error(&world, "admin", &query).await;
        assert_eq!(code, "INVALID_QUERY");
        // A hundred times what it takes here, and far from what it would take to run.
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_document_shows_nothing_that_its_author_may_not_see() {
    let world = World::with(&[Role::Api]).await;
    let order = "subscription { offerStatusChanged { offer { order { orderNumber } } } }";
    let raw = "subscription { events { ... on OfferCreated { offer { ...It } } } }
        fragment It on Offer { provenance { raw } }";
    for (scopes, query, missing) in [
        ("webhooks:write", OFFERS, "offers:read"),
        ("webhooks:write offers:read", OFFERS, "events:read"),
        ("webhooks:write events:read", OFFERS, "offers:read"),
        (
            "webhooks:write events:read offers:read",
            order,
            "orders:read",
        ),
        ("webhooks:write events:read offers:read", raw, "raw:read"),
    ] {
        let (code, message) = error(&world, scopes, query).await;
        assert_eq!(code, "FORBIDDEN", "{scopes}: {query}");
        assert!(message.contains(missing), "{scopes}: {message}");
    }
    let enough = world
        .app
        .tenant_with("acme", "webhooks:write events:read offers:read");
    let made = enough
        .create_endpoint(&json!({ "url": world.receiver.url(), "query": OFFERS }))
        .await;
    assert_eq!(made["userErrors"], json!([]));
}

#[tokio::test]
async fn a_document_is_shown_changed_and_taken_away() {
    let world = World::with(&[Role::Api]).await;
    let id = world.endpoint("/", Some(OFFERS)).await;
    let tenant = world.tenant();
    let shown = "query ($id: ID!) { webhookEndpoint(id: $id) { query } }";
    let data = tenant.data(shown, json!({ "id": id.to_string() })).await;
    assert_eq!(data["webhookEndpoint"]["query"], OFFERS);

    let wrong = json!({ "id": id.to_string(), "query": "{ viewer { subject } }" });
    let refused = tenant.update_endpoint(&wrong).await;
    assert_eq!(refused["userErrors"][0]["code"], "INVALID_QUERY");
    let other = "subscription { events { id } }";
    for (change, expected) in [
        (json!({}), json!(OFFERS)),
        (json!({ "query": other }), json!(other)),
        (json!({ "query": null }), Value::Null),
    ] {
        let mut input = change;
        input["id"] = json!(id.to_string());
        let updated = tenant.update_endpoint(&input).await;
        assert_eq!(updated["userErrors"], json!([]));
        assert_eq!(updated["endpoint"]["query"], expected);
    }
    world.trade(1, 1).await;
    let bodies = world.bodies(id).await;
    assert!(
        bodies[0].data.get().contains("\"offerId\""),
        "the usual payload"
    );
}

#[tokio::test]
async fn who_may_not_see_a_payload_does_not_choose_where_it_goes() {
    let world = World::with(&[Role::Api]).await;
    let id = world.endpoint("/", Some(OFFERS)).await;
    let elsewhere = world.receiver.url().join("/elsewhere").unwrap();
    let input = json!({ "id": id.to_string(), "url": elsewhere });
    let little = world.app.tenant_with("acme", "webhooks:write");
    let refused = little.update_endpoint(&input).await;
    assert_eq!(refused["endpoint"], Value::Null);
    assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN");
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "url"]));

    let plain = json!({ "id": id.to_string(), "url": elsewhere, "query": null });
    let moved = little.update_endpoint(&plain).await;
    assert_eq!(moved["endpoint"]["url"], elsewhere.as_str());

    // What was made already can be sent again, and would go there, too.
    let id = world.endpoint("/", Some(OFFERS)).await;
    world.trade(1, 1).await;
    let plain = json!({ "id": id.to_string(), "url": elsewhere, "query": null });
    let refused = little.update_endpoint(&plain).await;
    assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn who_may_not_see_what_a_document_shows_sees_no_data_in_its_deliveries() {
    let world = World::with(&[Role::Api]).await;
    world.endpoint("/", Some(OFFERS)).await;
    world.trade(1, 1).await;
    let query = "{ webhookDeliveries(first: 1) { nodes { payload } } }";
    for (scopes, fields) in [
        ("webhooks:read", vec!["timestamp", "type"]),
        ("webhooks:read events:read", vec!["timestamp", "type"]),
        (
            "webhooks:read events:read offers:read",
            vec!["data", "timestamp", "type"],
        ),
    ] {
        let tenant = world.app.tenant_with("acme", scopes);
        let data = tenant.data(query, json!({})).await;
        let payload = &data["webhookDeliveries"]["nodes"][0]["payload"];
        let mut shown: Vec<_> = payload.as_object().unwrap().keys().collect();
        shown.sort();
        assert_eq!(shown, fields, "{scopes}");
    }
}

#[tokio::test]
async fn doctor_names_the_endpoints_whose_document_fits_no_longer() {
    let mut world = World::with(&[Role::Api]).await;
    let sound = world.endpoint("/sound", Some(OFFERS)).await;
    let broken = world
        .endpoint("/broken", Some("subscription { events { id } }"))
        .await;
    let change = "UPDATE webhook_endpoint SET query = 'subscription { events { ids } }' \
                  WHERE url LIKE '%/broken'";
    execute(&world.app.app().db, change).await;
    world.app.begin_to_stop().await.unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_leasegraph"))
        .arg("doctor")
        .env("DATABASE_URL", &world.app.database.url)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|it| it.contains("webhook documents"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(line.starts_with("WRONG"), "{line}");
    assert!(line.contains(&format!("{broken}: ")), "{line}");
    assert!(line.contains("`ids`"), "{line}");
    assert!(!line.contains(&sound.to_string()), "{line}");
    assert!(!line.contains("acme"), "{line}");
}

#[tokio::test]
async fn where_trusted_documents_alone_are_run_no_other_shapes_a_payload() {
    let trusted = "subscription { events { id } }";
    let manifest = tempfile::NamedTempFile::new().unwrap();
    let documents = json!({ "create": CREATE, "events": trusted });
    std::fs::write(manifest.path(), documents.to_string()).unwrap();
    let documents = TrustedDocuments::read(manifest.path(), TrustedMode::Require).unwrap();
    let app = TestApp::with_door(&[Role::Api], |it| it.trusted = documents).await;
    // An address that is refused shows that the document was not.
    for (query, code) in [(trusted, "ADDRESS_NOT_ALLOWED"), (OFFERS, "INVALID_QUERY")] {
        let input = json!({ "url": "https://10.0.0.1/", "query": query });
        let made = app.tenant("acme").create_endpoint(&input).await;
        assert_eq!(made["userErrors"][0]["code"], code);
    }
}
