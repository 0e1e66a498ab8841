//! The service with a sandbox behind it, both on clocks that stand still.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ipnet::IpNet;
use leasegraph::{
    app::App,
    clock::Clock,
    config::Role,
    domain::{Timestamp, provider::ProviderKey},
    egress::{Names, SystemNames},
    graphql::GraphSettings,
    http::{DoorSettings, KeySetSettings, ServerSettings, TokenKey, TokenSettings},
    limits::CallerLimits,
    planner::Limits,
    providers::{ChangePatience, NamedQuota, Quota, TransportSettings},
    service::{self, Parts, Service},
    store::seal::KeyRing,
    webhooks::Retention,
};
use sandbox::{ClockMode, Options, Sandbox};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::database::TestDatabase;

/// How long a test waits for something that should happen before it says that it did not.
const PATIENCE: Duration = Duration::from_secs(20);

/// The pause between two rounds of polling, in the clocks' time.
pub(crate) const SYNC_INTERVAL: Duration = Duration::from_secs(10);

/// The service, its sandbox and its database.
pub(crate) struct TestApp {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) url: String,
    /// Where whoever runs the service asks how it is.
    pub(crate) operations_url: String,
    pub(crate) http: reqwest::Client,
    pub(crate) key: TokenKey,
    pub(crate) database: TestDatabase,
    key_set: Option<KeySetSettings>,
    /// What may be dialled beside public addresses, from the next start on.
    pub(crate) opened_ranges: Vec<IpNet>,
    /// Who says what names mean, from the next start on.
    pub(crate) names: Arc<dyn Names>,
    quotas: BTreeMap<String, Quota>,
    sync_interval: Duration,
    door: DoorSettings,
    statements: Arc<Mutex<Vec<String>>>,
    /// Part of a statement whose resolver panics.
    panic_at: Arc<Mutex<Option<String>>>,
    service: Option<Service>,
}

