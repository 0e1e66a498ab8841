//! One company's vehicles or repair orders at AutoLeap. As many requests as one likes.

use async_trait::async_trait;
use leasegraph::{
    domain::{
        capability::EntityKind::{self, Vehicle},
        id::AccountId,
        offer::StatusIssue,
        vehicle::VehicleFields,
    },
    providers::{
        Access, AutoleapCredentials, Credentials, Lane, Observation, Provider, ProviderError,
        VehicleArchival, VehicleChange,
    },
};
use sandbox::{AutoleapControl, NewAutoleapCustomer, Sandbox};
use serde_json::{Value, json};

use super::{Change, Stage};
use crate::providers::autoleap::world::{CUSTOMER, new_vehicle};

const PARTNER: (&str, &str) = ("KIT", "a-key-for-the-kit");
const COMPANY: &str = "KIT1";

/// What is said after a status when an order is finalized.
const FINALIZED: &str = "/finalized";

pub(super) struct Autoleap {
    sandbox: Sandbox,
    control: AutoleapControl,
    entity: EntityKind,
}

impl Autoleap {
    pub(super) fn new(sandbox: &Sandbox, entity: EntityKind) -> Self {
        let control = sandbox.add_autoleap_partner(PARTNER.0, PARTNER.1, &[COMPANY]);
        // Its clock stands still, so all requests of a case are in one window.
        control.set_limits(100_000, 100_000);
        let customer = NewAutoleapCustomer {
            customer_id: Some(CUSTOMER.to_owned()),
            ..NewAutoleapCustomer::default()
        };
        control.add_customer(customer).unwrap();
        Self {
            sandbox: sandbox.clone(),
            control,
            entity,
        }
    }
}

fn credentials(auth_key: &str) -> Credentials {
    Credentials::Autoleap(AutoleapCredentials {
        partner_id: PARTNER.0.to_owned(),
        auth_key: auth_key.into(),
        company_ids: Vec::new(),
    })
}

/// An order's number, of which the control says the company, too.
fn number(id: &str) -> String {
    let parts = id.rsplit_once('/');
    parts.map_or(id, |(_, number)| number).to_owned()
}

/// The name of an order for the control.
fn name(number: &str) -> String {
    format!("{COMPANY}/{number}")
}

/// One vehicle is changed at a time, so what is wrong with it is wrong with the whole.
fn only(outcomes: Vec<Vec<StatusIssue>>) -> Result<(), ProviderError> {
    let issues: Vec<_> = outcomes.into_iter().flatten().collect();
    if issues.is_empty() {
        Ok(())
    } else {
        Err(ProviderError::Refused(issues))
    }
}

#[async_trait]
impl Stage for Autoleap {
    fn access(&self) -> Access {
        Access {
            lane: Lane::People,
            account: AccountId::generate(),
            base_url: self.sandbox.autoleap_base_url().parse().unwrap(),
            credentials: credentials(PARTNER.1),
        }
    }

    fn wrong_credentials(&self) -> Credentials {
        credentials("wrong")
    }

    fn scope(&self) -> &'static str {
        COMPANY
    }

    fn api(&self) -> &'static str {
        match self.entity {
            Vehicle => "/autoleap/v2/vehicles",
            _ => "/autoleap/v2/orders",
        }
    }

    fn tokens(&self) -> Option<&'static str> {
        Some("/autoleap/v2/partners/")
    }

    fn add(&self, count: usize) -> Vec<String> {
        if self.entity == Vehicle {
            return self.control.add_vehicles(count);
        }
        let ids = self.control.add_orders(count);
        ids.iter().map(|it| number(it)).collect()
    }

    fn ids(&self) -> Vec<String> {
        if self.entity == Vehicle {
            return self.control.vehicle_ids();
        }
        let ids = self.control.order_ids();
        ids.iter().map(|it| number(it)).collect()
    }

    /// An order is put into a status by its number in the filter, or by any word.
    fn say(&self, record: &Observation, word: &str) {
        let id = &record.native_id;
        if self.entity == Vehicle {
            let patch = json!({ "vehicleStatus": word });
            return self.control.edit_vehicle(id, &patch).unwrap();
        }
        let word_alone = word.trim_end_matches(FINALIZED);
        let name = name(id);
        if self.control.set_order_status(&name, word_alone).is_err() {
            let patch = json!({ "repairOrderStatus": word });
            self.control.edit_order(&name, &patch).unwrap();
        }
        if word_alone != word {
            self.control.finalize_order(&name).unwrap();
        }
    }

    fn words(&self) -> &'static [&'static str] {
        match self.entity {
            Vehicle => &["Inactive", "Active"],
            _ => &["1", "2", "3", "5/finalized"],
        }
    }

    fn serve(&self, id: &str, json: &Value) {
        match self.entity {
            Vehicle => self.control.replace_vehicle_json(id, json).unwrap(),
            _ => self.control.replace_order_json(&name(id), json).unwrap(),
        }
    }

    fn set_index_lag(&self, seconds: u32) {
        self.control.set_index_lag(seconds);
    }

    fn revoke_tokens(&self) {
        self.control.revoke_tokens();
    }

    async fn change(
        &self,
        provider: &dyn Provider,
        access: &Access,
        change: Change<'_>,
    ) -> Result<(), ProviderError> {
        let outcomes = match change {
            Change::Create(vin) => {
                let vehicles = [new_vehicle(vin)];
                provider.create_vehicles(access, COMPANY, &vehicles).await
            }
            Change::Update(id) => {
                let vehicles = [VehicleChange {
                    native_id: id.to_owned(),
                    fields: VehicleFields {
                        color: Some("Green".to_owned()),
                        ..VehicleFields::default()
                    },
                }];
                provider.update_vehicles(access, COMPANY, &vehicles).await
            }
            Change::Archive(id) => {
                let vehicles = [VehicleArchival {
                    native_id: id.to_owned(),
                    customer_id: None,
                }];
                provider.archive_vehicles(access, COMPANY, &vehicles).await
            }
            other => unreachable!("{other:?} is nothing that can be asked for"),
        };
        outcomes.and_then(only)
    }
}
