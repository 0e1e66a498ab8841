//! Leasing Automation's offers with one leasing provider, which are asked about by id.

use async_trait::async_trait;
use leasegraph::{
    domain::id::AccountId,
    providers::{
        Access, Credentials, Lane, LeasingAutomationCredentials, NewOffer, Observation, Provider,
        ProviderError,
    },
};
use sandbox::Sandbox;

use super::{Change, Stage};
use crate::providers::leasing_automation::{SLUG, new_offer};

pub(super) struct LeasingAutomation(pub(super) Sandbox);

fn credentials(api_key: &str) -> Credentials {
    Credentials::LeasingAutomation(LeasingAutomationCredentials {
        api_key: api_key.into(),
    })
}

#[async_trait]
impl Stage for LeasingAutomation {
    fn access(&self) -> Access {
        Access {
            lane: Lane::People,
            account: AccountId::generate(),
            base_url: self.0.leasing_automation_base_url().parse().unwrap(),
            credentials: credentials(&self.0.leasing_automation_key()),
        }
    }

    fn wrong_credentials(&self) -> Credentials {
        credentials("lk_test_wrong")
    }

    fn scope(&self) -> &'static str {
        SLUG
    }

    fn api(&self) -> &'static str {
        "/leasingautomation"
    }

    fn add(&self, count: usize) -> Vec<String> {
        let control = self.0.leasing_automation();
        control.add_offers(SLUG, count).unwrap()
    }

    fn ids(&self) -> Vec<String> {
        self.0.leasing_automation().offer_ids()
    }

    fn say(&self, record: &Observation, word: &str) {
        let control = self.0.leasing_automation();
        control.set_status(&record.native_id, word).unwrap();
    }

    fn words(&self) -> &'static [&'static str] {
        &["sentToLeasingProvider", "approved", "ordered", "completed"]
    }

    async fn change(
        &self,
        provider: &dyn Provider,
        access: &Access,
        change: Change<'_>,
    ) -> Result<(), ProviderError> {
        match change {
            Change::Create(number) => {
                let offer = NewOffer {
                    external_offer_id: number.to_owned(),
                    ..new_offer()
                };
                provider.create_offer(access, &offer).await.map(drop)
            }
            Change::DryRun => provider.dry_run_offer(access, &new_offer()).await,
            other => unreachable!("{other:?} is nothing that can be asked for"),
        }
    }
}