/// Somebody with a token for one tenant.
pub(crate) struct Tenant<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) name: String,
    pub(crate) token: String,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(&[Role::Api, Role::Sync, Role::Deliver]).await
    }

    /// A service that does only some things by itself.
    pub(crate) async fn with(roles: &[Role]) -> Self {
        Self::with_door(roles, |_| {}).await
    }

    /// A service with a door of its own.
    pub(crate) async fn with_door(roles: &[Role], change: impl FnOnce(&mut DoorSettings)) -> Self {
        let mut door = door();
        change(&mut door);
        Self::made_of(roles, (plenty(), SYNC_INTERVAL), door).await
    }

    /// A service that keeps to the quotas that are built in, with another pause between two rounds.
    pub(crate) async fn at_pace(roles: &[Role], sync_interval: Duration) -> Self {
        Self::made_of(roles, (BTreeMap::new(), sync_interval), door()).await
    }

    /// A service that may make as many requests as `LEASEGRAPH_REQUEST_QUOTAS` says.
    pub(crate) async fn limited(roles: &[Role], quotas: &[&str]) -> Self {
        let mut all = plenty();
        for quota in quotas {
            let NamedQuota { name, quota } = quota.parse().unwrap();
            all.insert(name, quota);
        }
        Self::made_of(roles, (all, SYNC_INTERVAL), door()).await
    }

    /// A service that trusts an issuer's public keys, beside the development key.
    pub(crate) async fn trusting(key_set: KeySetSettings) -> Self {
        Self::serving(ServerSettings::default(), Some(key_set)).await
    }

    /// A service whose server takes on, and waits, as these settings say.
    pub(crate) async fn serving(server: ServerSettings, key_set: Option<KeySetSettings>) -> Self {
        let door = DoorSettings { server, ..door() };
        let mut app = Self::prepared((plenty(), SYNC_INTERVAL), door).await;
        app.key_set = key_set;
        app.start_service(&[Role::Api]).await;
        app
    }

    async fn made_of(
        roles: &[Role],
        (quotas, sync_interval): (BTreeMap<String, Quota>, Duration),
        door: DoorSettings,
    ) -> Self {
        let mut app = Self::prepared((quotas, sync_interval), door).await;
        app.start_service(roles).await;
        app
    }

    /// Everything but the service.
    async fn prepared(
        (quotas, sync_interval): (BTreeMap<String, Quota>, Duration),
        door: DoorSettings,
    ) -> Self {
        let start: Timestamp = "2030-12-01T12:00:00Z".parse().unwrap();
        let options = Options {
            clock: ClockMode::Stopped(start),
            offers: 0,
            ..Options::default()
        };
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            sandbox: Sandbox::start(anywhere, options).await.unwrap(),
            clock: Clock::stopped(start),
            url: String::new(),
            operations_url: String::new(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            key: TokenKey {
                secret: "a key for tests, long enough for all of them".into(),
                issuer: "leasegraph".to_owned(),
                audience: "leasegraph".to_owned(),
            },
            database: TestDatabase::create().await,
            key_set: None,
            opened_ranges: vec!["127.0.0.0/8".parse().unwrap()],
            names: Arc::new(SystemNames),
            quotas,
            sync_interval,
            door,
            statements: Arc::default(),
            panic_at: Arc::default(),
            service: None,
        }
    }

    /// Another process beside this one, on the same database. Not for SQLite.
    pub(crate) async fn beside(&self, roles: &[Role]) -> Self {
        let mut app = Self {
            sandbox: self.sandbox.clone(),
            clock: self.clock.clone(),
            url: String::new(),
            operations_url: String::new(),
            http: self.http.clone(),
            key: self.key.clone(),
            database: self.database.clone(),
            key_set: self.key_set.clone(),
            opened_ranges: self.opened_ranges.clone(),
            names: Arc::clone(&self.names),
            quotas: self.quotas.clone(),
            sync_interval: self.sync_interval,
            door: self.door.clone(),
            statements: Arc::default(),
            panic_at: Arc::default(),
            service: None,
        };
        app.start_service(roles).await;
        app
    }

    async fn start_service(&mut self, roles: &[Role]) {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = service::listen(anywhere).await.unwrap();
        let operations = service::listen(anywhere).await.unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        self.operations_url = format!("http://{}", operations.local_addr().unwrap());
        let mut parts = self.parts(roles);
        parts.operations = Some(operations);
        let service = Service::start(parts, Some(listener)).await;
        self.service = Some(service.unwrap());
    }

    fn parts(&self, roles: &[Role]) -> Parts {
        let statements = Arc::clone(&self.statements);
        let panic_at = Arc::clone(&self.panic_at);
        Parts {
            database_url: self.database.url.clone(),
            clock: self.clock.clone(),
            keys: KeyRing::parse(&format!("k1:{}", BASE64_STANDARD.encode([7; 32]))).unwrap(),
            tokens: TokenSettings {
                key_set: self.key_set.clone(),
                ..self.key.clone().into()
            },
            opened_ranges: self.opened_ranges.clone(),
            names: Arc::clone(&self.names),
            webhook_allow_http: true,
            retention: Retention::default(),
            sync_interval: self.sync_interval,
            transport: TransportSettings {
                first_pause: Duration::from_millis(1),
                call_timeout: Duration::from_secs(20),
                attempt_timeout: Duration::from_secs(15),
                quotas: self.quotas.clone(),
                changes: ChangePatience {
                    busy_pause: Duration::from_millis(20),
                    look_pause: Duration::from_millis(5),
                    ..ChangePatience::default()
                },
                ..TransportSettings::default()
            },
            roles: roles.to_vec(),
            door: self.door.clone(),
            operations: None,
            statement_hook: Some(Arc::new(move |sql| {
                statements.lock().unwrap().push(sql.to_owned());
                let panic_at = panic_at.lock().unwrap().clone();
                assert!(!panic_at.is_some_and(|it| sql.contains(&it)), "{sql}");
            })),
        }
    }

    /// Ends the service cleanly and starts it again on the same database.
    pub(crate) async fn restart(&mut self, roles: &[Role]) {
        self.service.take().unwrap().stop().await;
        self.start_service(roles).await;
    }

    /// Changes the door from the next start on.
    pub(crate) fn change_door(&mut self, change: impl FnOnce(&mut DoorSettings)) {
        change(&mut self.door);
    }

    /// Lets whoever makes such a statement panic.
    pub(crate) fn panic_at(&self, part: &str) {
        *self.panic_at.lock().unwrap() = Some(part.to_owned());
    }

    /// Makes every read of a table take some seconds.
    pub(crate) async fn make_slow(&self, table: &str) {
        let db = &self.app().db;
        super::database::execute(db, &format!("ALTER TABLE {table} RENAME TO quick")).await;
        let slow = if self.database.url.starts_with("sqlite") {
            "SELECT count(*) AS n FROM (WITH RECURSIVE n(i) AS
                (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000000) SELECT i FROM n)"
        } else {
            "SELECT 1 AS n FROM pg_sleep(3)"
        };
        let view = format!(
            "CREATE VIEW {table} AS SELECT quick.* FROM ({slow}) slow LEFT JOIN quick ON n > 0"
        );
        super::database::execute(db, &view).await;
    }

    /// Begins to end the service; what it answers meanwhile can be looked at.
    pub(crate) fn begin_to_stop(&mut self) -> JoinHandle<()> {
        tokio::spawn(self.service.take().unwrap().stop())
    }

    pub(crate) fn app(&self) -> &App {
        &self.service.as_ref().unwrap().app
    }

    /// Somebody who may do everything for the tenant.
    pub(crate) fn tenant(&self, name: &str) -> Tenant<'_> {
        self.tenant_with(name, "admin")
    }

    /// Somebody who may do some things for the tenant.
    pub(crate) fn tenant_with(&self, name: &str, scopes: &str) -> Tenant<'_> {
        let claims = (&name.parse().unwrap(), "tester", scopes);
        let token = self
            .key
            .mint(claims, self.clock.now(), Duration::from_hours(24 * 60));
        Tenant {
            app: self,
            name: name.to_owned(),
            token: token.unwrap(),
        }
    }

    /// Moves both clocks.
    pub(crate) fn advance(&self, by: Duration) {
        self.sandbox.advance(by);
        self.clock.advance(by);
    }

    /// The SQL of everything that was done since the last time somebody asked.
    pub(crate) fn statements(&self) -> Vec<String> {
        std::mem::take(&mut *self.statements.lock().unwrap())
    }
}

