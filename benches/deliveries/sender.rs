//! The service that delivers, its endpoints and the events that they are told.

use std::{sync::Arc, time::Duration};

use leasegraph::{
    clock::Clock,
    config::Role,
    domain::{
        Timestamp,
        event::{Happening, NewEvent, WebhookEndpointDisabled},
        id::EndpointId,
        tenant::TenantId,
        webhook::{Endpoint, EndpointStatus, generate_signing_key},
    },
    egress::SystemNames,
    events,
    http::{DoorSettings, TokenKey},
    providers::TransportSettings,
    service::{Parts, Service},
    store::{endpoints, seal::KeyRing, secrets, tenants},
    webhooks::Retention,
};

use crate::receiver::Receiver;

const TENANT: &str = "bench";

/// How many events one transaction commits where that is not what is measured.
const EVENTS_PER_COMMIT: usize = 100;

pub(crate) struct Sender {
    service: Service,
    tenant: TenantId,
}

impl Sender {
    /// One that writes deliveries down and sends none.
    pub(crate) async fn writing(database_url: &str) -> anyhow::Result<Self> {
        Self::start(database_url, Vec::new()).await
    }

    pub(crate) async fn delivering(database_url: &str) -> anyhow::Result<Self> {
        Self::start(database_url, vec![Role::Deliver]).await
    }

    async fn start(database_url: &str, roles: Vec<Role>) -> anyhow::Result<Self> {
        let token_key = TokenKey {
            secret: "a key for benchmarks, long enough for them".into(),
            issuer: "leasegraph".to_owned(),
            audience: "leasegraph".to_owned(),
        };
        let parts = Parts {
            database_url: database_url.to_owned(),
            clock: Clock::system(),
            keys: KeyRing::parse("k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")?,
            tokens: token_key.into(),
            operations: None,
            opened_ranges: vec!["127.0.0.0/8".parse()?],
            names: Arc::new(SystemNames),
            retention: Retention::default(),
            webhook_allow_http: true,
            sync_interval: Duration::from_secs(10),
            transport: TransportSettings::default(),
            roles,
            door: DoorSettings::default(),
            statement_hook: None,
        };
        Ok(Self {
            service: Service::start(parts, None).await?,
            tenant: TENANT.parse()?,
        })
    }

    /// Makes endpoints, without asking how many a tenant may have.
    pub(crate) async fn endpoints(&self, urls: &[String]) -> anyhow::Result<()> {
        let app = &self.service.app;
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        tenants::ensure(&tx, &self.tenant, now).await?;
        for url in urls {
            let endpoint = endpoint(url, now)?;
            endpoints::insert(&tx, &self.tenant, &app.keys, &endpoint).await?;
            let of = (&self.tenant, endpoint.id);
            secrets::insert(&tx, of, &app.keys, (&generate_signing_key(), now)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Lets so many things happen, each to a record of its own.
    pub(crate) async fn tell(&self, count: usize) -> anyhow::Result<()> {
        let app = &self.service.app;
        let mut left = count;
        while left > 0 {
            let some = left.min(EVENTS_PER_COMMIT);
            let now = app.clock.now();
            let events = (0..some).map(|_| event(now));
            let events = events.collect::<anyhow::Result<_>>()?;
            let mut tx = app.db.begin().await?;
            events::append(&mut tx, &self.tenant, events, now).await?;
            tx.commit().await?;
            left -= some;
        }
        Ok(())
    }

    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }
}

fn endpoint(url: &str, now: Timestamp) -> anyhow::Result<Endpoint> {
    Ok(Endpoint {
        id: EndpointId::generate(),
        url: url.parse()?,
        description: None,
        event_types: Vec::new(),
        headers: Vec::new(),
        shape: None,
        status: EndpointStatus::Enabled,
        disabled_reason: None,
        created_at: now,
        updated_at: now,
    })
}

/// Something that happened, to an endpoint of its own.
fn event(now: Timestamp) -> anyhow::Result<NewEvent> {
    Ok(NewEvent {
        happening: Happening::WebhookEndpointDisabled(WebhookEndpointDisabled {
            endpoint: endpoint("https://example.com/hooks", now)?,
            reason: "The endpoint answered with the status 410 (Gone).".to_owned(),
            times: 1,
        }),
        occurred_at: now,
    })
}

/// A request like a delivery's, as bytes.
pub(crate) fn request(receiver: &Receiver) -> String {
    let now = Clock::system().now();
    let body = serde_json::json!({
        "type": "webhook_endpoint.disabled",
        "timestamp": now,
        "data": {
            "endpointId": EndpointId::generate().to_string(),
            "reason": "The endpoint answered with the status 410 (Gone).",
            "sequence": 1,
            "observedAt": now,
            "cursor": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        },
    })
    .to_string();
    let address = receiver.address;
    format!(
        "POST /hook/0 HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         user-agent: leasegraph/0.1.0\r\nwebhook-id: evt_00000000000000000000000000000000\r\n\
         webhook-timestamp: 1900000000\r\nwebhook-attempt: 1\r\nwebhook-max-attempts: 10\r\n\
         webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
