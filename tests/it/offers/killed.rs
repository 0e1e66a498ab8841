//! A process that is killed while a provider is asked.

use sandbox::{ClockMode, Fault, FaultKind, Options, Sandbox};
use serde_json::json;

use super::{CREATE, OFFERS, offer};
use crate::support::{app::eventually, database::TestDatabase, process::Process};

const OFFERS_AND_EVENTS: &str = "{
    offers(first: 9) { nodes { id status { code } } }
    events(first: 9) { nodes { type } } }";

#[tokio::test]
async fn an_offer_that_was_being_made_is_found_after_the_restart_and_under_its_key() {
    let database = TestDatabase::create().await;
    // Where several processes may be at work, one that is silent is given two minutes.
    if !database.is_sqlite() {
        return;
    }
    let options = Options {
        clock: ClockMode::Real,
        offers: 0,
        ..Options::default()
    };
    let anywhere = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::start(anywhere, options).await.unwrap();
    let first = Process::start(&database.url, "api").await;
    let account = connect(&first, &sandbox).await;

    // JobRad has the offer, and is slow to say so.
    let slowly = FaultKind::Drip { ms_per_byte: 1_000 };
    sandbox.inject(Fault::on(OFFERS, slowly).method("POST"));
    let mut input = offer(&account, "A-1");
    input["idempotencyKey"] = json!("order 7");
    let variables = json!({ "input": input });
    tokio::spawn(first.send(&CREATE.document(), &variables));
    eventually("the offer at JobRad", async || {
        (sandbox.jobrad().offer_ids().len() == 1).then_some(())
    })
    .await;
    first.kill();
    sandbox.clear_faults();

    let second = Process::start(&database.url, "api,sync").await;
    let found = eventually("the offer", async || {
        let data = second.data(OFFERS_AND_EVENTS, json!({})).await;
        let offers = data["offers"]["nodes"].as_array()?.clone();
        let is_confirmed = offers.first()?["status"]["code"] != "SUBMISSION_UNCONFIRMED";
        is_confirmed.then_some((offers, data["events"]["nodes"].clone()))
    })
    .await;
    let (offers, events) = found;
    assert_eq!(offers.len(), 1);
    assert_eq!(events[0], json!({ "type": "OFFER_CREATED" }));

    let data = second.data(&CREATE.document(), variables).await;
    let payload = &data["createOffer"];
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    assert_eq!(payload["offer"]["id"], offers[0]["id"]);
    assert_eq!(sandbox.jobrad().offer_ids().len(), 1);
    second.kill();
}

async fn connect(process: &Process, sandbox: &Sandbox) -> String {
    let (client_id, client_secret) = sandbox.jobrad_credentials();
    let input = json!({
        "name": "Radhaus",
        "baseUrl": sandbox.jobrad_base_url(),
        "credentials": { "jobrad": {
            "clientId": client_id, "clientSecret": client_secret,
            "tokenUrl": sandbox.jobrad_token_url(),
        } },
    });
    let mutation = "mutation ($input: ConnectProviderAccountInput!) {
        connectProviderAccount(input: $input) { account { id } userErrors { message } } }";
    let data = process.data(mutation, json!({ "input": input })).await;
    let payload = &data["connectProviderAccount"];
    assert_eq!(payload["userErrors"], json!([]));
    payload["account"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_leave_an_offer_half_made() {
    let app = crate::support::app::TestApp::start().await;
    let (tenant, account) = super::connected(&app).await;
    super::spoil_once(&app, "POST", FaultKind::Slow { ms: 200 });
    let input = offer(&account, "A-1");
    let asked = tenant.change(CREATE, &input);
    let hung_up = tokio::time::timeout(std::time::Duration::from_millis(100), asked).await;
    assert!(hung_up.is_err());
    eventually("the offer", async || {
        let offers = super::offers(&tenant).await;
        (offers.first()?.1 == "SUBMITTED").then_some(())
    })
    .await;
    assert_eq!(super::offer_events(&tenant).await, ["CREATED"]);
}
