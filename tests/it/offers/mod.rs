//! Offers, as dealers make, change and withdraw them.

mod cancel;
mod create;
mod killed;
mod lost;
mod update;

use std::time::Duration;

use sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{
    app::{Tenant, TestApp},
    writes::Mutation,
};

/// Where JobRad's offers are made and listed.
const OFFERS: &str = "/jobrad/v1/offers";

const CREATE: Mutation = Mutation {
    name: "createOffer",
    shows: "offer { id externalOfferId offerNumber provenance { providerId }
        customer { fullName email } product { brandName modelName price { amount currencyCode } }
        accessories { modelName quantity } total { amount } notes
        status { code providerCode final errors { field } } }",
};

const UPDATE: Mutation = Mutation {
    name: "updateOffer",
    shows: "offer { id notes product { brandName color price { amount } }
        accessories { modelName } shippingCost { amount } deliveryDate status { code } }",
};

const CANCEL: Mutation = Mutation {
    name: "cancelOffer",
    shows: "offer { id status { code providerCode } }",
};

/// An offer of a bicycle with two locks.
fn offer(account: &str, external_offer_id: &str) -> Value {
    json!({
        "accountId": account,
        "externalOfferId": external_offer_id,
        "customer": { "fullName": "Erika Muster", "email": "erika.muster@example.com" },
        "product": {
            "categoryCode": "103030", "brandName": "Gudereit", "modelName": "Premium 8.0",
            "color": "Blue", "price": "2900.99", "listPrice": "2999.00",
        },
        "accessories": [
            { "categoryCode": "301520", "modelName": "Bordo", "quantity": 2, "price": "99.95" },
        ],
        "shippingCost": "49.99",
        "notes": "Ring twice",
    })
}

/// A tenant with a JobRad account that was read once.
async fn connected(app: &TestApp) -> (Tenant<'_>, String) {
    let tenant = app.tenant("acme");
    let account = tenant.connect().await;
    (tenant, account)
}

/// Makes an offer that JobRad has looked at, and returns its id.
async fn open_offer(tenant: &Tenant<'_>, account: &str) -> String {
    let payload = tenant.change(CREATE, &offer(account, "A-1")).await;
    assert_eq!(payload["userErrors"], json!([]));
    tenant.app.advance(Duration::from_secs(5));
    tenant.next_round().await;
    payload["offer"]["id"].as_str().unwrap().to_owned()
}

/// Spoils the next request of a method to JobRad's offers.
fn spoil_once(app: &TestApp, method: &str, kind: FaultKind) {
    let fault = Fault::on(OFFERS, kind).method(method).once();
    app.sandbox.inject(fault);
}

/// The types of the events about offers, with the codes of changes of status, oldest first.
async fn offer_events(tenant: &Tenant<'_>) -> Vec<String> {
    let events = tenant.events().await;
    let line = |it: &Value| {
        let kind = it["type"].as_str()?.strip_prefix("OFFER_")?;
        Some(match (it["from"].as_str(), it["to"].as_str()) {
            (Some(from), Some(to)) => format!("{kind} {from} {to}"),
            _ => kind.to_owned(),
        })
    };
    events.iter().filter_map(line).collect()
}

/// Every offer of the tenant: its id and its status.
async fn offers(tenant: &Tenant<'_>) -> Vec<(String, String)> {
    let query = "{ offers(first: 100) { nodes { id status { code } } } }";
    let data = tenant.data(query, json!({})).await;
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let nodes = data["offers"]["nodes"].as_array().unwrap().iter();
    nodes
        .map(|it| (text(&it["id"]), text(&it["status"]["code"])))
        .collect()
}
