//! Everything on one machine with nothing to configure: the providers' sandbox, the service on a
//! database in a folder of its own, a demo tenant, and a receiver that verifies and prints each
//! webhook.
//!
//! The world of the sandbox begins anew each time, and so does the demo's database.

mod accounts;
mod receiver;

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use sandbox::Sandbox;
use tokio::net::TcpListener;

use crate::{
    clock::Clock,
    config,
    domain::tenant::TenantId,
    egress::SystemNames,
    http::{DoorSettings, TokenKey},
    idempotency::Claim,
    operations::create_webhook_endpoint::{NewEndpoint, create_webhook_endpoint},
    providers::TransportSettings,
    service::{self, Parts, Service},
    store::{connect, seal::KeyRing},
    telemetry,
    webhooks::Retention,
};

const TENANT: &str = "demo";
const DATABASE: &str = "leasegraph-demo.db";

/// Something happens in the demo's world about this often.
const STEP_SECONDS: f64 = 3.0;

/// AutoLeap lets a partner ask 150 times a minute. In the demo it has two companies with two lists
/// each, and this leaves a good part of that to whoever tries things out.
const SYNC_INTERVAL: Duration = Duration::from_secs(3);

const TOKEN_TTL: Duration = Duration::from_hours(24);

const QUERY: &str = "\
query {
  offers(first: 3, orderBy: { field: STATUS_CHANGED_AT, direction: DESC }) {
    nodes {
      provider
      offerNumber
      customer { fullName }
      product { brandName modelName price { amount currencyCode } category { name } }
      status { code providerCode changedAt }
    }
  }
  leases: orders(first: 3, where: { provider: [LEASECLOUD] }) {
    nodes { provider status { code providerCode } total { amount currencyCode taxMode } }
  }
  repairs: orders(first: 3, where: { provider: [AUTOLEAP] }) {
    nodes { provider status { code } vehicle { make model vin } }
  }
  categories(first: 3, where: { scheme: LEASING_AUTOMATION }) {
    nodes { provider code name }
  }
}";

/// Runs the demo until it is asked to end.
pub async fn run(options: &config::Demo) -> anyhow::Result<()> {
    telemetry::start(&config::Log {
        log: options.log.clone(),
        log_format: config::LogFormat::Text,
    })?;
    // What can be taken or forbidden comes first, so that nothing else has begun.
    let listener = service::listen(options.listen).await.context("--listen")?;
    let address = listener.local_addr()?;
    let database_url = fresh_database(&options.data_dir)?;
    let sandbox = start_sandbox().await?;
    let key = token_key();
    let parts = parts(database_url, key.clone())?;
    let service = Service::start(parts, Some(listener)).await?;
    let tenant: TenantId = TENANT.parse()?;

    let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let receiver_url = format!("http://{}/webhooks", listening.local_addr()?);
    let endpoint = NewEndpoint {
        url: receiver_url.clone(),
        description: Some("The demo's own receiver".to_owned()),
        event_types: Vec::new(),
        headers: Vec::new(),
        shape: None,
    };
    let claim = Claim::without_key();
    let created = create_webhook_endpoint(&service.app, &tenant, endpoint, &claim).await?;
    let receiving = tokio::spawn(receiver::receive(listening, created.secret));
    accounts::connect(&service.app, &tenant, &sandbox).await?;

    let token = key.mint(
        (&tenant, "demo", "admin"),
        service.app.clock.now(),
        TOKEN_TTL,
    )?;
    introduce(address, &token, &receiver_url)?;
    asked_to_end().await?;
    say("\nEnding.\n")?;
    service.stop().await;
    receiving.abort();
    sandbox.stop().await;
    Ok(())
}

/// The URL of a database that has nothing in it yet.
fn fresh_database(folder: &Path) -> anyhow::Result<String> {
    let shown = folder.display();
    std::fs::create_dir_all(folder)
        .with_context(|| format!("--data-dir: the folder {shown} cannot be made"))?;
    let file = folder.join(DATABASE);
    connect::remove_sqlite(&file)
        .with_context(|| format!("--data-dir: the folder {shown} cannot be used"))?;
    Ok(format!("sqlite://{}?mode=rwc", file.display()))
}

async fn start_sandbox() -> anyhow::Result<Sandbox> {
    let options = sandbox::Options {
        clock: sandbox::ClockMode::Real,
        step_seconds: Some(STEP_SECONDS),
        ..sandbox::Options::default()
    };
    Ok(Sandbox::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), options).await?)
}

/// A key that ends with the process.
fn token_key() -> TokenKey {
    TokenKey {
        secret: BASE64_STANDARD.encode(rand::random::<[u8; 48]>()).into(),
        issuer: "leasegraph".to_owned(),
        audience: "leasegraph".to_owned(),
    }
}

fn parts(database_url: String, token_key: TokenKey) -> anyhow::Result<Parts> {
    let key = BASE64_STANDARD.encode(rand::random::<[u8; 32]>());
    Ok(Parts {
        database_url,
        clock: Clock::system(),
        keys: KeyRing::parse(&format!("demo:{key}"))?,
        tokens: token_key.into(),
        opened_ranges: vec!["127.0.0.0/8".parse()?, "::1/128".parse()?],
        names: Arc::new(SystemNames),
        webhook_allow_http: true,
        retention: Retention::default(),
        sync_interval: SYNC_INTERVAL,
        transport: TransportSettings::default(),
        roles: vec![config::Role::Api, config::Role::Sync, config::Role::Deliver],
        door: DoorSettings {
            graphiql: true,
            cors_origins: Vec::new(),
            ..DoorSettings::default()
        },
        operations: None,
        statement_hook: None,
    })
}

fn introduce(address: SocketAddr, token: &str, receiver: &str) -> anyhow::Result<()> {
    say(&format!(
        "\n\
         Leasegraph is running with a sandbox of JobRad, Leasing Automation, LeaseCloud and\n\
         AutoLeap, where something moves every few seconds.\n\n\
         GraphiQL   http://{address}/graphiql\n\
         Token      {token}\n\
         Query      paste it into GraphiQL, or send it with curl:\n\n\
         {QUERY}\n\n\
         Webhooks   go to {receiver}, are verified there, and appear below.\n\
         End        with Ctrl-C.\n\n"
    ))
}

/// Waits for Ctrl-C, or for whoever manages the process to ask for its end.
pub async fn asked_to_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
