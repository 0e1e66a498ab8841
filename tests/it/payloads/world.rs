//! The service with records in its database, a receiver of its webhooks, and a subscriber that keeps
//! every byte.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use leasegraph::{
    config::Role,
    domain::{
        account::Account,
        event::{Happening, NewEvent, OfferStatusChanged},
        id::EndpointId,
        offer::{Offer, OfferStatusCode},
        order::Order,
        provider::ProviderKey,
        tenant::TenantId,
        webhook::Delivery,
    },
    events,
    store::{
        Tx,
        accounts::{self, NewAccount},
        deliveries,
        filter::Filter,
        offers, orders,
        page::{Direction, Range},
        tenants, vehicles,
    },
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    graphql::support::{account, offer, order, vehicle},
    support::{
        app::{Tenant, TestApp, eventually},
        socket::Socket,
    },
    webhooks::receiver::Receiver,
};

const NAME: &str = "acme";

/// Makes an endpoint.
pub(super) const CREATE: &str = "mutation ($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
        endpoint { id query } userErrors { code message field }
    }
}";

/// How long a test waits for an answer before it says that there is none.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) receiver: Receiver,
    pub(super) id: TenantId,
    pub(super) account: Account,
}

/// An offer with the order that it became, which is about a vehicle.
pub(super) struct Deal {
    pub(super) offer: Offer,
    pub(super) order: Order,
}

/// The body of a webhook.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) timestamp: String,
    pub(super) data: Box<RawValue>,
    pub(super) errors: Option<Value>,
}

/// A message of the socket.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    payload: Option<Answer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) data: Box<RawValue>,
}

impl World {
    /// A service that answers and delivers, and is told of changes by the test alone.
    pub(super) async fn new() -> Self {
        Self::with(&[Role::Api, Role::Deliver]).await
    }

    pub(super) async fn with(roles: &[Role]) -> Self {
        let world = Self {
            app: TestApp::with(roles).await,
            receiver: Receiver::start().await,
            id: NAME.parse().unwrap(),
            account: account(ProviderKey::Jobrad),
        };
        let tx = world.begin().await;
        let new = NewAccount {
            account: &world.account,
            identity: "radhaus",
            credentials: b"{}",
        };
        let keys = &world.app.app().keys;
        accounts::save(&tx, &world.id, keys, &new).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    pub(super) fn tenant(&self) -> Tenant<'_> {
        self.app.tenant(NAME)
    }

    pub(super) async fn begin(&self) -> Tx {
        let app = self.app.app();
        let tx = app.db.begin().await.unwrap();
        let now = app.clock.now();
        tenants::ensure(&tx, &self.id, now).await.unwrap();
        tx
    }

    /// Makes an endpoint of this path of the receiver's, with or without a document.
    pub(super) async fn endpoint(&self, path: &str, query: Option<&str>) -> EndpointId {
        let input = json!({ "url": self.receiver.url().join(path).unwrap(), "query": query });
        let made = self.tenant().create_endpoint(&input).await;
        assert_eq!(made["userErrors"], json!([]));
        made["endpoint"]["id"].as_str().unwrap().parse().unwrap()
    }

    /// The `number`th deal, which is in the database from then on.
    pub(super) async fn deal(&self, tx: &Tx, number: usize) -> Deal {
        let vehicle = vehicle(&self.account, number);
        let offer = offer(&self.account, number);
        let order = Order {
            offer_id: Some(offer.id),
            vehicle_id: Some(vehicle.id),
            ..order(&self.account, number)
        };
        let id = &self.id;
        let (one, another) = (std::slice::from_ref(&offer), std::slice::from_ref(&order));
        vehicles::insert_many(tx, id, std::slice::from_ref(&vehicle))
            .await
            .unwrap();
        offers::insert_many(tx, id, one).await.unwrap();
        orders::insert_many(tx, id, another).await.unwrap();
        Deal { offer, order }
    }

    /// Notes that the offers changed their status.
    pub(super) async fn append(&self, tx: &mut Tx, offers: impl IntoIterator<Item = Offer>) {
        let now = self.app.clock.now();
        let new = |offer: Offer| NewEvent {
            happening: Happening::OfferStatusChanged(OfferStatusChanged {
                offer,
                from: Some(OfferStatusCode::Open),
                from_provider_code: Some("open".to_owned()),
            }),
            occurred_at: now,
        };
        let new = offers.into_iter().map(new).collect();
        events::append(tx, &self.id, new, now).await.unwrap();
    }

    /// Makes so many deals, `together` in a transaction, each with an event.
    pub(super) async fn trade(&self, count: usize, together: usize) {
        let numbers: Vec<_> = (0..count).collect();
        for some in numbers.chunks(together) {
            let mut tx = self.begin().await;
            let mut offers = Vec::new();
            for number in some {
                offers.push(self.deal(&tx, *number).await.offer);
            }
            self.append(&mut tx, offers).await;
            tx.commit().await.unwrap();
        }
    }

