//! A tenant with endpoints, a clock that stands still, and a deliverer that can be started, stopped
//! and killed.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use leasegraph::{
    app::App,
    background::Background,
    clock::Clock,
    domain::{
        Timestamp,
        account::{Account, AccountStatus},
        event::{Event, EventType, Happening, NewEvent, ProviderAccountStatusChanged},
        id::{AccountId, EndpointId},
        provider::ProviderKey,
        tenant::TenantId,
        webhook::{Attempt, Delivery, DeliveryStatus, Endpoint, EndpointHeader},
    },
    egress::Egress,
    events,
    idempotency::Claim,
    operations::{
        create_webhook_endpoint::{
            CreateWebhookEndpointError, CreatedEndpoint, NewEndpoint, create_webhook_endpoint,
        },
        update_webhook_endpoint::{EndpointChange, update_webhook_endpoint},
    },
    providers::{Registry, TransportSettings, Unmetered},
    store::{
        Db, attempts, connect, deliveries, endpoints,
        filter::Filter,
        page::{Direction, Range},
        seal::KeyRing,
        tenants,
    },
    webhooks::{self, Retention},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::receiver::{Received, Receiver};
use crate::support::database::TestDatabase;

const KEYS: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// How long to wait for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait for what must not happen: longer than the deliverer's look at the database.
const A_WHILE: Duration = Duration::from_millis(1500);

pub(crate) struct World {
    pub(crate) database: Arc<TestDatabase>,
    pub(crate) app: Arc<App>,
    pub(crate) tenant: TenantId,
    deliverer: Option<Background>,
    statements: Arc<Mutex<Vec<String>>>,
    /// What takes the steps of replays.
    replayer: Option<Background>,
    /// What removes what is old.
    retainer: Option<Background>,
}

impl World {
    /// A world in which webhooks may go to this machine.
    pub(crate) async fn new() -> Self {
        let egress = Egress::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        Self::with_egress(egress, true).await
    }

    pub(crate) async fn with_egress(egress: Egress, allow_http: bool) -> Self {
        let database = TestDatabase::create().await;
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let hook = Arc::clone(&statements);
        let hook = move |sql: &str| hook.lock().unwrap().push(sql.to_owned());
        let db = connect::open(&database.url, Some(Arc::new(hook)))
            .await
            .unwrap();
        connect::migrate_up(&db).await.unwrap();
        // The official libraries refuse timestamps that are far from their own clock's.
        let clock = Clock::stopped(Clock::system().now());
        let app = app(db, clock, egress, allow_http);
        let world = Self {
            database: Arc::new(database),
            app: Arc::new(app),
            tenant: "acme".parse().unwrap(),
            deliverer: None,
            statements,
            replayer: None,
            retainer: None,
        };
        world.ensure(&world.tenant).await;
        world
    }