/// A door whose limits no test meets by accident: the clock stands still, so what is used up stays so.
fn door() -> DoorSettings {
    let caller_limits = CallerLimits {
        cost_per_minute: 1_000_000_000,
        introspections_per_minute: 1_000_000,
        ..CallerLimits::default()
    };
    DoorSettings {
        graphiql: true,
        graph: GraphSettings {
            caller_limits,
            // Some tests look at everything at once.
            limits: Limits {
                cost: 1_000_000,
                ..Limits::default()
            },
            ..GraphSettings::default()
        },
        ..DoorSettings::default()
    }
}

/// Quotas that no test uses up by accident.
fn plenty() -> BTreeMap<String, Quota> {
    let quota = Quota {
        requests: 10_000,
        window: Duration::from_secs(1),
        reserve: 0,
    };
    let names = ProviderKey::ALL.map(ProviderKey::slug);
    let apart = ["autoleap.read", "autoleap.write"];
    let names = names.into_iter().chain(apart);
    names.map(|it| (it.to_owned(), quota)).collect()
}

/// Waits for something that is about to happen.
pub(crate) async fn eventually<T, F>(what: &str, look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    within(PATIENCE, what, look).await
}

/// Waits for something that happens after a while, such as the end of a lease.
pub(crate) async fn within<T, F>(patience: Duration, what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let look = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(patience, look)
        .await
        .unwrap_or_else(|_| panic!("{what} did not happen in time"))
}

/// An answer without what no other one has: what it cost, and the id in its errors.
pub(crate) fn without_its_own(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().remove("extensions");
    let errors = answer.get_mut("errors").and_then(Value::as_array_mut);
    for error in errors.into_iter().flatten() {
        error["extensions"]
            .as_object_mut()
            .unwrap()
            .remove("requestId");
    }
    answer
}

