//! The service that the sockets are opened to, and the events that it tells.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use leasegraph::{
    clock::Clock,
    domain::{
        event::{Happening, NewEvent, WebhookEndpointDisabled},
        id::EndpointId,
        webhook::{Endpoint, EndpointStatus},
    },
    egress::SystemNames,
    events::{self, cursor},
    graphql::GraphSettings,
    http::{DoorSettings, TokenKey},
    limits::CallerLimits,
    providers::TransportSettings,
    service::{self, Parts, Service},
    store::{seal::KeyRing, tenants},
    webhooks::Retention,
};
use tempfile::TempDir;

const TENANT: &str = "bench";

pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) token: String,
    /// The cursor before every event.
    pub(crate) start: String,
    service: Service,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = service::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let address = listener.local_addr()?.to_string();
        let token_key = TokenKey {
            secret: "a key for benchmarks, long enough for them".into(),
            issuer: "leasegraph".to_owned(),
            audience: "leasegraph".to_owned(),
        };
        let clock = Clock::system();
        let claims = (&TENANT.parse()?, "bench", "admin");
        let token = token_key.mint(claims, clock.now(), Duration::from_hours(24))?;
        let parts = Parts {
            database_url: format!(
                "sqlite://{}?mode=rwc",
                folder.path().join("bench.db").display()
            ),
            clock,
            keys: KeyRing::parse("k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")?,
            tokens: token_key.into(),
            operations: None,
            opened_ranges: Vec::new(),
            names: Arc::new(SystemNames),
            webhook_allow_http: false,
            retention: Retention::default(),
            sync_interval: Duration::from_secs(10),
            transport: TransportSettings::default(),
            roles: Vec::new(),
            door: door(),
            statement_hook: None,
        };
        Ok(Self {
            address,
            token,
            start: cursor::encode(&TENANT.parse()?, 0),
            service: Service::start(parts, Some(listener)).await?,
            _folder: folder,
        })
    }

    /// Lets something happen, and says when it was committed.
    pub(crate) async fn tell(&self, number: i64) -> anyhow::Result<i64> {
        let app = &self.service.app;
        let tenant = TENANT.parse()?;
        let now = app.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::from_uuid(uuid::Uuid::nil()),
            url: "https://example.com/hooks".parse()?,
            description: None,
            event_types: Vec::new(),
            headers: Vec::new(),
            shape: None,
            status: EndpointStatus::AutoDisabled,
            disabled_reason: Some("because".to_owned()),
            created_at: now,
            updated_at: now,
        };
        let new = NewEvent {
            happening: Happening::WebhookEndpointDisabled(WebhookEndpointDisabled {
                endpoint,
                reason: "because".to_owned(),
                times: number,
            }),
            occurred_at: now,
        };
        let mut tx = app.db.begin().await?;
        tenants::ensure(&tx, &tenant, now).await?;
        events::append(&mut tx, &tenant, vec![new], now).await?;
        // From right before: afterwards the first may have heard of it already.
        let committed = app.clock.now().timestamp_micros();
        tx.commit().await?;
        Ok(committed)
    }

    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }
}

/// Every socket is the same caller's here, who may ask as often as there are sockets.
fn door() -> DoorSettings {
    let caller_limits = CallerLimits {
        cost_per_minute: u64::from(u32::MAX),
        ..CallerLimits::default()
    };
    DoorSettings {
        graph: GraphSettings {
            caller_limits,
            ..GraphSettings::default()
        },
        ..DoorSettings::default()
    }
}
