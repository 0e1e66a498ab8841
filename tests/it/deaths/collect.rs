//! What the service says when everything is over: through its API, and in the bytes of its database.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};

use super::evidence::{Delivery, Event, OfferNews};
use crate::support::{database::TestDatabase, process::Process};

const OFFERS: &str = "query ($after: String) { offers(first: 100, after: $after) {
    nodes { offerNumber status { providerCode } }
    pageInfo { hasNextPage endCursor }
} }";

const EVENTS: &str = "query ($after: String) { events(first: 100, after: $after) {
    nodes {
        id type sequence
        ... on OfferCreated { offer { id offerNumber status { providerCode } } }
        ... on OfferUpdated { offer { id offerNumber status { providerCode } } }
        ... on OfferStatusChanged {
            fromProviderCode offer { id offerNumber status { providerCode } }
        }
        ... on OrderCreated { order { id } }
        ... on OrderUpdated { order { id } }
        ... on OrderStatusChanged { order { id } }
        ... on VehicleCreated { vehicle { id } }
        ... on VehicleUpdated { vehicle { id } }
        ... on VehicleStatusChanged { vehicle { id } }
        ... on ProviderAccountStatusChanged { account { id } }
        ... on WebhookEndpointDisabled { endpointId }
    }
    pageInfo { hasNextPage endCursor }
} }";

const DELIVERIES: &str = "query ($after: String) { webhookDeliveries(first: 100, after: $after) {
    nodes { endpoint { id } messageId status payload attempts { number } }
    pageInfo { hasNextPage endCursor }
} }";

/// Where the service says that each offer stands, by number.
pub(super) async fn offers(process: &Process) -> HashMap<String, String> {
    let nodes = all(process, "offers", OFFERS).await;
    let offer = |it: &Value| {
        let code = text(&it["status"]["providerCode"]);
        (text(&it["offerNumber"]), code)
    };
    nodes.iter().map(offer).collect()
}

/// The log, from its beginning.
pub(super) async fn events(process: &Process) -> Vec<Event> {
    let nodes = all(process, "events", EVENTS).await;
    nodes.iter().map(event).collect()
}

fn event(node: &Value) -> Event {
    let subjects = ["offer", "order", "vehicle", "account"];
    let subject = subjects.iter().find_map(|it| node[it]["id"].as_str());
    let offer = &node["offer"];
    Event {
        id: text(&node["id"]),
        kind: text(&node["type"]),
        subject: subject.unwrap_or("an endpoint").to_owned(),
        sequence: number(&node["sequence"]),
        offer: offer.is_object().then(|| OfferNews {
            number: text(&offer["offerNumber"]),
            from: node["fromProviderCode"].as_str().map(str::to_owned),
            to: text(&offer["status"]["providerCode"]),
        }),
    }
}

/// Everything that was or is on its way.
pub(super) async fn deliveries(process: &Process) -> Vec<Delivery> {
    let nodes = all(process, "webhookDeliveries", DELIVERIES).await;
    let attempt = |it: &Value| u32::try_from(number(&it["number"])).unwrap();
    let delivery = |it: &Value| Delivery {
        endpoint: text(&it["endpoint"]["id"]),
        id: text(&it["messageId"]),
        status: text(&it["status"]),
        payload: it["payload"].clone(),
        attempts: it["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .map(attempt)
            .collect(),
    };
    nodes.iter().map(delivery).collect()
}

/// The ids of the endpoints that there are.
pub(super) async fn endpoints(process: &Process) -> Vec<String> {
    let query = "{ webhookEndpoints(first: 100) { nodes { id } } }";
    let data = process.data(query, json!({})).await;
    let nodes = data["webhookEndpoints"]["nodes"].as_array().unwrap();
    nodes.iter().map(|it| text(&it["id"])).collect()
}

/// Whether something is still to go out.
pub(super) async fn is_anything_due(process: &Process) -> bool {
    let query = "{
        waiting: webhookDeliveries(first: 1, where: { status: PENDING }) { nodes { id } }
        leased: webhookDeliveries(first: 1, where: { status: DELIVERING }) { nodes { id } }
    }";
    let data = process.data(query, json!({})).await;
    ["waiting", "leased"]
        .iter()
        .any(|it| data[it]["nodes"] != json!([]))
}

/// Every entry of a list.
async fn all(process: &Process, list: &str, query: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut after = Value::Null;
    loop {
        let mut data = process.data(query, json!({ "after": after })).await;
        let page = data[list].take();
        entries.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] != true {
            return entries;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A number, which may be written as a text if it can be long.
fn number(value: &Value) -> i64 {
    let written = value.as_str().and_then(|it| it.parse().ok());
    written.or(value.as_i64()).unwrap()
}

/// What is wrong with a database that nobody uses any more.
pub(super) async fn unsound(database: &TestDatabase) -> Vec<String> {
    let db = Database::connect(&database.url).await.unwrap();
    let mut wrong = if database.is_sqlite() {
        let mut wrong = texts(&db, "PRAGMA integrity_check").await;
        wrong.retain(|it| it != "ok");
        let orphans = "SELECT \"table\" || ' refers to nothing' FROM pragma_foreign_key_check";
        wrong.extend(texts(&db, orphans).await);
        wrong
    } else {
        orphans(&db).await
    };
    let gaps = "SELECT 'the log of ' || id || ' has gaps' FROM tenant WHERE last_position <> \
        (SELECT COUNT(*) FROM event WHERE tenant_id = tenant.id)";
    wrong.extend(texts(&db, gaps).await);
    db.close().await.unwrap();
    wrong
}

/// Rows that refer to nothing, by the foreign keys that PostgreSQL should have held.
async fn orphans(db: &DatabaseConnection) -> Vec<String> {
    let queries = "SELECT format(
            'SELECT %L || '' refers to nothing'' FROM %s c WHERE c.%I IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM %s p WHERE p.%I = c.%I)',
            conname, conrelid::regclass, child.attname, confrelid::regclass, parent.attname, child.attname)
        FROM pg_constraint
        JOIN pg_attribute child ON child.attrelid = conrelid AND child.attnum = conkey[1]
        JOIN pg_attribute parent ON parent.attrelid = confrelid AND parent.attnum = confkey[1]
        WHERE contype = 'f'";
    let mut wrong = Vec::new();
    for query in texts(db, queries).await {
        wrong.extend(texts(db, &query).await);
    }
    wrong
}

/// The first column of everything that a statement finds.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|it| it.try_get_by_index(0).unwrap())
        .collect()
}
