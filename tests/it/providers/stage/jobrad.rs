//! JobRad's offers.

use async_trait::async_trait;
use leasegraph::{
    domain::id::AccountId,
    providers::{
        Access, Cancellation, Credentials, JobradCredentials, Lane, Observation, Provider,
        ProviderError,
    },
};
use sandbox::{NewOffer, OfferStatus, Sandbox};
use serde_json::{Value, json};
use url::Url;

use super::{Change, Stage};
use crate::providers::samples::new_offer;

pub(super) struct Jobrad(pub(super) Sandbox);

impl Jobrad {
    fn credentials(&self, secret: Option<&str>) -> Credentials {
        let (client_id, client_secret) = self.0.jobrad_credentials();
        Credentials::Jobrad(JobradCredentials {
            client_id,
            client_secret: secret.map_or(client_secret, str::to_owned).into(),
            token_url: self.0.jobrad_token_url().parse().unwrap(),
        })
    }
}

#[async_trait]
impl Stage for Jobrad {
    fn access(&self) -> Access {
        Access {
            lane: Lane::People,
            account: AccountId::generate(),
            base_url: self.0.jobrad_base_url().parse().unwrap(),
            credentials: self.credentials(None),
        }
    }

    fn wrong_credentials(&self) -> Credentials {
        self.credentials(Some("wrong"))
    }

    fn aim(&self, access: &mut Access, url: &Url) {
        access.base_url = url.clone();
        if let Credentials::Jobrad(credentials) = &mut access.credentials {
            credentials.token_url = url.clone();
        }
    }

    fn api(&self) -> &'static str {
        "/jobrad"
    }

    fn tokens(&self) -> Option<&'static str> {
        Some("/idp")
    }

    fn add(&self, count: usize) -> Vec<String> {
        let ids = self.0.jobrad().add_offers(count);
        ids.iter().map(ToString::to_string).collect()
    }

    fn add_changeable(&self) -> String {
        let offer = self.0.jobrad().add_offer(NewOffer {
            status: Some(OfferStatus::Draft),
            ..NewOffer::default()
        });
        offer.to_string()
    }

    fn ids(&self) -> Vec<String> {
        let ids = self.0.jobrad().offer_ids();
        ids.iter().map(ToString::to_string).collect()
    }

    fn unknown_id(&self) -> &'static str {
        "00000000-0000-4000-8000-000000000000"
    }

    fn say(&self, record: &Observation, word: &str) {
        let control = self.0.jobrad();
        if control.set_status(&record.native_id, word).is_err() {
            let mut shown: Value = serde_json::from_str(&record.raw).unwrap();
            shown["status"]["current"]["code"] = json!(word);
            control
                .replace_offer_json(&record.native_id, &shown)
                .unwrap();
        }
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "order_journey_started",
            "employer_decision_pending",
            "jobrad_decision_pending",
            "done",
        ]
    }

    fn last_word(&self) -> Option<&'static str> {
        Some("canceled")
    }

    fn serve(&self, id: &str, json: &Value) {
        self.0.jobrad().replace_offer_json(id, json).unwrap();
    }

    fn set_index_lag(&self, seconds: u32) {
        self.0.jobrad().set_index_lag(seconds);
    }

    fn revoke_tokens(&self) {
        self.0.jobrad().revoke_tokens();
    }

    async fn change(
        &self,
        provider: &dyn Provider,
        access: &Access,
        change: Change<'_>,
    ) -> Result<(), ProviderError> {
        let mut offer = new_offer("");
        match change {
            Change::Create(number) => {
                offer.external_offer_id = number.to_owned();
                provider.create_offer(access, &offer).await.map(drop)
            }
            Change::DryRun => provider.dry_run_offer(access, &offer).await,
            Change::Update(id) => {
                offer.terms.product.color = Some("Green".to_owned());
                provider.update_offer(access, id, &offer.terms).await
            }
            Change::Cancel(id) => {
                let cancellation = Cancellation::default();
                provider.cancel_offer(access, id, cancellation).await
            }
            Change::Archive(_) => unreachable!("offers are not archived"),
        }
    }
}
