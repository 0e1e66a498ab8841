//! A sandbox with a Swedish partner: the little that every test of LeaseCloud needs.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sandbox::{LeasecloudControl, LeasecloudName, NewLeasecloudOrder, Options, Sandbox};
use serde_json::{Value, json};

use crate::support::{Answer, client, send};

/// A sandbox, and a client with a key.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) http: Client,
    pub(super) key: String,
}

/// A sandbox without orders.
pub(super) async fn empty() -> World {
    start(options()).await
}

pub(super) fn options() -> Options {
    Options {
        offers: 0,
        leasecloud_orders: 0,
        autoleap_vehicles: 0,
        autoleap_orders: 0,
        ..Options::default()
    }
}

pub(super) async fn start(options: Options) -> World {
    let listen = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::start(listen, options).await.unwrap();
    let key = sandbox.leasecloud_key("SE");
    let http = client();
    World { sandbox, http, key }
}

impl World {
    pub(super) fn control(&self) -> LeasecloudControl {
        self.sandbox.leasecloud()
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.leasecloud_base_url());
        self.http.request(method, url).bearer_auth(&self.key)
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PATCH, path).json(body)).await
    }

    /// A request to the control, with or without a body.
    pub(super) async fn outside(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}/_control{path}", self.sandbox.url());
        let request = self.http.request(method, url);
        send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Makes an order, and returns what came of it.
    pub(super) async fn make(&self, body: &Value) -> Value {
        let answer = self.post("/orders", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()["data"].take()
    }

    /// Makes an order, and returns its id.
    pub(super) async fn make_id(&self, body: &Value) -> String {
        self.make(body).await["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn order(&self, id: &str) -> Value {
        let answer = self.get(&format!("/orders/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["data"]["order"].take()
    }

    pub(super) async fn status(&self, id: &str) -> String {
        let order = self.order(id).await;
        order["activeStatus"].as_str().unwrap().to_owned()
    }

    pub(super) async fn page(&self, query: &str) -> Value {
        let answer = self.get(&format!("/orders?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["data"].take()
    }

    /// The ids that a page of the list shows, in its order.
    pub(super) async fn listed(&self, query: &str) -> Vec<String> {
        let page = self.page(query).await;
        let orders = page["orders"].as_array().unwrap().iter();
        orders
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Adds a Swedish order that stands here.
    pub(super) fn add(&self, status: &str) -> LeasecloudName {
        let status = Some(status.to_owned());
        let new = NewLeasecloudOrder {
            status,
            ..NewLeasecloudOrder::default()
        };
        self.control().add_order("SE", new).unwrap()
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.sandbox.advance(Duration::from_secs(seconds));
    }
}

/// Asserts that an answer is an error, and returns the fields that it names.
pub(super) fn assert_error(answer: &Answer, status: u16, code: &str) -> Vec<String> {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let json = answer.json();
    let error = &json["error"];
    assert_eq!(error["code"], code, "{}", answer.text);
    assert!(error["message"].is_string(), "{error}");
    let fields = error["fields"].as_array().cloned().unwrap_or_default();
    let fields = fields.iter().map(|it| {
        assert!(it["message"].is_string(), "{it}");
        it["field"].as_str().unwrap().to_owned()
    });
    fields.collect()
}

/// The documented body, with values that mean something.
pub(super) fn sample() -> Value {
    json!({
        "partnerId": "1",
        "internalOrderId": "internal-1",
        "months": 36,
        "invoiceInterval": "MONTHLY",
        "ownInsurance": false,
        "company": "Exempelbolaget AB",
        "orgNumber": "556000-1234",
        "nin": "19800101-1234",
        "authorizedSignatory": "signatory@example.com",
        "firstName": "Anna",
        "lastName": "Exempelsson",
        "email": "anna@example.com",
        "phone": "+46700000000",
        "billingAddress": "Storgatan 1",
        "billingAddress2": "c/o Exempel",
        "billingCity": "Stockholm",
        "billingPostalCode": "11122",
        "billingCountry": "SE",
        "shippingFirstName": "Anna",
        "shippingLastName": "Exempelsson",
        "shippingAddress": "Storgatan 1",
        "shippingAddress2": "Port B",
        "shippingCity": "Stockholm",
        "shippingPostalCode": "11122",
        "shippingAmount": 9900,
        "shippingVAT": 2475,
        "customerIp": "192.0.2.1",
        "items": [
            {
                "name": "Cykel",
                "attributes": "Black, L",
                "sku": "C-1",
                "productId": "1",
                "unitAmount": 2_500_000,
                "quantity": 2,
                "discountAmount": 100_000
            }
        ],
        "statusTrigger": "READY_TO_SHIP"
    })
}

/// The sample without what is optional.
pub(super) fn small() -> Value {
    let required = [
        "months",
        "ownInsurance",
        "company",
        "orgNumber",
        "nin",
        "firstName",
        "lastName",
        "email",
        "phone",
        "billingAddress",
        "billingCity",
        "billingPostalCode",
        "billingCountry",
    ];
    let sample = sample();
    let mut small = json!({
        "items": [{ "name": "Cykel", "unitAmount": 1_000_000, "quantity": 1 }]
    });
    for name in required {
        small[name] = sample[name].clone();
    }
    small
}

/// The small sample with one member set.
pub(super) fn small_with(name: &str, value: impl Into<Value>) -> Value {
    let mut small = small();
    small[name] = value.into();
    small
}
