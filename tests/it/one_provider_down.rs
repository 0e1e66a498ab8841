//! One provider answers nothing any more: what everybody had is still there, and says how old it may
//! be.

use std::{collections::BTreeSet, time::Duration};

use leasegraph::{config::Role, domain::Timestamp};
use sandbox::{Fault, FaultKind, NewOffer, OfferStatus};
use serde_json::{Value, json};

use crate::support::{
    accounts::{PROVIDERS, new_offer},
    app::{Tenant, TestApp, eventually},
};

/// Long enough for nearly every list to be due, and not for what was read to be old.
const A_WHILE: Duration = Duration::from_mins(4);

/// Everything of everybody, in one document.
const EVERYTHING: &str = "{
    offers(first: 100) { totalCount nodes {
        id provider externalOfferId total { amount } status { code providerCode }
        product { brandName category { name } } provenance { provider stale }
    } }
    orders(first: 100) { totalCount nodes {
        id provider total { amount currencyCode } status { code } vehicle { id vin }
        provenance { provider stale }
    } }
    vehicles(first: 100) { totalCount nodes {
        id provider make model orders(first: 5) { totalCount } provenance { provider stale }
    } }
    bidex: categories(first: 100, where: { scheme: BIDEX }) { nodes { code name provider } }
    words: categories(first: 100, where: { scheme: LEASING_AUTOMATION }) { nodes { code name provider } }
    providerAccounts(first: 10) { nodes { provider { key } sync { entity stale } } }
}";

/// Takes every `stale` out of an answer, and collects which providers it is true for.
fn take_stale(value: &mut Value, stale: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|it| take_stale(it, stale)),
        Value::Object(fields) => {
            let is_stale = fields.remove("stale") == Some(json!(true));
            if let (true, Some(provider)) = (is_stale, fields.get("provider")) {
                stale.insert(provider.as_str().unwrap().to_owned());
            }
            if let (Some(sync), Some(provider)) = (fields.get("sync"), fields.get("provider")) {
                let any = sync
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|it| it["stale"] == true);
                stale.extend(any.then(|| provider["key"].as_str().unwrap().to_owned()));
            }
            fields.values_mut().for_each(|it| take_stale(it, stale));
        }
        _ => {}
    }
}

async fn everything(tenant: &Tenant<'_>) -> (Value, BTreeSet<String>) {
    let mut data = tenant.data(EVERYTHING, json!({})).await;
    let mut stale = BTreeSet::new();
    take_stale(&mut data, &mut stale);
    (data, stale)
}

fn providers_of(data: &Value, field: &str) -> BTreeSet<String> {
    let nodes = data[field]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|it| it["provider"].as_str().unwrap().to_owned())
        .collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// Whether every list of an account was looked at since then, and failed or did not. Categories have
/// their own time.
async fn has_tried(tenant: &Tenant<'_>, account: &str, (since, fails): (Timestamp, bool)) -> bool {
    let sync = tenant.sync_of(account).await;
    sync.iter()
        .filter(|it| it["entity"] != "CATEGORY")
        .all(|it| {
            let at: Timestamp = it["lastAttemptAt"].as_str().unwrap().parse().unwrap();
            at > since && it["error"].is_null() != fails && it["stale"] == fails
        })
}

/// Lets a while go by, and waits until every list was looked at; those of one account may fail.
async fn a_round_of_each(tenant: &Tenant<'_>, accounts: &[String; 4], down: Option<usize>) {
    let since = tenant.app.clock.now();
    tenant.app.advance(A_WHILE);
    eventually("a round of each", async || {
        for (number, account) in accounts.iter().enumerate() {
            if !has_tried(tenant, account, (since, Some(number) == down)).await {
                // A round that was under way has put the next one off.
                tenant.app.advance(Duration::from_secs(1));
                return None;
            }
        }
        Some(())
    })
    .await;
}

/// The records that are in one of two answers only, as they are there.
fn differing(one: &Value, other: &Value) -> Vec<String> {
    let records = |data: &Value| -> BTreeSet<String> {
        let lists = data.as_object().unwrap().values();
        lists
            .flat_map(|it| it["nodes"].as_array().unwrap())
            .map(Value::to_string)
            .collect()
    };
    let (one, other) = (records(one), records(other));
    one.symmetric_difference(&other).cloned().collect()
}

async fn a_world_of_four() -> (TestApp, [String; 4]) {
    let app = TestApp::with(&[Role::Api, Role::Sync]).await;
    let jobrad = app.sandbox.jobrad();
    jobrad.add_offers(3);
    jobrad.add_offer(NewOffer {
        status: Some(OfferStatus::Done),
        ..NewOffer::default()
    });
    let tenant = app.tenant("acme");
    let accounts = tenant.connect_to_all().await;
    tenant
        .submit(&accounts[1], &new_offer("deutsche-dienstrad"))
        .await;
    // What was just made is decided about in the next minutes, and after that nothing moves.
    for _ in 0..2 {
        a_round_of_each(&tenant, &accounts, None).await;
    }
    (app, accounts)
}

#[tokio::test]
async fn a_provider_that_is_down_makes_its_part_stale_and_nothing_else() {
    let (mut app, accounts) = a_world_of_four().await;
    let (before, stale) = everything(&app.tenant("acme")).await;
    assert_eq!(stale, set([]));
    assert_eq!(
        providers_of(&before, "offers"),
        set(["JOBRAD", "LEASING_AUTOMATION"])
    );
    assert_eq!(
        providers_of(&before, "orders"),
        set(["JOBRAD", "LEASECLOUD", "AUTOLEAP"])
    );
    assert_eq!(
        providers_of(&before, "vehicles"),
        set(["JOBRAD", "AUTOLEAP"])
    );
    assert_eq!(providers_of(&before, "bidex"), set(["JOBRAD"]));
    assert_eq!(providers_of(&before, "words"), set(["LEASING_AUTOMATION"]));

    for (down, (provider, path)) in PROVIDERS.into_iter().enumerate() {
        let kind = FaultKind::Status {
            code: 500,
            retry_after: None,
        };
        app.sandbox.inject(Fault::on(path, kind));
        a_round_of_each(&app.tenant("acme"), &accounts, Some(down)).await;
        // Whoever only answers asks nobody.
        app.restart(&[Role::Api]).await;
        let requests = app.sandbox.request_count();

        let (data, stale) = everything(&app.tenant("acme")).await;

        assert_eq!(differing(&before, &data), [""; 0], "{provider}");
        assert_eq!(stale, set([provider]));
        assert_eq!(app.sandbox.request_count(), requests);

        app.sandbox.clear_faults();
        app.restart(&[Role::Api, Role::Sync]).await;
        a_round_of_each(&app.tenant("acme"), &accounts, None).await;
    }
}