    async fn ensure(&self, tenant: &TenantId) {
        let tx = self.app.db.begin().await.unwrap();
        tenants::ensure(&tx, tenant, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The same world, for another tenant.
    pub(crate) async fn of(&self, tenant: &str) -> Self {
        let tenant = tenant.parse().unwrap();
        self.ensure(&tenant).await;
        Self {
            database: Arc::clone(&self.database),
            app: Arc::clone(&self.app),
            tenant,
            deliverer: None,
            statements: Arc::clone(&self.statements),
            replayer: None,
            retainer: None,
        }
    }

    /// The same world, as another process sees it: with its own connections to the database.
    /// `SQLite` lets in one process only, so there they are the same.
    pub(crate) async fn as_another_process(&self) -> Self {
        let db = if self.database.is_sqlite() {
            self.app.db.clone()
        } else {
            connect::open(&self.database.url, None).await.unwrap()
        };
        let egress = self.app.egress.clone();
        Self {
            database: Arc::clone(&self.database),
            app: Arc::new(app(db, self.app.clock.clone(), egress, true)),
            tenant: self.tenant.clone(),
            deliverer: None,
            statements: Arc::clone(&self.statements),
            replayer: None,
            retainer: None,
        }
    }

    /// The same world after somebody lost the keys.
    pub(crate) fn with_other_keys(&self) -> Self {
        let keys = KeyRing::parse(&KEYS.replacen("test", "other", 1)).unwrap();
        let app = App {
            keys,
            ..app(
                self.app.db.clone(),
                self.app.clock.clone(),
                self.app.egress.clone(),
                true,
            )
        };
        Self {
            database: Arc::clone(&self.database),
            app: Arc::new(app),
            tenant: self.tenant.clone(),
            deliverer: None,
            statements: Arc::clone(&self.statements),
            replayer: None,
            retainer: None,
        }
    }

    pub(crate) fn deliver(&mut self) {
        let mut background = Background::default();
        let shutdown = background.shutdown();
        background.spawn(webhooks::deliver(Arc::clone(&self.app), shutdown));
        self.deliverer = Some(background);
    }

    /// The statements since this was last asked, but those about the life of deliverers and what they
    /// look at now and then.
    pub(crate) fn statements(&self) -> Vec<String> {
        let mut statements = self.all_statements();
        let aside = ["webhook_worker", "WITH RECURSIVE queue", "GROUP BY"];
        statements.retain(|sql| !aside.iter().any(|it| sql.contains(it)));
        statements
    }

    pub(crate) fn all_statements(&self) -> Vec<String> {
        std::mem::take(&mut *self.statements.lock().unwrap())
    }

    /// Takes the steps of replays.
    pub(crate) fn replay(&mut self) {
        let mut background = Background::default();
        let shutdown = background.shutdown();
        background.spawn(webhooks::replay(
            Arc::clone(&self.app),
            Retention::default(),
            shutdown,
        ));
        self.replayer = Some(background);
    }

    /// Ends what takes the steps of replays as a power cut does.
    pub(crate) fn kill_replay(&mut self) {
        drop(self.replayer.take());
    }

    /// Removes what is older than this.
    pub(crate) fn retain(&mut self, retention: Retention) {
        let mut background = Background::default();
        let shutdown = background.shutdown();
        let retain = webhooks::retain(Arc::clone(&self.app), retention, shutdown);
        background.spawn(retain);
        self.retainer = Some(background);
    }

    /// Asks the deliverer to end, and says how long that took.
    pub(crate) async fn stop(&mut self) -> Duration {
        let started = Instant::now();
        self.deliverer.take().unwrap().stop(PATIENCE).await;
        started.elapsed()
    }

    /// Ends the deliverer as a power cut does.
    pub(crate) fn kill(&mut self) {
        drop(self.deliverer.take());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    pub(crate) fn advance(&self, seconds: f64) {
        self.app.clock.advance(Duration::from_secs_f64(seconds));
    }

    /// Creates an endpoint for every type, and returns it with its secret.
    pub(crate) async fn endpoint(&self, url: &Url) -> (Endpoint, String) {
        let created = self.create(new_endpoint(url)).await.unwrap();
        let endpoint = self.find(created.id).await.unwrap();
        (endpoint, created.secret.expose_secret().to_owned())
    }

    pub(crate) async fn create(
        &self,
        new: NewEndpoint,
    ) -> Result<CreatedEndpoint, CreateWebhookEndpointError> {
        create_webhook_endpoint(&self.app, &self.tenant, new, &Claim::without_key()).await
    }

    /// An endpoint at a receiver, with a change on its way to it.
    pub(crate) async fn endpoint_and_delivery(
        &mut self,
        receiver: &Receiver,
    ) -> (Endpoint, String) {
        let created = self.endpoint(&receiver.url()).await;
        self.change().await;
        self.deliver();
        created
    }

    pub(crate) async fn endpoint_with_headers(
        &self,
        url: &Url,
        headers: Vec<EndpointHeader>,
    ) -> Endpoint {
        let new = NewEndpoint {
            headers,
            ..new_endpoint(url)
        };
        let created = self.create(new).await.unwrap();
        self.find(created.id).await.unwrap()
    }

    /// Switches an endpoint off or on.
    pub(crate) async fn enable(&self, id: EndpointId, enabled: bool) {
        let change = EndpointChange {
            enabled: Some(enabled),
            ..EndpointChange::default()
        };
        update_webhook_endpoint(&self.app, &self.tenant, id, change)
            .await
            .unwrap();
    }

    /// Creates an endpoint that wants only changes of accounts.
    pub(crate) async fn endpoint_for_accounts(&self, url: &Url) -> Endpoint {
        let new = NewEndpoint {
            event_types: vec![EventType::ProviderAccountStatusChanged],
            ..new_endpoint(url)
        };
        let created = self.create(new).await.unwrap();
        self.find(created.id).await.unwrap()
    }

    /// Something happens to a record that nothing has happened to before.
    pub(crate) async fn change(&self) -> Event {
        self.changes(AccountId::generate(), 1..=1).await.remove(0)
    }

    /// Something happens to many such records at once.
    pub(crate) async fn many_changes(&self, count: usize) -> Vec<Event> {
        let new = (0..count).map(|_| self.happening(AccountId::generate(), 1));
        self.append(new.collect()).await
    }

    /// A record goes through these versions.
    pub(crate) async fn changes(
        &self,
        account: AccountId,
        versions: std::ops::RangeInclusive<i64>,
    ) -> Vec<Event> {
        let new = versions.map(|version| self.happening(account, version));
        self.append(new.collect()).await
    }

    fn happening(&self, id: AccountId, version: i64) -> NewEvent {
        let now = self.now();
        let account = Account {
            id,
            provider: ProviderKey::Jobrad,
            name: "Workshop in the Gärtnerstraße".to_owned(),
            market: None,
            base_url: "https://api.example.com/".parse().unwrap(),
            status: AccountStatus::Degraded,
            version,
            created_at: now,
        };
        NewEvent {
            happening: Happening::ProviderAccountStatusChanged(ProviderAccountStatusChanged {
                account,
                from: Some(AccountStatus::Connected),
            }),
            occurred_at: now,
        }
    }

    async fn append(&self, new: Vec<NewEvent>) -> Vec<Event> {
        let mut tx = self.app.db.begin().await.unwrap();
        let now = self.now();
        let events = events::append(&mut tx, &self.tenant, new, now).await;
        tx.commit().await.unwrap();
        events.unwrap()
    }

    /// The tenant's newest event of a type.
    pub(crate) async fn newest(&self, event_type: EventType) -> Option<Event> {
        use leasegraph::store::events;

        let all = Filter::everything();
        let events = events::after(self.app.db.read(), &self.tenant, &all, (0, 10_000)).await;
        let mut events = events.unwrap();
        events.retain(|it| it.happening.event_type() == event_type);
        events.pop()
    }

    pub(crate) async fn deliveries(&self, endpoint: EndpointId) -> Vec<Delivery> {
        let mut deliveries = self.all_deliveries().await;
        deliveries.retain(|it| it.endpoint_id == endpoint);
        deliveries
    }

    async fn all_deliveries(&self) -> Vec<Delivery> {
        let all = Filter::everything();
        let range = Range {
            direction: Direction::Ascending,
            after: None,
            before: None,
            limit: 10_000,
            from_the_end: false,
        };
        let page = deliveries::page(self.app.db.read(), &self.tenant, &all, &range).await;
        page.unwrap().rows.into_iter().map(|it| it.1).collect()
    }

    /// The one delivery to an endpoint.
    pub(crate) async fn delivery(&self, endpoint: EndpointId) -> Delivery {
        let mut deliveries = self.deliveries(endpoint).await;
        assert_eq!(deliveries.len(), 1, "{deliveries:#?}");
        deliveries.remove(0)
    }

    pub(crate) async fn attempts(&self, delivery: &Delivery) -> Vec<Attempt> {
        let found = attempts::of_deliveries(self.app.db.read(), &[delivery.id]).await;
        found.unwrap().into_iter().map(|it| it.1).collect()
    }

    /// The first attempt of the one delivery to an endpoint, when it is recorded.
    pub(crate) async fn first_attempt(&self, endpoint: EndpointId) -> Attempt {
        let delivery = self.after_attempts(endpoint, 1).await;
        self.attempts(&delivery).await.remove(0)
    }

    /// The one delivery to an endpoint, after this many attempts were recorded.
    pub(crate) async fn after_attempts(&self, endpoint: EndpointId, count: usize) -> Delivery {
        let delivery = self.delivery(endpoint).await;
        let recorded = async || self.attempts(&delivery).await.len() >= count;
        eventually("the attempts are recorded", recorded).await;
        self.delivery(endpoint).await
    }

    pub(crate) async fn wait_for(&self, endpoint: EndpointId, status: DeliveryStatus) {
        let reached = async || {
            let deliveries = self.deliveries(endpoint).await;
            !deliveries.is_empty() && deliveries.iter().all(|it| it.status == status)
        };
        eventually(&format!("all deliveries are {status:?}"), reached).await;
    }

    /// Waits until nothing is being attempted. The clock must not be moved far before: what is
    /// leased would be taken over.
    pub(crate) async fn wait_for_no_lease(&self) {
        let idle = async || {
            let due = |it: &Delivery| it.next_attempt_at.is_some_and(|at| at <= self.now());
            let all = self.all_deliveries().await;
            let is_leased = |it: &Delivery| it.status == DeliveryStatus::Delivering;
            !all.iter().any(|it| is_leased(it) || due(it))
        };
        eventually("nothing is leased or due", idle).await;
    }

    /// Lets a delivery fail, each attempt as early as the schedule has it, until it is given up.
    pub(crate) async fn give_up(&self, delivery: &Delivery) -> Delivery {
        loop {
            let now = self.reload(delivery).await;
            if now.status == DeliveryStatus::Exhausted {
                return now;
            }
            let made = self.attempts(delivery).await.len();
            let wait = now.next_attempt_at.map(|at| seconds(at - self.now()));
            self.advance(wait.unwrap_or_default().max(0.0));
            let looks = AtomicUsize::new(0);
            let attempted = async || {
                // Time goes on: an endpoint that seems to be down is probed now and then. Not faster
                // than a deliverer can say that it lives.
                if looks.fetch_add(1, Ordering::Relaxed) % 20 == 19 {
                    self.advance(30.0);
                }
                self.attempts(delivery).await.len() > made
            };
            eventually("another attempt is recorded", attempted).await;
        }
    }

    /// A delivery as it is now.
    pub(crate) async fn reload(&self, delivery: &Delivery) -> Delivery {
        let found = deliveries::find_many(self.app.db.read(), &self.tenant, &[delivery.id]).await;
        found.unwrap().remove(0)
    }

    /// Waits until a receiver was asked this often, and every attempt is recorded.
    pub(crate) async fn wait_for_arrivals(&self, receiver: &Receiver, count: usize) {
        requests(receiver, count).await;
        self.wait_for_no_lease().await;
    }

    pub(crate) async fn find(&self, endpoint: EndpointId) -> Option<Endpoint> {
        let found = endpoints::find(self.app.db.read(), &self.tenant, &self.app.keys, endpoint);
        found.await.unwrap()
    }
}

fn app(db: Db, clock: Clock, egress: Egress, webhook_allow_http: bool) -> App {
    App {
        db,
        clock: clock.clone(),
        keys: KeyRing::parse(KEYS).unwrap(),
        providers: Registry::new(
            egress.clone(),
            TransportSettings::default(),
            Arc::new(Unmetered),
            clock,
        ),
        egress,
        metrics: leasegraph::metrics::Metrics::default(),
        webhook_allow_http,
        sync_interval: Duration::from_mins(1),
        sync_requested: tokio::sync::Notify::new(),
    }
}

pub(crate) fn new_endpoint(url: &Url) -> NewEndpoint {
    NewEndpoint {
        url: url.to_string(),
        description: None,
        event_types: Vec::new(),
        headers: Vec::new(),
        shape: None,
    }
}

pub(crate) fn header(name: &str, value: &str) -> EndpointHeader {
    EndpointHeader {
        name: name.to_owned(),
        value: SecretString::from(value),
    }
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Gives what must not happen the time to happen.
pub(crate) async fn a_while() {
    tokio::time::sleep(A_WHILE).await;
}

/// The requests of a receiver, when there are this many.
pub(crate) async fn requests(receiver: &Receiver, count: usize) -> Vec<Received> {
    let arrived = async || receiver.received().len() >= count;
    eventually("the requests arrive", arrived).await;
    receiver.received()
}

/// How far a time is from another, in seconds.
pub(crate) fn seconds(wait: TimeDelta) -> f64 {
    wait.as_seconds_f64()
}
