//! A connector, its sandbox, and an account there: the little that every case needs.

use std::{fmt::Write, sync::Arc, time::Duration};

use futures_util::future::join_all;
use leasegraph::{
    clock::Clock,
    domain::{
        Timestamp,
        capability::{Capability, EntityKind, Operation, Support},
        customer::Customer,
        id::AccountId,
        money::Money,
        offer::{Accessory, Product},
        provider::ProviderKey,
    },
    egress::Egress,
    providers::{
        Access, Credentials, HistoryRange, JobradCredentials, Lane, List, NewOffer, Observation,
        OfferTerms, Page, Provider, ProviderError, Registry, TransportSettings, Unmetered,
    },
};
use sandbox::{Fault, FaultKind, Options, Sandbox};

/// An id of the right shape that no record has.
pub(super) const UNKNOWN_ID: &str = "00000000-0000-4000-8000-000000000000";

/// Where an account's API is, below the sandbox's root.
pub(super) const API: &str = "/jobrad";
/// Where its tokens come from.
pub(super) const TOKENS: &str = "/idp";

/// A connector and its provider's side. There are no offers at first.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) access: Access,
    registry: Registry,
}

/// Those that list offers, which is what is asked about here.
pub(super) fn connectors() -> Vec<ProviderKey> {
    let lists_offers = |it: &Capability| {
        (it.entity, it.operation) == (EntityKind::Offer, Operation::List)
            && it.support == Support::Native
    };
    registry(TransportSettings::default())
        .all()
        .filter(|it| it.capabilities().iter().any(lists_offers))
        .map(Provider::key)
        .collect()
}

pub(super) fn registry(settings: TransportSettings) -> Registry {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let egress = Egress::new(vec![loopback]).unwrap();
    Registry::new(egress, settings, Arc::new(Unmetered), Clock::system())
}

/// As patient as in service, except between two tries.
pub(super) fn settings() -> TransportSettings {
    TransportSettings {
        first_pause: Duration::from_millis(1),
        ..TransportSettings::default()
    }
}

impl World {
    /// None for a provider without a sandbox.
    pub(super) async fn of(key: ProviderKey) -> Option<Self> {
        let options = Options {
            offers: 0,
            ..Options::default()
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::start(listen, options).await.unwrap();
        Some(Self {
            access: access(key, &sandbox)?,
            registry: registry(settings()),
            sandbox,
        })
    }

    /// The same with less patience.
    pub(super) fn with(self, settings: TransportSettings) -> Self {
        let registry = registry(settings);
        Self { registry, ..self }
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        let key = self.access.credentials.provider();
        self.registry.get(key).unwrap()
    }

    pub(super) async fn page(&self, page: u32) -> Result<Page, ProviderError> {
        self.page_since(None, page).await
    }

    /// A page of what changed since then.
    pub(super) async fn page_since(
        &self,
        changed_since: Option<Timestamp>,
        page: u32,
    ) -> Result<Page, ProviderError> {
        let list = List {
            entity: EntityKind::Offer,
            scope: "",
            changed_since,
            page,
        };
        self.provider().list(&self.access, list).await
    }

    /// One offer.
    pub(super) async fn offer(&self, native_id: &str) -> Result<Observation, ProviderError> {
        let record = ("", native_id);
        let provider = self.provider();
        provider.get(&self.access, EntityKind::Offer, record).await
    }

    /// All pages.
    pub(super) async fn offers(&self) -> Vec<Observation> {
        let (mut offers, mut next) = (Vec::new(), Some(1));
        while let Some(number) = next {
            let page = self.page(number).await.unwrap();
            assert_eq!(page.quarantined, []);
            offers.extend(page.observations);
            next = page.next_page;
        }
        offers
    }

    /// The first page, by that many callers at once.
    pub(super) async fn page_for_many(&self, callers: usize) -> Vec<Result<Page, ProviderError>> {
        join_all((0..callers).map(|_| self.page(1))).await
    }

    /// Makes the requests to the API go wrong.
    pub(super) fn spoil(&self, kind: FaultKind) {
        self.sandbox.inject(Fault::on(API, kind));
    }

    pub(super) fn spoil_once(&self, kind: FaultKind) {
        self.sandbox.inject(Fault::on(API, kind).once());
    }

    /// Has the account's tokens come from somewhere else.
    pub(super) fn use_token_url(&mut self, url: &str) {
        let Credentials::Jobrad(credentials) = &mut self.access.credentials else {
            panic!("no token comes from anywhere");
        };
        credentials.token_url = url.parse().unwrap();
    }

    /// How many requests of this method there were below this path.
    pub(super) fn count(&self, method: &str, path: &str) -> usize {
        let requests = self.sandbox.requests();
        let matching = requests
            .iter()
            .filter(|it| it.method == method && it.uri.starts_with(path));
        matching.count()
    }
}

fn access(key: ProviderKey, sandbox: &Sandbox) -> Option<Access> {
    let credentials = match key {
        ProviderKey::Jobrad => {
            let (client_id, client_secret) = sandbox.jobrad_credentials();
            Credentials::Jobrad(JobradCredentials {
                client_id,
                client_secret: client_secret.into(),
                token_url: sandbox.jobrad_token_url().parse().unwrap(),
            })
        }
        _ => return None,
    };
    Some(Access {
        lane: Lane::People,
        account: AccountId::generate(),
        base_url: sandbox.jobrad_base_url().parse().unwrap(),
        credentials,
    })
}

pub(super) fn range(page: u32, per_page: u32) -> HistoryRange {
    HistoryRange { page, per_page }
}

/// An offer that no provider has anything against.
pub(super) fn new_offer(external_offer_id: &str) -> NewOffer {
    let euros = |text: &str| Some(Money::euros_gross(text.parse().unwrap()));
    NewOffer {
        leasing_provider_slug: None,
        create_customer_if_missing: None,
        customer_is_self_employed: None,
        external_offer_id: external_offer_id.to_owned(),
        customer: Customer {
            full_name: Some("Erika Muster".to_owned()),
            email: Some("erika.muster@example.com".to_owned()),
            ..Customer::default()
        },
        terms: OfferTerms {
            bike_type: None,
            product: Product {
                category_code: Some("103030".to_owned()),
                brand_name: Some("Gudereit".to_owned()),
                model_name: Some("EC-5.5".to_owned()),
                model_year: Some(2030),
                price: euros("2900.99"),
                list_price: euros("2999.99"),
                ..Product::default()
            },
            accessories: vec![Accessory {
                category_code: Some("301520".to_owned()),
                brand_name: Some("ABUS".to_owned()),
                model_name: Some("Bordo".to_owned()),
                quantity: 1,
                price: euros("99.99"),
                list_price: euros("119.99"),
            }],
            with_shipping: Some(true),
            shipping_cost: euros("19.99"),
            installation_cost: None,
            delivery_date: None,
            notes: None,
        },
    }
}

/// The message, and the messages of what is behind it.
pub(super) fn chain(error: &ProviderError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
