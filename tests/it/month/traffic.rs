//! What people ask and what the providers change, again and again.

use futures_util::future::join_all;
use leasegraph::providers::NewOffer;
use sandbox::NewRepairOrder;
use serde_json::{Value, json};

use super::run::Run;
use crate::support::accounts::{PROVIDERS, new_offer};

/// What only the provider knows: a request for each line, for somebody who waits.
const QUESTIONS: [(usize, &str); 4] = [
    (
        0,
        "{ offers(first: 1, where: { provider: [JOBRAD] }) { nodes {
            history(first: 1) { nodes { at } }
        } } }",
    ),
    (
        1,
        r#"query ($id: ID!) {
            userEligibility(accountId: $id, leasingProviderSlug: "jobrad", identifier: "ada.ahorn@example.com") {
                eligible
            }
        }"#,
    ),
    (
        2,
        r#"query ($id: ID!) { monthlyAmounts(accountId: $id, price: "29999.99") { months } }"#,
    ),
    (
        2,
        "query ($id: ID!) { partnerTerms(accountId: $id) { partnerName } }",
    ),
];

/// What everybody looks at, and nobody must wait for a provider to see.
const READS: &str = "{
    offers(first: 20) { totalCount nodes { id status { code } provenance { stale } } }
    orders(first: 20) { totalCount nodes { id status { code } provenance { stale } } }
    vehicles(first: 20) { totalCount nodes { id make } }
}";

/// How often somebody asks for everything at once: more requests than AutoLeap allows in a minute.
const INSISTENCE: usize = 30;

/// How many questions are asked together once a day, while there is work: more than polling leaves
/// to people.
const QUESTIONS_AT_ONCE: usize = 12;

/// How often there is traffic in a day, and which time is the one with those questions.
const TIMES_A_DAY: usize = 144;
const RUSH: usize = 6;

impl Run {
    /// A few minutes of everybody's work.
    pub(super) async fn traffic(&mut self, number: usize) {
        self.tenant().data(READS, json!({})).await;
        if self.down.is_some() {
            self.books.reads_while_down += 1;
        }
        self.ask(&QUESTIONS).await;
        if number % TIMES_A_DAY == RUSH {
            self.ask(&[QUESTIONS[2]; QUESTIONS_AT_ONCE]).await;
        }
        self.change_records(number);
        if number.is_multiple_of(24) && self.down != Some(1) {
            let offer = NewOffer {
                external_offer_id: format!("A-{number}"),
                ..new_offer("deutsche-dienstrad")
            };
            self.tenant().submit(&self.accounts[1], &offer).await;
        }
        self.books.note_requests(&self.app.sandbox.requests());
    }

    /// Asks providers, who may be down, or may have been asked enough.
    async fn ask(&mut self, questions: &[(usize, &str)]) {
        let tenant = self.tenant();
        let ask = async |(provider, question): &(usize, &str)| {
            let variables = if question.contains("$id") {
                json!({ "id": self.accounts[*provider] })
            } else {
                json!({})
            };
            (*provider, tenant.graphql(question, variables).await)
        };
        let answers = join_all(questions.iter().map(ask)).await;
        for (provider, answer) in answers {
            match answer["errors"][0]["extensions"]["code"].as_str() {
                None => self.books.answered += 1,
                Some("PROVIDER_RATE_LIMITED") => self.books.refused += 1,
                Some(_) => assert!(self.was_down(provider), "{answer:#}"),
            }
        }
    }

    /// Some records take their next step, some are new.
    fn change_records(&self, number: usize) {
        let sandbox = &self.app.sandbox;
        let (jobrad, leasecloud) = (sandbox.jobrad(), sandbox.leasecloud());
        let (aggregator, autoleap) = (sandbox.leasing_automation(), sandbox.autoleap());
        if number.is_multiple_of(6) {
            jobrad.add_offers(1);
            autoleap.add_order(NewRepairOrder::default()).unwrap();
        }
        if number.is_multiple_of(24) {
            for market in ["SE", "DK"] {
                let new = sandbox::NewLeasecloudOrder::default();
                leasecloud.add_order(market, new).unwrap();
            }
        }
        // Whoever is at the end of their way stays there.
        for id in every(number, &jobrad.offer_ids()) {
            jobrad.advance_offer(id).ok();
        }
        for id in every(number, &aggregator.offer_ids()) {
            aggregator.advance_offer(id).ok();
        }
        for id in every(number, &autoleap.order_ids()) {
            autoleap.advance_order(id).ok();
        }
        for market in ["SE", "DK"] {
            for name in every(number, &leasecloud.orders(market).unwrap()) {
                if !self.crowd.contains(name) {
                    leasecloud.advance_order(name).ok();
                } else if self.work_since.is_some() {
                    // Back and forth, so that there is as much work tomorrow.
                    let is_new = leasecloud.order_standing(name).unwrap() == "PENDING";
                    let status = if is_new { "READY_TO_SHIP" } else { "PENDING" };
                    leasecloud.set_status(name, status).unwrap();
                }
            }
        }
    }

    /// Asks for a sweep over the shop's account before the last one has led to anything.
    pub(super) async fn insist(&mut self) {
        let mutation = "mutation ($id: ID!) {
            syncProviderAccount(input: { accountId: $id }) { userErrors { code } }
        }";
        for _ in 0..INSISTENCE {
            let variables = json!({ "id": self.accounts[3] });
            let data = self.tenant().data(mutation, variables).await;
            let errors = &data["syncProviderAccount"]["userErrors"];
            assert_eq!(*errors, Value::Array(Vec::new()), "{}", PROVIDERS[3].0);
            self.at_rest().await;
        }
    }
}

/// One in fifty, others each time.
fn every<T>(number: usize, of: &[T]) -> impl Iterator<Item = &T> {
    of.iter().skip(number % 50).step_by(50)
}
