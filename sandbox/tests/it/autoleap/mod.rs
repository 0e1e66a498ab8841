//! AutoLeap, as a client sees it. This file has the little that every test of it needs.

mod access;
mod control;
mod customers;
mod faults;
mod ledger;
mod limits;
mod motion;
mod orders;
mod reading_vehicles;
mod scale;
mod writing_vehicles;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use sandbox::{AutoleapControl, ClockMode, NewAutoleapCustomer, Options, Sandbox};
use serde_json::{Value, json};

use crate::support::{Answer, client, noon, send};

/// The seeded companies.
const FIRST: &str = "SHOP5678";
const SECOND: &str = "SHOP9012";

/// A sandbox, and a partner who is logged in.
struct World {
    sandbox: Sandbox,
    http: Client,
    token: String,
    refresh_token: String,
}

/// A sandbox without customers, vehicles and orders.
async fn empty() -> World {
    world(0, 0).await
}

async fn world(autoleap_vehicles: usize, autoleap_orders: usize) -> World {
    let options = Options {
        clock: ClockMode::Stopped(noon()),
        offers: 0,
        leasecloud_orders: 0,
        autoleap_vehicles,
        autoleap_orders,
        ..Options::default()
    };
    start(options).await
}

async fn start(options: Options) -> World {
    let listen = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::start(listen, options).await.unwrap();
    let (token, refresh_token) = (String::new(), String::new());
    let mut world = World {
        sandbox,
        http: client(),
        token,
        refresh_token,
    };
    let credentials = world.sandbox.autoleap_credentials();
    world.log_in(&credentials).await;
    world
}

/// Both tokens of a login or a refresh.
fn tokens(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["success"], true);
    let token = |name: &str| json["data"][name].as_str().unwrap().to_owned();
    (token("accessToken"), token("refreshToken"))
}

fn assert_error(answer: &Answer, status: u16, text: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["success"], false, "{json}");
    assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
    let error = json["error"].as_str().unwrap();
    assert!(error.contains(text), "{error}");
}

/// The content of a read, in either envelope.
fn content(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let json = answer.json();
    let content = json.pointer("/results/content").or(json.get("content"));
    content.unwrap().as_array().unwrap().clone()
}

impl World {
    fn autoleap(&self) -> AutoleapControl {
        self.sandbox.autoleap()
    }

    async fn log_in(&mut self, (partner_id, auth_key): &(String, String)) {
        let answer = self.try_log_in(partner_id, auth_key).await;
        (self.token, self.refresh_token) = tokens(&answer);
    }

    async fn try_log_in(&self, partner_id: &str, auth_key: &str) -> Answer {
        let body = json!({ "partnerId": partner_id, "authKey": auth_key });
        self.anonymous("/partners/login", &body).await
    }

    /// A POST without a token.
    async fn anonymous(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}{path}", self.sandbox.autoleap_base_url());
        send(self.http.post(url).json(body)).await
    }

    async fn refresh(&self, refresh_token: &str) -> Answer {
        let body = json!({ "refreshToken": refresh_token });
        self.anonymous("/partners/generateNewAccessToken", &body)
            .await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.autoleap_base_url());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        send(self.request(method, path).json(body)).await
    }

    async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}/_control{path}", self.sandbox.url());
        let request = self.http.request(method, url);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        send(request).await
    }

    fn advance(&self, seconds: u64) {
        self.sandbox.advance(Duration::from_secs(seconds));
    }

    /// The customer of the documented examples.
    fn add_documented_customer(&self) -> String {
        let new = NewAutoleapCustomer {
            customer_id: Some("CUST001".to_owned()),
            ..NewAutoleapCustomer::default()
        };
        self.autoleap().add_customer(new).unwrap()
    }

    /// The ids that a list of vehicles shows, in its order.
    async fn vehicles(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/vehicles?{query}")).await;
        let ids = content(&answer).into_iter();
        ids.map(|it| it["vehicleId"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn vehicle(&self, id: &str) -> Value {
        let answer = self.get(&format!("/vehicles/{id}")).await;
        content(&answer).pop().unwrap()
    }

    /// The numbers that a list of the first company's orders shows, in its order.
    async fn orders(&self, query: &str) -> Vec<u64> {
        let answer = self
            .get(&format!("/orders?companyId={FIRST}&{query}"))
            .await;
        let orders = content(&answer).into_iter();
        orders
            .map(|it| it["repairOrderNumber"].as_u64().unwrap())
            .collect()
    }

    /// An order of the first company.
    async fn order(&self, number: u64) -> Value {
        let answer = self
            .get(&format!("/orders/{number}?companyId={FIRST}"))
            .await;
        content(&answer).pop().unwrap()
    }
}

/// The documented example of POST.
fn documented_vehicles() -> Value {
    json!({
        "companyId": "SHOP5678",
        "vehicles": [{
            "customerId": "CUST001",
            "year": 2021,
            "make": "Honda",
            "model": "Accord",
            "vehicleName": "2021 Honda Accord LX",
            "engine": "1.5L Turbo I4",
            "color": "Blue",
            "licensePlate": "XYZ-1234",
            "state": "CA",
            "vin": "1HGCV1F14MA123456",
            "imgUrl": "",
            "notes": "Regular maintenance required",
            "tags": [
                { "name": "Sedan", "color": "FFFF00" },
                { "name": "Economy", "color": "FFFF00" }
            ],
            "driveType": "FWD",
            "transmission": "Automatic",
            "mileage": 15000,
            "mileageUnit": "Miles"
        }]
    })
}

/// The documented answer of all three writes.
fn documented_answer() -> Value {
    json!({ "success": true, "message": "Request completed successfully", "data": {} })
}
