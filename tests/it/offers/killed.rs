//! A process that is killed while a provider is asked.

use sandbox::{ClockMode, Fault, FaultKind, Options, Sandbox};
use serde_json::{Value, json};

use super::{CREATE, OFFERS, offer};
use crate::support::{app::eventually, database::TestDatabase, process::Process};

/// JobRad, and a process that was killed while it asked for an offer. `None` where several processes
/// may be at work: there, one that is silent is given two minutes.
struct Killed {
    database: TestDatabase,
    sandbox: Sandbox,
    /// What was asked.
    variables: Value,
}

impl Killed {
    async fn while_it_asked(kind: FaultKind, offers_by_then: usize) -> Option<Self> {
        let database = TestDatabase::create().await;
        if !database.is_sqlite() {
            return None;
        }
        let options = Options {
            clock: ClockMode::Real,
            offers: 0,
            ..Options::default()
        };
        let anywhere = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::start(anywhere, options).await.unwrap();
        let process = Process::start(&database.url, "api").await;
        let account = connect(&process, &sandbox).await;
        sandbox.inject(Fault::on(OFFERS, kind).method("POST"));
        let mut input = offer(&account, "A-1");
        input["idempotencyKey"] = json!("order 7");
        let variables = json!({ "input": input });
        tokio::spawn(process.send(&CREATE.document(), &variables));
        eventually("the question", async || {
            let requests = sandbox.requests();
            let is_asked = requests
                .iter()
                .any(|it| it.method == "POST" && it.uri == OFFERS);
            let offers = sandbox.jobrad().offer_ids().len();
            (is_asked && offers == offers_by_then).then_some(())
        })
        .await;
        process.kill();
        sandbox.clear_faults();
        Some(Self {
            database,
            sandbox,
            variables,
        })
    }
}

/// The status of the only offer, and the types of all events.
async fn shown(process: &Process) -> Option<(Value, Value)> {
    let query = "{ offers(first: 9) { nodes { id status { code } } }
        events(first: 9) { nodes { type } } }";
    let mut data = process.data(query, json!({})).await;
    let offers = data["offers"]["nodes"].as_array().unwrap();
    assert!(offers.len() < 2, "{offers:#?}");
    let offer = offers.first()?.clone();
    Some((offer, data["events"]["nodes"].take()))
}

#[tokio::test]
async fn an_offer_that_was_made_is_found_after_the_restart_and_under_its_key() {
    // JobRad has the offer, and is slow to say so.
    let slowly = FaultKind::Drip { ms_per_byte: 1_000 };
    let Some(killed) = Killed::while_it_asked(slowly, 1).await else {
        return;
    };
    let process = Process::start(&killed.database.url, "api,sync").await;
    let (offer, events) = eventually("the offer", async || shown(&process).await).await;
    assert_ne!(offer["status"]["code"], "SUBMISSION_UNCONFIRMED");
    assert_eq!(events[0], json!({ "type": "OFFER_CREATED" }));

    let data = process.data(&CREATE.document(), killed.variables).await;
    let payload = &data["createOffer"];
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    assert_eq!(payload["offer"]["id"], offer["id"]);
    assert_eq!(killed.sandbox.jobrad().offer_ids().len(), 1);
    process.kill();
}

#[tokio::test]
async fn an_offer_of_which_nobody_knows_is_shown_after_the_restart_and_not_made_under_its_key() {
    let Some(killed) = Killed::while_it_asked(FaultKind::Hang, 0).await else {
        return;
    };
    let process = Process::start(&killed.database.url, "api,sync").await;
    let (offer, events) = eventually("the offer", async || shown(&process).await).await;
    assert_eq!(offer["status"]["code"], "SUBMISSION_UNCONFIRMED");
    assert_eq!(events, json!([{ "type": "OFFER_CREATED" }]));

    let data = process.data(&CREATE.document(), killed.variables).await;
    let payload = &data["createOffer"];
    assert_eq!(payload["userErrors"][0]["code"], "OUTCOME_UNKNOWN");
    assert_eq!(payload["offer"]["id"], offer["id"]);
    assert_eq!(killed.sandbox.jobrad().offer_ids().len(), 0);
    process.kill();
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
