//! LeaseCloud's orders in one market. As many requests as one likes.

use async_trait::async_trait;
use leasegraph::providers::{Access, Credentials, Observation, Provider, ProviderError};
use sandbox::{NewLeasecloudOrder, Sandbox};
use serde_json::Value;

use super::{Change, Stage};
use crate::providers::leasecloud::world::{access, credentials, new_order};

const MARKET: &str = "SE";

pub(super) struct Leasecloud(Sandbox);

impl Leasecloud {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        sandbox.leasecloud().set_limit(None);
        Self(sandbox.clone())
    }
}

fn name(id: &str) -> String {
    format!("{MARKET}/{id}")
}

#[async_trait]
impl Stage for Leasecloud {
    fn access(&self) -> Access {
        access(&self.0, MARKET)
    }

    fn wrong_credentials(&self) -> Credentials {
        credentials("wrong", MARKET)
    }

    fn scope(&self) -> &'static str {
        MARKET
    }

    fn api(&self) -> &'static str {
        "/leasecloud"
    }

    fn add(&self, count: usize) -> Vec<String> {
        let added = self.0.leasecloud().add_orders(MARKET, count).unwrap();
        added.into_iter().map(|it| it.id).collect()
    }

    fn add_changeable(&self) -> String {
        let order = NewLeasecloudOrder {
            status: Some("PENDING".to_owned()),
            partner_order_id: Some("PO-first".to_owned()),
            ..NewLeasecloudOrder::default()
        };
        self.0.leasecloud().add_order(MARKET, order).unwrap().id
    }

    fn ids(&self) -> Vec<String> {
        let orders = self.0.leasecloud().orders(MARKET).unwrap();
        orders.into_iter().map(|it| it.id).collect()
    }

    /// Of two fields that say it, the second comes after a slash.
    fn say(&self, record: &Observation, word: &str) {
        let (control, name) = (self.0.leasecloud(), name(&record.native_id));
        let word_alone = word.trim_end_matches("/terminated");
        control.set_status(&name, word_alone).unwrap();
        if word_alone != word {
            control.terminate_order(&name).unwrap();
        }
    }

    fn words(&self) -> &'static [&'static str] {
        &["PENDING", "READY_TO_SHIP", "ACTIVE", "ACTIVE/terminated"]
    }

    fn last_word(&self) -> Option<&'static str> {
        Some("CANCELLED")
    }

    fn serve(&self, id: &str, json: &Value) {
        let control = self.0.leasecloud();
        control.replace_order_json(name(id), json).unwrap();
    }

    async fn change(
        &self,
        provider: &dyn Provider,
        access: &Access,
        change: Change<'_>,
    ) -> Result<(), ProviderError> {
        match change {
            Change::Create(number) => {
                let made = provider.create_order(access, &new_order(number)).await;
                made.map(drop)
            }
            Change::Update(id) => provider.update_order(access, id, "PO-other").await,
            other => unreachable!("{other:?} is nothing that can be asked for"),
        }
    }
}
