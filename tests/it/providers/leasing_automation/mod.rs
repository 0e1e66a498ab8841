//! Leasing Automation's own cases: every call through real HTTP, and everything that can go wrong
//! with one.

mod asking;
mod changing;
mod failing;

use leasegraph::{
    domain::{
        customer::Customer,
        id::AccountId,
        offer::{Accessory, Product},
        provider::ProviderKey,
    },
    providers::{
        Access, Created, Credentials, Lane, LeasingAutomationCredentials, NewOffer, Observation,
        Provider, ProviderError, Registry, TransportSettings,
    },
};
use sandbox::{Fault, FaultKind, LeasingAutomationControl, Options, Sandbox};

use super::{samples, world};

/// Where the API is, below the sandbox's root.
const API: &str = "/leasingautomation";

/// A leasing provider that is nowhere but here; offers for JobRad go to the JobRad next door.
pub(super) const SLUG: &str = "deutsche-dienstrad";

/// An account, the connector, and the provider's side. There are no offers at first.
struct World {
    sandbox: Sandbox,
    access: Access,
    registry: Registry,
}

impl World {
    async fn start() -> Self {
        Self::with(world::settings()).await
    }

    async fn with(settings: TransportSettings) -> Self {
        let options = Options {
            offers: 0,
            ..Options::default()
        };
        let listen = "127.0.0.1:0".parse().unwrap();
        let sandbox = Sandbox::start(listen, options).await.unwrap();
        let access = Access {
            account: AccountId::generate(),
            lane: Lane::People,
            base_url: sandbox.leasing_automation_base_url().parse().unwrap(),
            credentials: credentials(&sandbox.leasing_automation_key()),
        };
        Self {
            access,
            registry: world::registry(settings),
            sandbox,
        }
    }

    fn provider(&self) -> &dyn Provider {
        self.registry.get(ProviderKey::LeasingAutomation).unwrap()
    }

    fn control(&self) -> LeasingAutomationControl {
        self.sandbox.leasing_automation()
    }

    async fn create(&self, offer: &NewOffer) -> Result<Created, ProviderError> {
        self.provider().create_offer(&self.access, offer).await
    }

    /// Creates an offer that nothing speaks against, and returns its id.
    async fn created(&self) -> String {
        let created = self.create(&new_offer()).await.unwrap();
        created.observation.native_id
    }

    async fn look_up(&self, ids: &[&str]) -> Result<Vec<Observation>, ProviderError> {
        let provider = self.provider();
        provider.look_up_offers(&self.access, SLUG, ids).await
    }

    fn spoil(&self, kind: FaultKind) {
        self.sandbox.inject(Fault::on(API, kind));
    }

    fn spoil_once(&self, kind: FaultKind) {
        self.sandbox.inject(Fault::on(API, kind).once());
    }

    /// How many requests there were.
    fn count(&self) -> usize {
        self.sandbox.requests().len()
    }
}

fn credentials(api_key: &str) -> Credentials {
    Credentials::LeasingAutomation(LeasingAutomationCredentials {
        api_key: api_key.into(),
    })
}

fn status(code: u16, retry_after: Option<&str>) -> FaultKind {
    FaultKind::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
    }
}

/// An offer that Leasing Automation has nothing against.
pub(super) fn new_offer() -> NewOffer {
    let offer = samples::new_offer("A-1");
    let mut terms = offer.terms;
    terms.bike_type = Some("pedelec".to_owned());
    terms.product = Product {
        category_code: Some("trekking-bike".to_owned()),
        brand_name: Some("Gudereit".to_owned()),
        color: Some("Green".to_owned()),
        size: Some("M".to_owned()),
        frame_number: Some("GU-1".to_owned()),
        ..terms.product
    };
    terms.accessories = vec![Accessory {
        category_code: Some("lock".to_owned()),
        quantity: 2,
        ..terms.accessories.remove(0)
    }];
    terms.with_shipping = None;
    NewOffer {
        leasing_provider_slug: Some(SLUG.to_owned()),
        customer: Customer {
            full_name: Some("Erika Muster".to_owned()),
            first_name: Some("Erika".to_owned()),
            last_name: Some("Muster".to_owned()),
            ..offer.customer
        },
        terms,
        ..offer
    }
}
