//! Leasing Automation, as a dealer's client sees it: the little that these tests share.

mod control;
mod creating;
mod faults;
mod forwarding;
mod keys;
mod ledger;
mod lists;
mod motion;
mod service;
mod statuses;
mod users;

use reqwest::{Method, RequestBuilder, StatusCode};
use sandbox::{LeasingAutomationControl, Options};
use serde_json::{Value, json};

use crate::support::{Answer, World, send, start};

/// A sandbox, and the key of one of its dealers.
struct Dealer {
    world: World,
    key: String,
}

/// The seeded dealer of a sandbox in which `JobRad` has no offers.
async fn dealer() -> Dealer {
    dealer_with(Options::default()).await
}

async fn dealer_with(options: Options) -> Dealer {
    let options = Options {
        offers: 0,
        leasecloud_orders: 0,
        autoleap_vehicles: 0,
        autoleap_orders: 0,
        ..options
    };
    let world = start(options).await;
    let key = world.sandbox.leasing_automation_key();
    Dealer { world, key }
}

impl Dealer {
    fn control(&self) -> LeasingAutomationControl {
        self.world.sandbox.leasing_automation()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.world.sandbox.leasing_automation_base_url());
        let request = self.world.http.request(method, url);
        request.header("x-api-key", &self.key)
    }

    async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    /// Makes an offer, and returns its id.
    async fn make(&self, slug: &str, body: &Value) -> String {
        let answer = self.post(&format!("/offers/{slug}"), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()["offerID"].as_str().unwrap().to_owned()
    }

    async fn status(&self, slug: &str, id: &str) -> String {
        let path = format!("/offers/{slug}/status?leasingProviderOfferIds={id}");
        let answer = self.get(&path).await;
        let status = &answer.json()[0]["leasingOfferStatus"];
        status.as_str().unwrap_or_default().to_owned()
    }
}

impl Answer {
    /// The whole envelope is one sentence.
    fn assert_says(&self, status: u16, text: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.json(), json!({ "error": text }));
    }
}

/// The sample of the documentation.
fn sample() -> Value {
    json!({
        "customer": {
            "userIdentifier": "mustermitarbeiterin@gmx.net",
            "userCreate": true,
            "isSelfEmployed": false
        },
        "orderDetails": {
            "orderId": "XYZ7890",
            "frameSize": "M",
            "color": "Matte Black",
            "year": 2024,
            "purchasePrice": 2000
        },
        "bikeSpecifications": {
            "brand": "trek",
            "model": "Powerfly FS 7",
            "bikeType": "pedelec",
            "category": "fully",
            "recommendedPurchasePrice": 2200
        },
        "deliveryDetails": {
            "deliveryDate": "2025-01-01T00:00:00+02:00",
            "deliveryTo": {
                "firstName": "Max",
                "lastName": "Muster",
                "email": "mustermitarbeiterin@gmx.net"
            }
        }
    })
}

/// The sample with one value changed or added; null takes it away.
fn sample_with(pointer: &str, value: Value) -> Value {
    let mut sample = sample();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    sample.pointer_mut(parent).unwrap()[name] = value;
    sample
}

/// The sample for a leasing provider that wants a code.
fn sample_with_code() -> Value {
    sample_with("/customer/userIdentifier", json!("EURO-2030-0001"))
}
