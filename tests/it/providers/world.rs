//! A connector, its sandbox, and an account there: the little that every case needs.

use std::{fmt::Write, sync::Arc, time::Duration};

use futures_util::future::join_all;
use leasegraph::{
    clock::Clock,
    domain::{Timestamp, capability::EntityKind, offer::OfferStatus, provider::ProviderKey},
    egress::Egress,
    providers::{
        Access, HistoryRange, List, Observation, Page, PollingWay, Provider, ProviderError,
        Registry, Search, TransportSettings, Unmetered,
    },
};
use sandbox::{Fault, FaultKind, Options, Sandbox};

use super::{
    stage::{self, Change, Stage},
    subject::{Subject, Way},
};

/// A connector and its provider's side. There are no records at first.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) stage: Box<dyn Stage>,
    pub(super) access: Access,
    pub(super) subject: Subject,
    registry: Registry,
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

/// A sandbox without records, at a port of its own.
pub(super) async fn empty_sandbox() -> Sandbox {
    let options = Options {
        offers: 0,
        leasecloud_orders: 0,
        autoleap_vehicles: 0,
        autoleap_orders: 0,
        ..Options::default()
    };
    let listen = "127.0.0.1:0".parse().unwrap();
    Sandbox::start(listen, options).await.unwrap()
}

impl World {
    pub(super) async fn of(subject: &Subject) -> Self {
        let sandbox = empty_sandbox().await;
        let stage = stage::of(subject, &sandbox);
        Self {
            access: stage.access(),
            registry: registry(settings()),
            subject: subject.clone(),
            stage,
            sandbox,
        }
    }

    /// JobRad's offers, for what is asked of no other connector.
    pub(super) async fn jobrad() -> Self {
        Self::of(&Subject::named(ProviderKey::Jobrad, EntityKind::Offer)).await
    }

    /// The same with less patience.
    pub(super) fn with(self, settings: TransportSettings) -> Self {
        let registry = registry(settings);
        Self { registry, ..self }
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        self.registry.get(self.subject.provider).unwrap()
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
            entity: self.subject.listed,
            scope: self.stage.scope(),
            changed_since,
            page,
        };
        self.provider().list(&self.access, list).await
    }

    /// The records, in the way in which they are polled; of a list, its first page.
    pub(super) async fn read(&self) -> Result<Vec<Observation>, ProviderError> {
        if matches!(self.subject.way, Way::ById { .. }) {
            let mut ids = self.stage.ids();
            // Somebody has to be asked about.
            ids.push("nobody".to_owned());
            return self.look_up(&ids).await;
        }
        self.page(1).await.map(|it| it.observations)
    }

    pub(super) async fn look_up(
        &self,
        native_ids: &[String],
    ) -> Result<Vec<Observation>, ProviderError> {
        let ids: Vec<&str> = native_ids.iter().map(String::as_str).collect();
        let (provider, scope) = (self.provider(), self.stage.scope());
        provider.look_up_offers(&self.access, scope, &ids).await
    }

    /// All pages of what changed since then.
    pub(super) async fn all_since(&self, changed_since: Option<Timestamp>) -> Vec<Observation> {
        let (mut records, mut next) = (Vec::new(), Some(1));
        while let Some(number) = next {
            let page = self.page_since(changed_since, number).await.unwrap();
            assert_eq!(page.quarantined, []);
            records.extend(page.observations);
            next = page.next_page;
        }
        records
    }

    /// One record by its id.
    pub(super) async fn get(&self, native_id: &str) -> Result<Observation, ProviderError> {
        let record = (self.stage.scope(), native_id);
        let entity = self.subject.listed;
        self.provider().get(&self.access, entity, record).await
    }

    /// The record with this id, as it is polled.
    pub(super) async fn polled(&self, native_id: &str) -> Observation {
        let mut records = self.read().await.unwrap().into_iter();
        let found = records.find(|it| it.native_id == native_id);
        found.unwrap_or_else(|| panic!("{native_id} is not there"))
    }

    pub(super) async fn find(&self, natural_key: &str) -> Result<Vec<Observation>, ProviderError> {
        let search = Search {
            entity: self.subject.listed,
            scope: self.stage.scope(),
            natural_key,
        };
        self.provider().find(&self.access, search).await
    }

    pub(super) async fn change(&self, change: Change<'_>) -> Result<(), ProviderError> {
        let provider = self.provider();
        self.stage.change(provider, &self.access, change).await
    }

    /// Asks for the records, by that many callers at once.
    pub(super) async fn read_by_many(
        &self,
        callers: usize,
    ) -> Vec<Result<Vec<Observation>, ProviderError>> {
        join_all((0..callers).map(|_| self.read())).await
    }

    /// Makes the requests to the API go wrong.
    pub(super) fn spoil(&self, kind: FaultKind) {
        self.sandbox.inject(Fault::on(self.stage.api(), kind));
    }

    pub(super) fn spoil_once(&self, kind: FaultKind) {
        let fault = Fault::on(self.stage.api(), kind);
        self.sandbox.inject(fault.once());
    }

    /// How many requests to the API there were, and how many that were no reads.
    pub(super) fn counts(&self) -> (usize, usize) {
        let requests = self.sandbox.requests();
        let api = self.stage.api();
        let asked = requests.iter().filter(|it| it.uri.starts_with(api));
        let (reads, others): (Vec<_>, Vec<_>) = asked.partition(|it| it.method == "GET");
        (reads.len() + others.len(), others.len())
    }

    /// How many requests to the API there were.
    pub(super) fn count(&self) -> usize {
        self.counts().0
    }

    /// How many tokens were asked for.
    pub(super) fn logins(&self) -> usize {
        let tokens = self.stage.tokens().unwrap();
        let requests = self.sandbox.requests();
        let asked = requests.iter().filter(|it| it.uri.starts_with(tokens));
        asked.count()
    }
}

/// How a kind of record is kept up with, if it is polled.
pub(super) fn way(provider: &dyn Provider, entity: EntityKind) -> Option<Way> {
    let polling = provider.polling().iter().find(|it| it.entity == entity)?;
    Some(match polling.way {
        PollingWay::Changes => Way::List { changes: true },
        PollingWay::Pages => Way::List { changes: false },
        PollingWay::ById { batch } => Way::ById { batch },
        PollingWay::Whole => Way::Whole,
    })
}

/// Where a record stands: our word, theirs, and whether it is final. A vehicle's status never is.
pub(super) fn standing(record: &Observation) -> (String, String, bool) {
    if let Some(OfferStatus {
        code,
        provider_code,
        is_final,
        ..
    }) = record.offer.as_ref().map(|it| &it.content.status)
    {
        return (format!("{code:?}"), provider_code.clone(), *is_final);
    }
    if let Some(order) = &record.order {
        let status = &order.content.status;
        let code = format!("{:?}", status.code);
        return (code, status.provider_code.clone(), status.is_final);
    }
    let vehicle = &record.vehicle.as_ref().unwrap().content;
    let word = vehicle.provider_status.clone().unwrap_or_default();
    (format!("{:?}", vehicle.status), word, false)
}

pub(super) fn status(code: u16, retry_after: Option<&str>) -> FaultKind {
    FaultKind::Status {
        code,
        retry_after: retry_after.map(str::to_owned),
    }
}

pub(super) fn json_body(status: u16, body: &str) -> FaultKind {
    FaultKind::RawBody {
        status,
        content_type: "application/json".to_owned(),
        body: body.to_owned(),
    }
}

pub(super) fn range(page: u32, per_page: u32) -> HistoryRange {
    HistoryRange { page, per_page }
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
