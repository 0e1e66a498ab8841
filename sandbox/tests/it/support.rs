//! A sandbox with a client: the little that every test needs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sandbox::{ClockMode, JobradControl, Options, Sandbox};
use serde_json::{Value, json};

/// A sandbox, and a client that has a token.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Code and field of every error.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let json = self.json();
        let errors = json["errors"].as_array().unwrap().iter();
        errors
            .map(|it| {
                assert!(it["message"].is_string(), "{it}");
                assert!(it["translations"]["de"].is_string(), "{it}");
                let field = it["field"].as_str().unwrap_or_default();
                (it["code"].as_str().unwrap().to_owned(), field.to_owned())
            })
            .collect()
    }

    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let errors = self.errors();
        assert!(errors.iter().any(|it| it.0 == code), "{errors:?}");
    }
}

/// The moment at which the tests' clock stands.
pub(crate) fn noon() -> DateTime<Utc> {
    "2030-12-01T12:00:00Z".parse().unwrap()
}

/// A sandbox without offers.
pub(crate) async fn empty() -> World {
    world(0).await
}

pub(crate) async fn world(offers: usize) -> World {
    let clock = ClockMode::Stopped(noon());
    let options = Options {
        clock,
        offers,
        leasecloud_orders: 0,
        autoleap_vehicles: 0,
        autoleap_orders: 0,
        ..Options::default()
    };
    start(options).await
}

pub(crate) async fn start(options: Options) -> World {
    let listen = "127.0.0.1:0".parse().unwrap();
    let sandbox = Sandbox::start(listen, options).await.unwrap();
    let http = client();
    let (id, secret) = sandbox.jobrad_credentials();
    let token = token(&http, &sandbox, &id, &secret).await;
    World {
        sandbox,
        http,
        token,
    }
}

pub(crate) fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub(crate) async fn token(http: &Client, sandbox: &Sandbox, id: &str, secret: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "dealer-api"),
    ];
    let request = http.post(sandbox.jobrad_token_url()).form(&form);
    let answer = send(request).await.json();
    answer["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        text: response.text().await.unwrap(),
    }
}

impl World {
    pub(crate) fn jobrad(&self) -> JobradControl {
        self.sandbox.jobrad()
    }

    /// A request to the API, with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.jobrad_base_url());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// A request to the control, with or without a body.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}/_control{path}", self.sandbox.url());
        let request = self.http.request(method, url);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        send(request).await
    }

    /// Submits an offer, and returns its id.
    pub(crate) async fn submit(&self, body: &Value) -> String {
        let answer = self.post("/offers", body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn offer(&self, id: impl std::fmt::Display) -> Value {
        let answer = self.get(&format!("/offers/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["data"].take()
    }

    pub(crate) async fn status(&self, id: impl std::fmt::Display) -> String {
        let offer = self.offer(id).await;
        let code = &offer["status"]["current"]["code"];
        code.as_str().unwrap().to_owned()
    }

    /// The external ids that a list shows, in its order.
    pub(crate) async fn listed(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/offers?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let json = answer.json();
        let offers = json["data"].as_array().unwrap().iter();
        offers
            .map(|it| it["externalOfferId"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.sandbox.advance(Duration::from_secs(seconds));
    }
}

/// The sample of the documentation.
pub(crate) fn sample() -> Value {
    json!({
        "externalOfferId": "external-id-123",
        "customerName": "Max Mustermann",
        "customerEmail": "max.mustermann@example.com",
        "product": {
            "bidexCode": 123_040,
            "brandName": "Gudereit",
            "modelName": "Model X",
            "modelYear": 2023,
            "color": "Black",
            "size": "L",
            "driveManufacturer": "Bosch",
            "batteryCapacity": 500,
            "priceGross": 2900.99,
            "listPriceGross": 2999.99
        },
        "accessory": [{
            "bidexCode": 301_520,
            "brandName": "ABUS",
            "modelName": "Bordo Granit XPlus 6500",
            "priceGross": 99.99,
            "listPriceGross": 119.99
        }],
        "withShipping": true,
        "shippingCostGross": 49.99,
        "installationCostGross": 29.99,
        "deliveryDate": "2030-12-01T00:00:00.000Z",
        "notes": "Please call before delivery"
    })
}

/// The sample with one value changed; null takes it away.
pub(crate) fn sample_with(pointer: &str, value: Value) -> Value {
    let mut sample = sample();
    match sample.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => panic!("the sample has no {pointer}"),
    }
    sample
}
