//! A schema over a database of its own, and rows to find in it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_graphql::Response;
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{Stream, StreamExt};
use leasegraph::{
    app::App,
    clock::Clock,
    domain::{
        Timestamp,
        account::{Account, AccountStatus},
        category::{Category, CategoryContent, CategoryGroup, CategoryLimits, CategoryScheme},
        content::Content,
        customer::Customer,
        event::{Event, Happening, NewEvent, OfferStatusChanged},
        id::{AccountId, CategoryId, OfferId, OrderId, VehicleId},
        money::Money,
        offer::{Accessory, Offer, OfferContent, OfferStatus, OfferStatusCode, Product},
        order::{Order, OrderContent, OrderKind, OrderStatus, OrderStatusCode},
        provider::ProviderKey,
        tenant::TenantId,
        vehicle::{Vehicle, VehicleContent, VehicleKind, VehicleStatusCode},
    },
    egress::Egress,
    events,
    graphql::{
        self, GraphSettings,
        caller::{Caller, Scopes},
    },
    planner::{Limits, Planned, Reason, Refusal},
    providers::{Registry, TransportSettings, Unmetered},
    store::{
        Tx,
        accounts::{self, NewAccount},
        connect, offers, orders,
        records::{self, Record, Source},
        seal::KeyRing,
        tenants, vehicles,
    },
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::support::database::TestDatabase;

pub(super) const NOON: &str = "2030-12-01T12:00:00Z";

/// The schema and what is behind it.
pub(super) struct Graph {
    pub(super) app: Arc<App>,
    door: graphql::Graph,
    pub(super) tenant: TenantId,
    pub(super) account: Account,
    statements: Arc<Mutex<Vec<String>>>,
    _database: TestDatabase,
}

/// Documents may cost whatever they do, and are executed each time: limits and answers that are kept
/// have tests of their own.
fn unlimited() -> GraphSettings {
    GraphSettings {
        answer_bytes: 0,
        limits: Limits {
            cost: u64::MAX,
            ..Limits::default()
        },
        ..GraphSettings::default()
    }
}

impl Graph {
    /// A schema over a database with one tenant, `acme`, and one account.
    pub(super) async fn new() -> Self {
        let database = TestDatabase::create().await;
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let hook = Arc::clone(&statements);
        let hook: connect::StatementHook =
            Arc::new(move |sql: &str| hook.lock().unwrap().push(sql.to_owned()));
        let db = connect::open(&database.url, Some(hook)).await.unwrap();
        connect::migrate_up(&db).await.unwrap();
        let egress = Egress::new(Vec::new()).unwrap();
        let clock = Clock::stopped(NOON.parse().unwrap());
        let app = Arc::new(App {
            db,
            clock: clock.clone(),
            keys: KeyRing::parse(&format!("k1:{}", BASE64_STANDARD.encode([7; 32]))).unwrap(),
            providers: Registry::new(
                egress.clone(),
                TransportSettings::default(),
                Arc::new(Unmetered),
                clock,
            ),
            egress,
            metrics: leasegraph::metrics::Metrics::default(),
            webhook_allow_http: false,
            sync_interval: Duration::from_mins(1),
            sync_requested: Notify::new(),
        });
        let graph = Self {
            door: graphql::Graph::new(Arc::clone(&app), unlimited(), Box::new(|_| true)).unwrap(),
            app,
            tenant: "acme".parse().unwrap(),
            account: account(ProviderKey::Jobrad),
            statements,
            _database: database,
        };
        graph.save_account(&graph.account).await;
        graph
    }

    pub(super) async fn begin(&self) -> Tx {
        let tx = self.app.db.begin().await.unwrap();
        tenants::ensure(&tx, &self.tenant, self.app.clock.now())
            .await
            .unwrap();
        tx
    }

    pub(super) async fn save_account(&self, account: &Account) {
        let tx = self.begin().await;
        let new = NewAccount {
            account,
            identity: &account.id.to_string(),
            credentials: b"{}",
        };
        accounts::save(&tx, &self.tenant, &self.app.keys, &new)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn save_offers(&self, rows: &[Offer]) {
        let tx = self.begin().await;
        for some in rows.chunks(500) {
            offers::insert_many(&tx, &self.tenant, some).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(super) async fn save_orders(&self, rows: &[Order]) {
        let tx = self.begin().await;
        orders::insert_many(&tx, &self.tenant, rows).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn save_vehicles(&self, rows: &[Vehicle]) {
        let tx = self.begin().await;
        vehicles::insert_many(&tx, &self.tenant, rows)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn save_categories(&self, rows: &[Category]) {
        let tx = self.begin().await;
        leasegraph::store::categories::save_many(&tx, &self.tenant, rows)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Notes that these offers came out of a record of the account each.
    pub(super) async fn save_origins(&self, of: &[Offer]) {
        let source = Source {
            tenant: &self.tenant,
            account: self.account.id,
            entity: leasegraph::domain::capability::EntityKind::Offer,
        };
        let record = |offer: &Offer| Record {
            id: Uuid::now_v7(),
            scope: String::new(),
            native_id: format!("native-{}", offer.id),
            offer_id: Some(offer.id),
            order_id: None,
            vehicle_id: None,
            raw: r#"{"z":1,"a":[2]}"#.to_owned(),
            mapping_version: 1,
            rejection: None,
            synced_at: self.app.clock.now(),
            submitted: None,
            vehicle_native_id: None,
            look_at: None,
        };
        let tx = self.begin().await;
        let rows = of.iter().map(record).collect();
        records::save_many(&tx, source, rows).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Notes that the status of an offer changed.
    pub(super) async fn append_status_changes(&self, of: &[Offer]) -> Vec<Event> {
        let happening = |offer: &Offer| NewEvent {
            happening: Happening::OfferStatusChanged(OfferStatusChanged {
                offer: offer.clone(),
                from: Some(OfferStatusCode::Open),
                from_provider_code: Some("open".to_owned()),
            }),
            occurred_at: self.app.clock.now(),
        };
        self.append(of.iter().map(happening).collect()).await
    }

    pub(super) async fn append(&self, new: Vec<NewEvent>) -> Vec<Event> {
        let mut tx = self.begin().await;
        let now = self.app.clock.now();
        let events = events::append(&mut tx, &self.tenant, new, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        events
    }

    /// Somebody of the tenant with these scopes.
    pub(super) fn caller(&self, scopes: &str) -> Caller {
        Caller {
            tenant: self.tenant.clone(),
            subject: "tester".to_owned(),
            scopes: Scopes::parse(scopes),
            expires_at: None,
        }
    }

    pub(super) fn stranger(&self) -> Caller {
        Caller {
            tenant: "somebody-else".parse().unwrap(),
            ..self.caller("admin")
        }
    }

    /// The whole answer to a document.
    pub(super) async fn ask_as(
        &self,
        caller: Option<Caller>,
        document: &str,
        variables: Value,
    ) -> Value {
        let planned = match self.plan(document, &variables) {
            Ok(planned) => planned,
            Err(refusal) => return refused(&refusal),
        };
        let answer = self.door.execute(planned, caller, ()).await.unwrap();
        serde_json::to_value(answer).unwrap()
    }

    /// One more schema over the same database, which keeps so many bytes of answers.
    pub(super) fn another_door(&self, answer_bytes: usize) -> graphql::Graph {
        let settings = GraphSettings {
            answer_bytes,
            ..unlimited()
        };
        graphql::Graph::new(Arc::clone(&self.app), settings, Box::new(|_| true)).unwrap()
    }

    /// The whole answer that such a schema gives, as it is written.
    pub(super) async fn text_at(
        &self,
        door: &graphql::Graph,
        caller: &Caller,
        (document, variables): (&str, &Value),
    ) -> String {
        let planned = self.plan(document, variables).unwrap();
        let answer = door.execute(planned, Some(caller.clone()), ()).await;
        serde_json::to_string(&answer.unwrap()).unwrap()
    }

    /// What a subscription says, one answer after the other.
    pub(super) fn follow(
        &self,
        caller: Option<Caller>,
        document: &str,
        variables: &Value,
    ) -> impl Stream<Item = Response> + Unpin + use<> {
        let planned = self.plan(document, variables).unwrap();
        Box::pin(
            self.door
                .follow(planned, caller, graphql::Bookmark::default())
                .map(Result::unwrap),
        )
    }

    pub(super) fn plan(&self, document: &str, variables: &Value) -> Result<Planned, Refusal> {
        let variables = variables.as_object().cloned().unwrap_or_default();
        let planner = self.door.planner();
        let document = planner.document(document)?;
        planner.plan(&document, None, variables)
    }

    /// The whole answer to a document of somebody who may do everything.
    pub(super) async fn ask(&self, document: &str) -> Value {
        let caller = Some(self.caller("admin"));
        self.ask_as(caller, document, Value::Null).await
    }

    /// The data of an answer without errors.
    pub(super) async fn data(&self, document: &str) -> Value {
        let mut answer = self.ask(document).await;
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"].take()
    }

    /// The SQL of everything since the last time somebody asked.
    pub(super) fn statements(&self) -> Vec<String> {
        std::mem::take(&mut *self.statements.lock().unwrap())
    }
}

/// What the door says when nothing is run.
fn refused(refusal: &Refusal) -> Value {
    let code = match refusal.reason {
        Reason::Variables => "BAD_USER_INPUT",
        Reason::Invalid => "GRAPHQL_VALIDATION_FAILED",
        other => panic!("{other:?}: {refusal}"),
    };
    let error = json!({ "message": refusal.to_string(), "extensions": { "code": code } });
    json!({ "errors": [error] })
}

pub(crate) fn account(provider: ProviderKey) -> Account {
    Account {
        id: AccountId::generate(),
        provider,
        name: "Radhaus".to_owned(),
        market: None,
        base_url: "https://api.example.com/".parse().unwrap(),
        status: AccountStatus::Connected,
        version: 1,
        created_at: NOON.parse().unwrap(),
    }
}

/// An instant that some offers share, so that lists have ties.
fn shared_instant(number: usize) -> Timestamp {
    let noon: Timestamp = NOON.parse().unwrap();
    noon + chrono::TimeDelta::seconds(i64::try_from(number / 7).unwrap())
}

/// The `number`th offer: no two are alike, and many have something in common.
pub(crate) fn offer(account: &Account, number: usize) -> Offer {
    let status = OfferStatusCode::ALL[number % 11];
    let at = shared_instant(number);
    let content = OfferContent {
        leasing_provider_slug: None,
        external_offer_id: Some(format!("shop-{number}")),
        offer_number: (!number.is_multiple_of(3)).then(|| format!("LA-{}", number / 2)),
        order_number: None,
        customer: Some(Customer {
            full_name: Some(format!("Ünal {}", number % 13)),
            email: Some(format!("u{}@example.com", number % 17)),
            ..Customer::default()
        }),
        product: Product {
            category_code: Some("0101".to_owned()),
            brand_name: Some(["Kalkhoff", "kalkhoff", "Cube"][number % 3].to_owned()),
            price: Some(Money::euros_gross("2900.99".parse().unwrap())),
            ..Product::default()
        },
        accessories: vec![Accessory {
            category_code: Some("2001".to_owned()),
            brand_name: Some("Abus".to_owned()),
            model_name: None,
            quantity: 1,
            price: None,
            list_price: None,
        }],
        with_shipping: None,
        shipping_cost: None,
        installation_cost: None,
        total: Some(Money::euros_gross((number % 5).into())),
        delivery_date: None,
        notes: None,
        status: OfferStatus {
            code: status,
            provider_code: status.as_str().to_lowercase(),
            is_final: number.is_multiple_of(2),
            message: None,
            translations: Vec::new(),
            next_steps: Vec::new(),
            errors: Vec::new(),
            infos: Vec::new(),
        },
    };
    Offer {
        id: OfferId::generate(),
        account_id: account.id,
        provider: account.provider,
        version: 1,
        status,
        provider_status: content.status.provider_code.clone(),
        is_final: content.status.is_final,
        created_at: at,
        updated_at: at + chrono::TimeDelta::milliseconds(i64::try_from(number % 4).unwrap()),
        status_changed_at: at,
        content: Content::new(content).unwrap(),
    }
}

/// An order, perhaps one that an offer became, perhaps about a vehicle.
pub(crate) fn order(account: &Account, number: usize) -> Order {
    let status = OrderStatusCode::ALL[number % 12];
    let at = shared_instant(number);
    let content = OrderContent {
        kind: OrderKind::ALL[number % 2],
        external_order_id: None,
        order_number: Some(format!("O-{}", number / 2)),
        customer: None,
        items: Vec::new(),
        months: Some(36),
        total: Some(Money::euros_gross((number % 5).into())),
        monthly_amount: None,
        buy_out: None,
        insurance_monthly_cost: None,
        insurance_yearly_cost: None,
        status: OrderStatus {
            code: status,
            provider_code: "x".to_owned(),
            is_final: false,
        },
        terminated_at: None,
    };
    Order {
        id: OrderId::generate(),
        account_id: account.id,
        provider: account.provider,
        offer_id: None,
        vehicle_id: None,
        version: 1,
        kind: content.kind,
        status,
        provider_status: "x".to_owned(),
        is_final: false,
        created_at: at,
        updated_at: at,
        status_changed_at: at,
        content: Content::new(content).unwrap(),
    }
}

pub(crate) fn vehicle(account: &Account, number: usize) -> Vehicle {
    let at = shared_instant(number);
    let content = VehicleContent {
        kind: VehicleKind::ALL[number % 3],
        customer_id: Some(format!("c{}", number % 4)),
        name: None,
        make: Some(["Gazelle", "VW"][number % 2].to_owned()),
        model: (!number.is_multiple_of(3)).then(|| format!("M{}", number % 5)),
        year: Some(2020 + i32::try_from(number % 9).unwrap()),
        color: None,
        engine: None,
        transmission: None,
        drive_type: None,
        vin: Some(format!("WVW{number:05}")),
        license_plate: None,
        state: None,
        mileage: None,
        image_url: None,
        notes: None,
        tags: Vec::new(),
        status: VehicleStatusCode::ALL[number % 3],
        provider_status: None,
    };
    Vehicle {
        id: VehicleId::generate(),
        account_id: account.id,
        provider: account.provider,
        version: 1,
        kind: content.kind,
        status: content.status,
        created_at: at,
        updated_at: at,
        status_changed_at: at,
        content: Content::new(content).unwrap(),
    }
}

/// A category; what is above it is in the code.
pub(crate) fn category(code: &str) -> Category {
    let parent = code.len().checked_sub(2).filter(|it| *it > 0);
    Category {
        id: CategoryId::generate(),
        provider: ProviderKey::Jobrad,
        scheme: CategoryScheme::Bidex,
        code: code.to_owned(),
        version: 1,
        content: CategoryContent {
            group: if code.starts_with("20") {
                CategoryGroup::Accessory
            } else {
                CategoryGroup::Bicycle
            },
            parent_code: parent.map(|it| code[..it].to_owned()),
            names: [("de", "Rad"), ("en", "Bike")]
                .map(|(language, name)| (language.to_owned(), format!("{name} {code}")))
                .into(),
            default_language: "de".to_owned(),
            leasable: code.len() > 2,
            provider_extension: false,
            limits: CategoryLimits::default(),
        },
    }
}

/// The fields of the three roots, as (root, field).
pub(super) fn root_fields(
    sdl: &async_graphql::parser::types::ServiceDocument,
) -> Vec<(String, String)> {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    let mut fields = Vec::new();
    for definition in &sdl.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let name = definition.node.name.node.as_str();
        let TypeKind::Object(object) = &definition.node.kind else {
            continue;
        };
        if ["Query", "Mutation", "Subscription"].contains(&name) {
            let of_root = object.fields.iter();
            fields.extend(of_root.map(|it| (name.to_owned(), it.node.name.node.to_string())));
        }
    }
    fields
}

/// What GraphiQL and code generators ask: graphql-js 16 with its options on.
pub(super) const INTROSPECTION: &str = "query IntrospectionQuery {
    __schema {
        description queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
    }
}
fragment FullType on __Type {
    kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) {
        name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason
    }
    inputFields(includeDeprecated: true) { ...InputValue }
    interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name } } } } } } } } }
}";
