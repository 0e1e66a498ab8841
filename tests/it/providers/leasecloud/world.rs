//! A dealer with a key, and LeaseCloud's side: the little that every test needs.

use std::{sync::Arc, time::Duration};

use leasegraph::{
    clock::Clock,
    domain::{
        capability::EntityKind,
        id::AccountId,
        money::{Money, TaxMode},
        offer::StatusIssue,
        order::{OrderContent, OrderStatusCode},
        provider::ProviderKey,
    },
    egress::Egress,
    providers::{
        Access, Created, Credentials, Lane, LeasecloudCredentials, List, NewOrder, Observation,
        OrderAddress, OrderPosition, Page, Provider, ProviderError, RecordText, Registry, Search,
        TransportSettings, Unmetered,
    },
};
use rust_decimal::Decimal;
use sandbox::{Fault, FaultKind, LeasecloudControl, NewLeasecloudOrder, Options, Sandbox};

/// Where the API is, below the sandbox's root.
pub(super) const API: &str = "/leasecloud";

/// A dealer with a key for one market, and the sandbox. There are no orders at first, and as many
/// requests as one likes.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    registry: Registry,
    pub(super) access: Access,
    pub(super) market: &'static str,
}

impl World {
    pub(super) async fn of(market: &'static str) -> Self {
        let options = Options {
            offers: 0,
            leasecloud_orders: 0,
            ..Options::default()
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::start(listen, options).await.unwrap();
        sandbox.leasecloud().set_limit(None);
        let settings = TransportSettings {
            first_pause: Duration::from_millis(1),
            ..TransportSettings::default()
        };
        Self {
            access: access(&sandbox, market),
            registry: registry(settings),
            sandbox,
            market,
        }
    }

    pub(super) async fn swedish() -> Self {
        Self::of("SE").await
    }

    /// The same dealer with another key.
    pub(super) fn with_key(mut self, key: &str) -> Self {
        self.access.credentials = credentials(key, self.market);
        self
    }

    /// The same dealer with less patience.
    pub(super) fn in_a_hurry(self) -> Self {
        let registry = registry(TransportSettings {
            call_timeout: Duration::from_millis(300),
            ..TransportSettings::default()
        });
        Self { registry, ..self }
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        self.registry.get(ProviderKey::Leasecloud).unwrap()
    }

    pub(super) fn control(&self) -> LeasecloudControl {
        self.sandbox.leasecloud()
    }

    pub(super) async fn page(&self, page: u32) -> Result<Page, ProviderError> {
        let list = List {
            entity: EntityKind::Order,
            scope: self.market,
            changed_since: None,
            page,
        };
        self.provider().list(&self.access, list).await
    }

    pub(super) async fn order(&self, native_id: &str) -> Result<Observation, ProviderError> {
        let record = (self.market, native_id);
        let provider = self.provider();
        provider.get(&self.access, EntityKind::Order, record).await
    }

    pub(super) async fn create(&self, order: &NewOrder) -> Result<Created, ProviderError> {
        self.provider().create_order(&self.access, order).await
    }

    pub(super) async fn update(&self, native_id: &str, number: &str) -> Result<(), ProviderError> {
        let provider = self.provider();
        provider.update_order(&self.access, native_id, number).await
    }

    pub(super) async fn find(&self, natural_key: &str) -> Result<Vec<Observation>, ProviderError> {
        let search = Search {
            entity: EntityKind::Order,
            scope: self.market,
            natural_key,
        };
        self.provider().find(&self.access, search).await
    }

    /// What an order becomes that is read anew with what was kept of it.
    pub(super) fn with_what_was_kept(
        &self,
        read: &Observation,
        made: &Observation,
    ) -> OrderContent {
        let text = RecordText {
            scope: &read.scope,
            raw: &read.raw,
            submitted: made.submitted.as_deref(),
        };
        let observation = self.provider().observe(EntityKind::Order, text).unwrap();
        content(&observation)
    }

    /// An order that the dealer made elsewhere.
    pub(super) fn add(&self, status: &str) -> String {
        let order = NewLeasecloudOrder {
            status: Some(status.to_owned()),
            ..NewLeasecloudOrder::default()
        };
        self.control().add_order(self.market, order).unwrap().id
    }

    /// Its name in the sandbox.
    pub(super) fn name(&self, native_id: &str) -> String {
        format!("{}/{native_id}", self.market)
    }

    pub(super) fn spoil_once(&self, kind: FaultKind) {
        self.sandbox.inject(Fault::on(API, kind).once());
    }

    pub(super) fn count(&self, method: &str) -> usize {
        let requests = self.sandbox.requests();
        requests.iter().filter(|it| it.method == method).count()
    }

    pub(super) fn orders(&self) -> usize {
        self.control().orders(self.market).unwrap().len()
    }
}

fn registry(settings: TransportSettings) -> Registry {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let egress = Egress::new(vec![loopback]).unwrap();
    Registry::new(egress, settings, Arc::new(Unmetered), Clock::system())
}

pub(in crate::providers) fn credentials(key: &str, market: &str) -> Credentials {
    let key = key.to_owned().into();
    Credentials::Leasecloud(LeasecloudCredentials::new(key, market).unwrap())
}

pub(in crate::providers) fn access(sandbox: &Sandbox, market: &str) -> Access {
    Access {
        lane: Lane::People,
        account: AccountId::generate(),
        base_url: sandbox.leasecloud_base_url().parse().unwrap(),
        credentials: credentials(&sandbox.leasecloud_key(market), market),
    }
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// An order that LeaseCloud has nothing against: 2 bicycles and shipping, 40049.97 in all.
pub(in crate::providers) fn new_order(external_order_id: &str) -> NewOrder {
    NewOrder {
        external_order_id: external_order_id.to_owned(),
        months: 36,
        invoice_interval: Some("QUARTERLY"),
        own_insurance: false,
        company: "Muster AB".to_owned(),
        org_number: "556000-0001".to_owned(),
        national_id: "19800101-1234".to_owned().into(),
        authorized_signatory: None,
        first_name: "Erika".to_owned(),
        last_name: "Muster".to_owned(),
        email: "erika.muster@example.com".to_owned(),
        phone: "+46 70 123 45 67".to_owned(),
        billing_address: OrderAddress {
            first_name: None,
            last_name: None,
            line1: "Storgatan 1".to_owned(),
            line2: None,
            city: "Malmö".to_owned(),
            postal_code: "211 34".to_owned(),
            country: Some("SE".to_owned()),
        },
        shipping_address: None,
        shipping_cost: Some(decimal("49.99")),
        shipping_tax: Some(decimal("12.5")),
        customer_ip: Some("192.0.2.7".to_owned().into()),
        items: vec![OrderPosition {
            name: "Bicycle".to_owned(),
            attributes: None,
            sku: Some("B-1".to_owned()),
            product_id: None,
            unit_price: decimal("19999.99"),
            quantity: 2,
            discount: None,
        }],
    }
}

pub(super) fn content(observation: &Observation) -> OrderContent {
    observation.order.as_ref().unwrap().content.clone()
}

pub(super) fn standing(observation: &Observation) -> (OrderStatusCode, String, bool) {
    let status = content(observation).status;
    (status.code, status.provider_code, status.is_final)
}

pub(super) fn shown(money: Option<Money>) -> Option<String> {
    money.map(|it| {
        assert_eq!(it.tax_mode, TaxMode::Net);
        format!("{} {}", it.amount, it.currency)
    })
}

pub(super) fn refused<T: std::fmt::Debug>(answer: Result<T, ProviderError>) -> Vec<StatusIssue> {
    match answer {
        Err(ProviderError::Refused(issues)) => issues,
        other => panic!("not a refusal: {other:?}"),
    }
}

pub(super) fn status(code: u16, retry_after: Option<&str>) -> FaultKind {
    FaultKind::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
    }
}
