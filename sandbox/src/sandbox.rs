//! The handle on a running sandbox: where it listens, and how a test in the same process changes
//! its world.

use std::{io, net::SocketAddr, sync::Arc, sync::Mutex, time::Duration};

use axum::{Router, middleware};
use chrono::{DateTime, Utc};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    autoleap::{self, AutoleapControl},
    control,
    faults::Fault,
    jobrad::{self, JobradControl},
    leasecloud::{self, LeasecloudControl, LeasecloudControlError},
    leasing_automation::{self, LeasingAutomationControl},
    ledger::LedgerEntry,
    options::Options,
    providers::Providers,
    requests::{self, RequestLogEntry},
    server,
    world::{World, lock},
};

/// A running sandbox. Cheap to clone; it stops with its last handle, or when it is told to.
#[derive(Debug, Clone)]
pub struct Sandbox(Arc<Running>);

#[derive(Debug)]
struct Running {
    address: SocketAddr,
    world: Arc<World>,
    providers: Providers,
    /// Dropping it stops the server as well.
    stop: watch::Sender<bool>,
    server: Mutex<Option<JoinHandle<()>>>,
}

impl Sandbox {
    /// Listens, on a port of the system's choice if it is 0, and answers in the background.
    pub async fn start(listen: SocketAddr, options: Options) -> io::Result<Self> {
        Self::with_listener(TcpListener::bind(listen).await?, &options)
    }

    /// Like [`Sandbox::start`], for a caller who listens already.
    pub fn with_listener(listener: TcpListener, options: &Options) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(options.clock));
        let providers = Providers::new(&world, options);
        let (stop, stopped) = watch::channel(false);

        if let Some(seconds) = options.step_seconds {
            providers.move_by_themselves(seconds, &stopped);
        }
        let router = router(&world, &providers);
        let server = tokio::spawn(server::run(listener, router, stopped));

        Ok(Self(Arc::new(Running {
            address,
            world,
            providers,
            stop,
            server: Mutex::new(Some(server)),
        })))
    }

    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    pub fn jobrad_base_url(&self) -> String {
        format!("{}{}", self.url(), jobrad::BASE)
    }

    pub fn jobrad_token_url(&self) -> String {
        format!("{}{}", self.url(), jobrad::TOKEN_PATH)
    }

    /// Client id and secret of the seeded dealer.
    pub fn jobrad_credentials(&self) -> (String, String) {
        self.jobrad().credentials()
    }

    /// Adds a dealer without offers, or gives a known one another secret.
    pub fn add_jobrad_dealer(&self, client_id: &str, client_secret: &str) -> JobradControl {
        JobradControl::add_dealer(&self.0.providers.jobrad, client_id, client_secret)
    }

    /// `JobRad` as its own staff would see it. New offers belong to the seeded dealer.
    pub fn jobrad(&self) -> JobradControl {
        JobradControl::new(&self.0.providers.jobrad)
    }

    pub fn leasing_automation_base_url(&self) -> String {
        format!("{}{}", self.url(), leasing_automation::BASE)
    }

    /// The API key of the seeded dealer.
    pub fn leasing_automation_key(&self) -> String {
        self.leasing_automation().key()
    }

    /// Adds a dealer without offers, who is nobody at `JobRad`.
    pub fn add_leasing_automation_key(&self, key: &str) -> LeasingAutomationControl {
        LeasingAutomationControl::add_key(&self.0.providers.leasing_automation, key)
    }

    /// Leasing Automation as its own staff would see it, for the seeded dealer.
    pub fn leasing_automation(&self) -> LeasingAutomationControl {
        LeasingAutomationControl::new(&self.0.providers.leasing_automation)
    }

    pub fn leasecloud_base_url(&self) -> String {
        format!("{}{}", self.url(), leasecloud::BASE)
    }

    /// The seeded partner's key in `SE`, `DK`, `NO` or `FI`; empty for any other market.
    pub fn leasecloud_key(&self, market: &str) -> String {
        self.leasecloud().key(market)
    }

    /// Adds a partner without orders in a market. New orders of the control belong to it there.
    pub fn add_leasecloud_partner(
        &self,
        market: &str,
        key: &str,
    ) -> Result<LeasecloudControl, LeasecloudControlError> {
        LeasecloudControl::add_partner(&self.0.providers.leasecloud, market, key)
    }

    /// `LeaseCloud` as its own staff would see it. New orders belong to the seeded partners.
    pub fn leasecloud(&self) -> LeasecloudControl {
        LeasecloudControl::new(&self.0.providers.leasecloud)
    }

    pub fn autoleap_base_url(&self) -> String {
        format!("{}{}", self.url(), autoleap::BASE)
    }

    /// Partner id and auth key of the seeded partner, who sees two companies.
    pub fn autoleap_credentials(&self) -> (String, String) {
        self.autoleap().credentials()
    }

    /// Adds a partner who sees these companies, or gives a known one another key and others.
    /// Companies that do not exist are opened, without customers.
    pub fn add_autoleap_partner(
        &self,
        partner_id: &str,
        auth_key: &str,
        company_ids: &[&str],
    ) -> AutoleapControl {
        AutoleapControl::add_partner(
            &self.0.providers.autoleap,
            (partner_id, auth_key),
            company_ids,
        )
    }

    /// AutoLeap as its own staff would see it. New records belong to the seeded partner's companies.
    pub fn autoleap(&self) -> AutoleapControl {
        AutoleapControl::new(&self.0.providers.autoleap)
    }

    /// Moves the virtual clock, and lets happen what was due until then.
    pub fn advance(&self, by: Duration) {
        self.0.world.clock.advance(by);
        self.0.providers.settle();
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.0.world.clock.now()
    }

    /// Makes coming requests go wrong.
    pub fn inject(&self, fault: Fault) {
        self.0.world.faults.inject(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.0.world.faults.clear();
    }

    /// Every change of every record until now, oldest first.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.0.providers.settle();
        self.0.world.ledger.entries()
    }

    /// The latest requests to providers, oldest first.
    pub fn requests(&self) -> Vec<RequestLogEntry> {
        self.0.world.requests.entries()
    }

    /// How many requests there were, those that are no longer kept included.
    pub fn request_count(&self) -> u64 {
        self.0.world.requests.total()
    }

    /// Stops listening, waits a moment for answers under way, and closes all connections.
    pub async fn stop(self) {
        self.0.stop.send_replace(true);
        let server = lock(&self.0.server).take();
        if let Some(server) = server {
            let _ = server.await;
        }
    }
}

fn router(world: &Arc<World>, providers: &Providers) -> Router {
    let recorded = middleware::from_fn_with_state(Arc::clone(world), requests::record);
    providers
        .routes()
        .layer(recorded)
        .merge(control::routes(world, providers))
        .layer(middleware::from_fn_with_state(
            Arc::clone(world),
            server::date,
        ))
}