impl Tenant<'_> {
    /// Sends a document and returns the whole answer.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let answer = self
            .app
            .http
            .post(format!("{}/graphql", self.app.url))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .unwrap();
        without_its_own(answer.json().await.unwrap())
    }

    /// Sends a document that must succeed and returns its data.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.graphql(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"].take()
    }

    /// Connects the sandbox's account and returns the payload.
    pub(crate) async fn try_connect(&self, input: Value) -> Value {
        let mutation = "mutation ($input: ConnectProviderAccountInput!) {
            connectProviderAccount(input: $input) {
                account { id name status provider { key } }
                userErrors { code message field }
            }
        }";
        let mut data = self.data(mutation, json!({ "input": input })).await;
        data["connectProviderAccount"].take()
    }

    /// The input with which the sandbox's account is connected.
    pub(crate) fn connection(&self) -> Value {
        let (client_id, client_secret) = self.app.sandbox.jobrad_credentials();
        json!({
            "name": "Radhaus",
            "baseUrl": self.app.sandbox.jobrad_base_url(),
            "credentials": { "jobrad": {
                "clientId": client_id,
                "clientSecret": client_secret,
                "tokenUrl": self.app.sandbox.jobrad_token_url(),
            } },
        })
    }

    /// Connects the sandbox's account, waits for the first sync, and returns the account's id.
    pub(crate) async fn connect(&self) -> String {
        let payload = self.try_connect(self.connection()).await;
        assert_eq!(payload["userErrors"], json!([]));
        self.synced().await;
        payload["account"]["id"].as_str().unwrap().to_owned()
    }

    /// Waits until every kind of record was synced successfully at this very moment of the clock.
    pub(crate) async fn synced(&self) {
        let now = self.app.clock.now();
        eventually("a sync", async || {
            let offers = self.sync_status("OFFER").await;
            let time = |name: &str| Some(offers[name].as_str()?.parse::<Timestamp>().unwrap());
            let at = time("lastSuccessAt")?;
            // The round is over only when the next one has its time.
            time("nextAttemptAt").filter(|it| *it > now)?;
            let categories = self.sync_status("CATEGORY").await;
            (at == now && !categories["lastSuccessAt"].is_null()).then_some(())
        })
        .await;
    }

    /// Lets one interval go by and waits for the round of polling that follows.
    pub(crate) async fn next_round(&self) {
        self.app.advance(SYNC_INTERVAL);
        self.synced().await;
    }

    /// How the sync of one kind of record stands.
    pub(crate) async fn sync_status(&self, entity: &str) -> Value {
        let query = "{ providerAccounts(first: 1) { nodes {
            status sync { entity lastSuccessAt lastAttemptAt nextAttemptAt stale error }
        } } }";
        let mut data = self.data(query, json!({})).await;
        let account = data["providerAccounts"]["nodes"][0].take();
        let mut of_entity = account["sync"].as_array().unwrap().iter();
        of_entity
            .rfind(|it| it["entity"] == entity)
            .cloned()
            .unwrap_or_default()
    }

    /// The tenant's events, oldest first, as (type, rest).
    pub(crate) async fn events(&self) -> Vec<Value> {
        let query = "query ($after: String) { events(first: 100, after: $after) {
            nodes {
                id type cursor sequence occurredAt observedAt
                ... on OfferStatusChanged { from to fromProviderCode toProviderCode offer { offerNumber } }
                ... on OfferCreated { offer { offerNumber } }
                ... on OfferUpdated { changedFields offer { offerNumber } }
                ... on OrderCreated { order { orderNumber } }
                ... on ProviderAccountStatusChanged { accountFrom: from accountTo: to }
            }
            pageInfo { hasNextPage endCursor }
        } }";
        let mut events = Vec::new();
        let mut after = Value::Null;
        loop {
            let mut data = self.data(query, json!({ "after": after })).await;
            let page = data["events"].take();
            events.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] != true {
                return events;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// The types of the tenant's events, oldest first.
    pub(crate) async fn event_types(&self) -> Vec<String> {
        let events = self.events().await;
        let of = |it: &Value| it["type"].as_str().unwrap().to_owned();
        events.iter().map(of).collect()
    }

    /// Offers by their number.
    pub(crate) async fn offers(&self) -> HashMap<String, Value> {
        let query = "{ offers(first: 100) { nodes {
            id offerNumber externalOfferId
            status { code providerCode final }
            product { brandName price { amount currencyCode taxMode } category { code name } }
            order { orderNumber status { code } vehicle { make kind } }
            total { amount }
        } } }";
        let mut data = self.data(query, json!({})).await;
        let nodes = data["offers"]["nodes"].take();
        let nodes = nodes.as_array().unwrap().iter();
        let number = |it: &Value| it["offerNumber"].as_str().unwrap_or_default().to_owned();
        nodes.map(|it| (number(it), it.clone())).collect()
    }
}
