//! Each way in which a provider refuses, and what that is to us.

use leasegraph::{
    domain::provider::ProviderKey::{self, Autoleap, Jobrad, Leasecloud, LeasingAutomation},
    providers::ProviderError,
};
use sandbox::FaultKind;

use crate::providers::{
    subject::{Needs, Subject},
    world::{World, json_body, status},
};

/// How a provider refuses, our code for that as clients see it, and the variant that becomes it.
type Refusal = (FaultKind, &'static str, &'static str);

/// What is the same everywhere.
fn of_all() -> Vec<Refusal> {
    vec![
        (status(400, None), "INVALID_INPUT", "Refused"),
        (status(401, None), "PROVIDER_AUTH_FAILED", "Unauthorized"),
        (status(404, None), "NOT_FOUND", "NotFound"),
        (
            status(429, Some("3600")),
            "PROVIDER_RATE_LIMITED",
            "RateLimited",
        ),
        (status(500, None), "PROVIDER_UNAVAILABLE", "Unavailable"),
        (status(503, None), "PROVIDER_UNAVAILABLE", "Unavailable"),
        (status(418, None), "PROVIDER_UNAVAILABLE", "Unreadable"),
    ]
}

fn of_jobrad() -> Vec<Refusal> {
    let errors = |code: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"No."}}]}}"#);
    let busy = errors("OFFER_IS_BEING_PROCESSED");
    vec![
        (status(403, None), "FORBIDDEN", "Forbidden"),
        (json_body(406, &busy), "PROVIDER_BUSY", "Busy"),
        (
            json_body(406, &errors("OFFER_NOT_MODIFIABLE")),
            "NOT_MODIFIABLE",
            "NotModifiable",
        ),
        (
            json_body(406, &errors("ANOTHER_ONE")),
            "NOT_MODIFIABLE",
            "NotModifiable",
        ),
        (
            json_body(409, &errors("ANOTHER_ONE")),
            "INVALID_INPUT",
            "Refused",
        ),
    ]
}

fn of_leasing_automation() -> Vec<Refusal> {
    // 401 is a key that is missing, 403 one that is wrong.
    let sentence = r#"{"error":"User has too many bikes"}"#;
    vec![
        (status(403, None), "PROVIDER_AUTH_FAILED", "Unauthorized"),
        (json_body(400, sentence), "PROVIDER_REJECTED", "Refused"),
    ]
}

fn of_leasecloud() -> Vec<Refusal> {
    let error = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"No."}}}}"#);
    let late = error("OrderCantBeModified");
    vec![
        (status(403, None), "FORBIDDEN", "Forbidden"),
        (json_body(403, &late), "NOT_MODIFIABLE", "NotModifiable"),
        (
            json_body(400, &error("OrderNotAccepted")),
            "PROVIDER_REJECTED",
            "Refused",
        ),
    ]
}

fn of_autoleap() -> Vec<Refusal> {
    let taken_back = r#"{"success":false,"error":"companyId is required"}"#;
    vec![
        (status(403, None), "FORBIDDEN", "Forbidden"),
        (json_body(200, taken_back), "INVALID_INPUT", "Refused"),
    ]
}

async fn check_refusals(key: ProviderKey, own: Vec<Refusal>) {
    for subject in Subject::all() {
        let world = World::of(&subject).await;
        if subject.provider != key || world.lacks(Needs::Records).is_some() {
            continue;
        }
        for (kind, code, variant) in of_all().into_iter().chain(own.clone()) {
            world.spoil(kind.clone());
            let error = world.read().await.unwrap_err();
            world.sandbox.clear_faults();
            assert_eq!(name(&error), variant, "{kind:?} is {code}");
        }
    }
}

/// The variant's name.
fn name(error: &ProviderError) -> String {
    let shown = format!("{error:?}");
    let name = shown.split(|it: char| !it.is_alphanumeric()).next();
    name.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn jobrad_refusals_mean_what_is_written() {
    check_refusals(Jobrad, of_jobrad()).await;
}

#[tokio::test]
async fn leasing_automation_refusals_mean_what_is_written() {
    check_refusals(LeasingAutomation, of_leasing_automation()).await;
}

#[tokio::test]
async fn leasecloud_refusals_mean_what_is_written() {
    check_refusals(Leasecloud, of_leasecloud()).await;
}

#[tokio::test]
async fn autoleap_refusals_mean_what_is_written() {
    check_refusals(Autoleap, of_autoleap()).await;
}
