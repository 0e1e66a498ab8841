//! The connector, its sandbox, and an account there: the little that every case needs. There are two
//! companies, and no records at first.

use std::{fmt::Debug, sync::Arc, time::Duration};

use leasegraph::{
    clock::Clock,
    domain::{
        Timestamp, capability::EntityKind, id::AccountId, offer::StatusIssue,
        vehicle::VehicleFields,
    },
    egress::Egress,
    providers::{
        Access, AutoleapCredentials, Credentials, Lane, List, NewVehicle, Observation, Page,
        Provider, ProviderError, Registry, Search, TransportSettings, Unmetered,
    },
};
use sandbox::{AutoleapControl, Fault, FaultKind, NewAutoleapCustomer, Options, Sandbox};

pub(super) const SHOP: &str = "SHOP5678";
pub(super) const OTHER_SHOP: &str = "SHOP9012";
pub(in crate::providers) const CUSTOMER: &str = "CUST001";

/// Where the API is, below the sandbox's root.
pub(super) const API: &str = "/autoleap/v2";
pub(super) const VEHICLES: &str = "/autoleap/v2/vehicles";
pub(super) const LOGIN: &str = "/autoleap/v2/partners/login";
pub(super) const REFRESH: &str = "/autoleap/v2/partners/generateNewAccessToken";
pub(super) const LOGOUT: &str = "/autoleap/v2/partners/logout";

pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) access: Access,
    registry: Registry,
}

impl World {
    pub(super) async fn new() -> Self {
        let options = Options {
            offers: 0,
            autoleap_vehicles: 0,
            autoleap_orders: 0,
            ..Options::default()
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::start(listen, options).await.unwrap();
        // Its clock stands still, so all requests of a case are in one window.
        sandbox.autoleap().set_limits(100_000, 100_000);
        Self {
            access: access(&sandbox),
            registry: registry(TransportSettings {
                first_pause: Duration::from_millis(1),
                ..TransportSettings::default()
            }),
            sandbox,
        }
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        let key = self.access.credentials.provider();
        self.registry.get(key).unwrap()
    }

    pub(super) fn control(&self) -> AutoleapControl {
        self.sandbox.autoleap()
    }

    pub(super) fn credentials(&mut self) -> &mut AutoleapCredentials {
        let Credentials::Autoleap(credentials) = &mut self.access.credentials else {
            panic!("these are AutoLeap's");
        };
        credentials
    }

    /// Adds the customer whose vehicles are made.
    pub(super) fn add_customer(&self) {
        let customer = NewAutoleapCustomer {
            customer_id: Some(CUSTOMER.to_owned()),
            ..NewAutoleapCustomer::default()
        };
        self.control().add_customer(customer).unwrap();
    }

    pub(super) async fn page(&self, list: List<'_>) -> Result<Page, ProviderError> {
        self.provider().list(&self.access, list).await
    }

    /// The first page of the first company's vehicles.
    pub(super) async fn vehicles(&self) -> Result<Page, ProviderError> {
        self.page(first(EntityKind::Vehicle, SHOP)).await
    }

    /// All pages.
    pub(super) async fn all(&self, entity: EntityKind, scope: &str) -> Vec<Observation> {
        self.all_since(entity, scope, None).await
    }

    /// All pages of what changed since then.
    pub(super) async fn all_since(
        &self,
        entity: EntityKind,
        scope: &str,
        changed_since: Option<Timestamp>,
    ) -> Vec<Observation> {
        let (mut records, mut next) = (Vec::new(), Some(1));
        while let Some(page) = next {
            let list = List {
                page,
                changed_since,
                ..first(entity, scope)
            };
            let page = self.page(list).await.unwrap();
            assert_eq!(page.quarantined, []);
            records.extend(page.observations);
            next = page.next_page;
        }
        records
    }

    pub(super) async fn get(
        &self,
        entity: EntityKind,
        record: (&str, &str),
    ) -> Result<Observation, ProviderError> {
        self.provider().get(&self.access, entity, record).await
    }

    pub(super) async fn find(&self, natural_key: &str) -> Result<Vec<Observation>, ProviderError> {
        let search = Search {
            entity: EntityKind::Vehicle,
            scope: SHOP,
            natural_key,
        };
        self.provider().find(&self.access, search).await
    }

    pub(super) async fn create(
        &self,
        vehicles: &[NewVehicle],
    ) -> Result<Vec<Vec<StatusIssue>>, ProviderError> {
        let provider = self.provider();
        provider.create_vehicles(&self.access, SHOP, vehicles).await
    }

    /// Makes the requests below a path go wrong.
    pub(super) fn spoil(&self, path: &str, kind: FaultKind) {
        self.sandbox.inject(Fault::on(path, kind));
    }

    pub(super) fn spoil_once(&self, path: &str, kind: FaultKind) {
        self.sandbox.inject(Fault::on(path, kind).once());
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

fn registry(settings: TransportSettings) -> Registry {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let egress = Egress::new(vec![loopback]).unwrap();
    Registry::new(egress, settings, Arc::new(Unmetered), Clock::system())
}

fn access(sandbox: &Sandbox) -> Access {
    let (partner_id, auth_key) = sandbox.autoleap_credentials();
    Access {
        lane: Lane::People,
        account: AccountId::generate(),
        base_url: sandbox.autoleap_base_url().parse().unwrap(),
        credentials: Credentials::Autoleap(AutoleapCredentials {
            partner_id,
            auth_key: auth_key.into(),
            company_ids: Vec::new(),
        }),
    }
}

pub(super) fn first(entity: EntityKind, scope: &str) -> List<'_> {
    List {
        entity,
        scope,
        changed_since: None,
        page: 1,
    }
}

/// A vehicle that AutoLeap has nothing against.
pub(in crate::providers) fn new_vehicle(vin: &str) -> NewVehicle {
    NewVehicle {
        customer_id: CUSTOMER.to_owned(),
        fields: VehicleFields {
            make: Some("Honda".to_owned()),
            vin: Some(vin.to_owned()),
            ..VehicleFields::default()
        },
    }
}

pub(super) fn status(code: u16) -> FaultKind {
    FaultKind::Status {
        code,
        retry_after: None,
    }
}

/// The fields and messages of what was wrong.
pub(super) fn complaints(issues: &[StatusIssue]) -> Vec<(Option<&str>, &str)> {
    let complaints = issues.iter();
    complaints
        .map(|it| (it.field.as_deref(), it.message.as_str()))
        .collect()
}

/// That a call failed like this.
macro_rules! assert_error {
    ($answer:expr, $expected:pat $(if $guard:expr)?) => {
        let error = $answer.unwrap_err();
        assert!(matches!(error, $expected $(if $guard)?), "{error:?}");
    };
}
pub(super) use assert_error;

/// Reads what a call refused.
pub(super) fn refused<T: Debug>(answer: Result<T, ProviderError>) -> Vec<StatusIssue> {
    match answer {
        Err(ProviderError::Refused(issues)) => issues,
        other => panic!("not refused: {other:?}"),
    }
}