    /// Every delivery, in the order in which they were made.
    pub(super) async fn deliveries(&self) -> Vec<Delivery> {
        let range = Range {
            after: None,
            before: None,
            limit: 10_000,
            from_the_end: false,
            direction: Direction::Ascending,
        };
        let db = self.app.app().db.read();
        let page = deliveries::page(db, &self.id, &Filter::everything(), &range).await;
        page.unwrap().rows.into_iter().map(|(_, it)| it).collect()
    }

    /// The bodies of every delivery to an endpoint.
    pub(super) async fn bodies(&self, endpoint: EndpointId) -> Vec<Body> {
        let deliveries = self.deliveries().await.into_iter();
        let its = deliveries.filter(|it| it.endpoint_id == endpoint);
        its.map(|it| serde_json::from_str(&it.payload).unwrap())
            .collect()
    }

    /// What arrived, by path and by message: each once, and as many as are said.
    pub(super) async fn arrived(&self, count: usize) -> BTreeMap<String, BTreeMap<String, Body>> {
        eventually("the webhooks", async || {
            (self.receiver.received().len() >= count).then_some(())
        })
        .await;
        let mut arrived: BTreeMap<String, BTreeMap<String, Body>> = BTreeMap::new();
        for request in self.receiver.received() {
            let body = serde_json::from_slice(&request.body).unwrap();
            let id = request.header("webhook-id").to_owned();
            let before = arrived.entry(request.path).or_default().insert(id, body);
            assert!(before.is_none(), "a message came twice");
        }
        arrived
    }

    /// How often documents were run, by result.
    pub(super) async fn executions(&self, result: &str) -> u64 {
        let url = format!("{}/metrics", self.app.operations_url);
        let text = self.app.http.get(url).send().await.unwrap();
        let text = text.text().await.unwrap();
        let name = format!("leasegraph_webhook_documents_total{{result=\"{result}\"}} ");
        let line = text.lines().find_map(|it| it.strip_prefix(&name));
        line.map_or(0, |it| it.parse().unwrap())
    }
}

impl Tenant<'_> {
    /// Makes an endpoint and returns the payload.
    pub(super) async fn create_endpoint(&self, input: &Value) -> Value {
        let mut data = self.data(CREATE, json!({ "input": input })).await;
        data["createWebhookEndpoint"].take()
    }

    /// Changes an endpoint and returns the payload.
    pub(super) async fn update_endpoint(&self, input: &Value) -> Value {
        let mutation = "mutation ($input: UpdateWebhookEndpointInput!) {
            updateWebhookEndpoint(input: $input) {
                endpoint { url query } userErrors { code message field }
            }
        }";
        let mut data = self.data(mutation, json!({ "input": input })).await;
        data["updateWebhookEndpoint"].take()
    }
}

/// Somebody who listens, to the byte.
pub(super) struct Subscriber(Socket);

impl Subscriber {
    /// Subscribes, and returns once it is sure that nothing from now on is missed.
    pub(super) async fn open(world: &World, document: &str) -> Self {
        let tenant = world.tenant();
        let mut socket = Socket::open(&tenant).await;
        socket.subscribe("1", document, json!({})).await;
        // It has begun at the latest when an operation that was sent after it is answered.
        let asked = json!({ "query": "{ viewer { tenantId } }" });
        let message = json!({ "id": "2", "type": "subscribe", "payload": asked });
        socket.send(message).await;
        loop {
            let message = socket.next().await;
            if message["id"] == "2" && message["type"] == "complete" {
                break;
            }
        }
        // Its place in the log is looked up before it is told anything, which takes one statement.
        tokio::time::sleep(Duration::from_millis(200)).await;
        Self(socket)
    }

    /// The `data` of the next answers.
    pub(super) async fn told(&mut self, count: usize) -> Vec<String> {
        let mut told = Vec::new();
        while told.len() < count {
            let message = tokio::time::timeout(PATIENCE, self.0.0.next()).await;
            let message = message.expect("an answer in time").unwrap().unwrap();
            match message {
                Message::Text(text) => {
                    let message: Told = serde_json::from_str(&text).unwrap();
                    match (message.kind.as_str(), message.payload) {
                        ("next", Some(answer)) => told.push(answer.data.get().to_owned()),
                        ("ping", _) => self.0.send(json!({ "type": "pong" })).await,
                        other => panic!("{other:?} came"),
                    }
                }
                Message::Ping(_) => self.0.0.flush().await.unwrap(),
                other => panic!("{other:?} came"),
            }
        }
        told
    }
}

/// Shared by tests that put endpoints into the database themselves.
pub(super) fn sorted(mut texts: Vec<String>) -> Arc<[String]> {
    texts.sort();
    texts.into()
}
