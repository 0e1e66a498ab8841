//! The program: reads the command line, runs one of the commands, and says in one line what went
//! wrong.

use std::{io::Write, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::{CommandFactory, Parser};
use leasegraph::{
    clock::Clock,
    config::{self, Cli, Command, InvalidSetting, MigrateDirection, Role},
    demo, doctor, graphql,
    service::{self, Parts, Service, StartError},
    store::connect::{self, ConnectError},
    telemetry,
};
use mimalloc::MiMalloc;
use secrecy::ExposeSecret;

/// SQLite allocates every cell that it reads; with the system's allocator a page takes twice as long.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Something in the settings is wrong.
const BAD_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    // There need not be one.
    let _ = dotenvy::dotenv();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error)
            if error.use_stderr()
                && error.kind()
                    != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            complain(&config::explain(&error, &Cli::command()));
            return ExitCode::from(BAD_SETTINGS);
        }
        // Help and version are no errors.
        Err(help) => {
            let _ = help.print();
            return ExitCode::from(u8::try_from(help.exit_code()).unwrap_or(BAD_SETTINGS));
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("no threads could be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("{error:#}"));
            let of_settings = error.chain().any(|it| {
                it.is::<InvalidSetting>()
                    || matches!(it.downcast_ref(), Some(StartError::Setting(_)))
                    || matches!(it.downcast_ref(), Some(ConnectError::UnknownScheme))
            });
            if of_settings {
                ExitCode::from(BAD_SETTINGS)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(options) => demo::run(&options).await?,
        Command::Serve(serve) => serve_until_asked(&serve).await?,
        Command::Migrate(migrate) => change_schema(&migrate).await?,
        Command::Schema => say(&graphql::sdl())?,
        Command::Token(token) => mint(&token)?,
        Command::Sandbox(options) => run_sandbox(&options).await?,
        Command::Doctor(settings) => return doctor::run(&settings).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve_until_asked(serve: &config::Serve) -> anyhow::Result<()> {
    telemetry::start(&serve.settings.log)?;
    let mut parts = Parts::from_settings(&serve.settings, serve.roles.clone())?;
    if let Some(address) = serve.settings.metrics_address()? {
        let listener = service::listen(address).await;
        parts.operations = Some(listener.context("LEASEGRAPH_METRICS_LISTEN")?);
    }
    let listener = if serve.roles.contains(&Role::Api) {
        Some(
            service::listen(serve.settings.listen)
                .await
                .context("LEASEGRAPH_LISTEN")?,
        )
    } else {
        None
    };
    let address = listener
        .as_ref()
        .map(tokio::net::TcpListener::local_addr)
        .transpose()?;
    let service = Service::start(parts, listener).await?;
    if let Some(address) = address {
        tracing::info!("listening on http://{address}/graphql");
    }
    demo::asked_to_end().await?;
    tracing::info!("ending: requests and webhooks under way are finished first");
    service.stop().await;
    Ok(())
}

async fn change_schema(migrate: &config::Migrate) -> anyhow::Result<()> {
    use std::fmt::Write;

    let url = migrate.database.database_url.expose_secret();
    let db = connect::open(url, None).await.context("DATABASE_URL")?;
    match migrate.direction {
        MigrateDirection::Up => connect::migrate_up(&db).await?,
        MigrateDirection::Down { steps } => connect::migrate_down(&db, steps).await?,
        MigrateDirection::Status => {}
    }
    let mut text = String::new();
    for (name, applied) in connect::migrations(&db).await? {
        let state = if applied { "applied" } else { "pending" };
        writeln!(text, "{state}  {name}")?;
    }
    say(&text)?;
    db.close().await?;
    Ok(())
}

fn mint(token: &config::Token) -> anyhow::Result<()> {
    let key = service::token_key(&token.auth)?;
    let claims = (&token.tenant, token.subject.as_str(), token.scopes.as_str());
    let token = key.mint(claims, Clock::system().now(), token.ttl.0)?;
    say(&format!("{token}\n"))
}

async fn run_sandbox(options: &config::Sandbox) -> anyhow::Result<()> {
    let sandbox = sandbox::Sandbox::start(
        options.listen,
        sandbox::Options {
            clock: sandbox::ClockMode::Real,
            offers: options.offers,
            step_seconds: options.step_seconds,
            ..sandbox::Options::default()
        },
    )
    .await
    .with_context(|| format!("--listen: {} cannot be listened on", options.listen))?;
    say(&accounts(&sandbox)?)?;
    demo::asked_to_end().await?;
    // Whoever keeps a connection open does not keep us.
    let _ = tokio::time::timeout(Duration::from_secs(5), sandbox.stop()).await;
    Ok(())
}

/// Where the sandbox's providers are asked, and with what.
fn accounts(sandbox: &sandbox::Sandbox) -> Result<String, std::fmt::Error> {
    use std::fmt::Write;

    let (client_id, client_secret) = sandbox.jobrad_credentials();
    let (partner_id, auth_key) = sandbox.autoleap_credentials();
    let lines = [
        ("JobRad", sandbox.jobrad_base_url()),
        ("  Tokens", sandbox.jobrad_token_url()),
        ("  Client", client_id),
        ("  Secret", client_secret),
        ("Leasing Automation", sandbox.leasing_automation_base_url()),
        ("  API key", sandbox.leasing_automation_key()),
        ("LeaseCloud", sandbox.leasecloud_base_url()),
        ("  API key in SE", sandbox.leasecloud_key("SE")),
        ("AutoLeap", sandbox.autoleap_base_url()),
        ("  Partner", partner_id),
        ("  Auth key", auth_key),
        ("Control", format!("{}/_control", sandbox.url())),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        writeln!(text, "{name:<20}{value}")?;
    }
    Ok(text)
}

/// What a command is for goes to standard output.
fn say(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// What went wrong goes to standard error, in one line.
fn complain(text: &str) {
    let text: Vec<_> = text.lines().map(str::trim).collect();
    let _ = writeln!(std::io::stderr(), "leasegraph: {}", text.join(" "));
}
