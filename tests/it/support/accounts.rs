//! Accounts at every provider of the sandbox, and an offer that only a submission can make.

use leasegraph::{
    domain::{
        capability::EntityKind,
        customer::Customer,
        id::AccountId,
        money::Money,
        offer::{Accessory, Product},
        provider::ProviderKey,
    },
    ingest::{self, Observed, Sighting},
    providers::{Lane, NewOffer, OfferTerms},
    store::records::Source,
};
use sandbox::Sandbox;
use serde_json::{Value, json};

use super::app::{Tenant, eventually};

/// The key of each provider in the graph, and where its API is below the sandbox's root.
pub(crate) const PROVIDERS: [(&str, &str); 4] = [
    ("JOBRAD", "/jobrad"),
    ("LEASING_AUTOMATION", "/leasingautomation"),
    ("LEASECLOUD", "/leasecloud"),
    ("AUTOLEAP", "/autoleap"),
];

/// The input with which the sandbox's account at a provider is connected.
pub(crate) fn connection(sandbox: &Sandbox, provider: &str) -> Value {
    let (base_url, credentials) = match provider {
        "JOBRAD" => {
            let (client_id, client_secret) = sandbox.jobrad_credentials();
            let credentials = json!({ "jobrad": {
                "clientId": client_id,
                "clientSecret": client_secret,
                "tokenUrl": sandbox.jobrad_token_url(),
            } });
            (sandbox.jobrad_base_url(), credentials)
        }
        "LEASING_AUTOMATION" => {
            let key = sandbox.leasing_automation_key();
            let credentials = json!({ "leasingAutomation": { "apiKey": key } });
            (sandbox.leasing_automation_base_url(), credentials)
        }
        "LEASECLOUD" => {
            let key = sandbox.leasecloud_key("SE");
            let credentials = json!({ "leasecloud": { "apiKey": key, "market": "SE" } });
            (sandbox.leasecloud_base_url(), credentials)
        }
        "AUTOLEAP" => {
            let (partner_id, auth_key) = sandbox.autoleap_credentials();
            let credentials =
                json!({ "autoleap": { "partnerId": partner_id, "authKey": auth_key } });
            (sandbox.autoleap_base_url(), credentials)
        }
        other => panic!("{other} has no sandbox"),
    };
    json!({ "name": provider, "baseUrl": base_url, "credentials": credentials })
}

impl Tenant<'_> {
    /// Connects the sandbox's account at a provider, waits until all of it was read, and returns the
    /// account's id.
    pub(crate) async fn connect_to(&self, provider: &str) -> String {
        let input = connection(&self.app.sandbox, provider);
        let payload = self.try_connect(input).await;
        assert_eq!(payload["userErrors"], json!([]), "{provider}");
        let id = payload["account"]["id"].as_str().unwrap().to_owned();
        eventually("a first sync", async || {
            let sync = self.sync_of(&id).await;
            let read = |it: &Value| !it["lastSuccessAt"].is_null();
            (!sync.is_empty() && sync.iter().all(read)).then_some(())
        })
        .await;
        id
    }

    /// Connects all four and returns the accounts' ids.
    pub(crate) async fn connect_to_all(&self) -> [String; 4] {
        let mut ids = Vec::new();
        for (provider, _) in PROVIDERS {
            ids.push(self.connect_to(provider).await);
        }
        ids.try_into().unwrap()
    }

    /// How the sync of one account stands, a line for each kind of record.
    pub(crate) async fn sync_of(&self, account: &str) -> Vec<Value> {
        let query = "query ($id: ID!) { node(id: $id) { ... on ProviderAccount {
            sync { entity lastSuccessAt lastAttemptAt stale error }
        } } }";
        let data = self.data(query, json!({ "id": account })).await;
        data["node"]["sync"].as_array().unwrap().clone()
    }

    /// Has an offer made at Leasing Automation, as a mutation would, and returns its number.
    pub(crate) async fn submit(&self, account: &str, offer: &NewOffer) -> String {
        let app = self.app.app();
        let tenant = self.name.parse().unwrap();
        let id: AccountId = account.parse().unwrap();
        let (_, access) = app
            .access(&tenant, id, Lane::People)
            .await
            .unwrap()
            .unwrap();
        let key = ProviderKey::LeasingAutomation;
        let provider = app.providers.get(key).unwrap();
        let created = provider.create_offer(&access, offer).await.unwrap();
        let number = created.observation.native_id.clone();
        let source = Source {
            tenant: &tenant,
            account: id,
            entity: EntityKind::Offer,
        };
        let sighting = Sighting {
            account: id,
            provider: key,
            now: app.clock.now(),
            watching_since: None,
            made: None,
        };
        let observed = Observed {
            observations: vec![created.observation],
            quarantined: Vec::new(),
        };
        let mut tx = app.db.begin().await.unwrap();
        ingest::write(&mut tx, (provider, source), observed, sighting)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        number
    }
}

/// An offer that Leasing Automation takes for a leasing provider.
pub(crate) fn new_offer(slug: &str) -> NewOffer {
    let euros = |text: &str| Some(Money::euros_gross(text.parse().unwrap()));
    let text = |it: &str| Some(it.to_owned());
    NewOffer {
        leasing_provider_slug: text(slug),
        external_offer_id: "A-1".to_owned(),
        customer: Customer {
            first_name: text("Ada"),
            last_name: text("Ahorn"),
            email: text("ada.ahorn@example.com"),
            ..Customer::default()
        },
        create_customer_if_missing: None,
        customer_is_self_employed: None,
        terms: OfferTerms {
            product: Product {
                category_code: text("trekking-bike"),
                brand_name: text("Gudereit"),
                model_name: text("EC-5.5"),
                model_year: Some(2030),
                color: text("Green"),
                size: text("M"),
                frame_number: text("GU-1"),
                price: euros("2900.99"),
                list_price: euros("2999.99"),
                ..Product::default()
            },
            bike_type: text("pedelec"),
            accessories: vec![Accessory {
                category_code: text("lock"),
                brand_name: text("ABUS"),
                model_name: text("Bordo"),
                quantity: 1,
                price: euros("99.99"),
                list_price: euros("119.99"),
            }],
            with_shipping: None,
            shipping_cost: None,
            installation_cost: None,
            delivery_date: None,
            notes: None,
        },
    }
}
