//! `leasegraph doctor`: what an operator would look at first, one line each.

use std::{io::Write, process::ExitCode, time::Duration};

use secrecy::ExposeSecret;

use crate::{
    clock::Clock,
    config::Settings,
    egress::{Egress, Rules},
    graphql,
    http::KeySetSettings,
    planner::Limits,
    providers::{Registry, TransportSettings, Unmetered},
    service,
    store::{Db, connect, endpoints},
};

/// How long a check that goes over the network may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many endpoints are looked at together.
const DOCUMENTS_AT_ONCE: u64 = 500;

/// Checks settings, keys, database and providers. Fails if anything is wrong.
pub async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let mut report = Report { sound: true };
    report.line(
        "encryption keys",
        settings.keys().map(|_| "can be used".to_owned()),
    )?;
    for (what, outcome) in token_keys(settings).await {
        report.line(what, outcome)?;
    }
    report.line("trusted documents", trusted_documents(settings))?;
    for (what, outcome) in database(settings).await {
        report.line(what, outcome)?;
    }
    for (provider, outcome) in providers(settings).await {
        report.line(&provider, outcome)?;
    }
    Ok(if report.sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Report {
    sound: bool,
}

impl Report {
    fn line<E: std::fmt::Display>(
        &mut self,
        what: &str,
        outcome: Result<String, E>,
    ) -> std::io::Result<()> {
        let (mark, text) = match outcome {
            Ok(text) => ("ok   ", text),
            Err(error) => {
                self.sound = false;
                ("WRONG", error.to_string())
            }
        };
        writeln!(std::io::stdout(), "{mark}  {what}: {text}")
    }
}

/// Whether the service would run every document of the manifest.
fn trusted_documents(settings: &Settings) -> Result<String, String> {
    let documents = settings.trusted.read().map_err(|it| it.to_string())?;
    let planner = graphql::planner(Limits::default()).map_err(|it| it.to_string())?;
    documents.check(&planner).map_err(|it| it.to_string())?;
    Ok(match documents.len() {
        0 => "there are none".to_owned(),
        number => format!("all {number} can be run"),
    })
}

/// The keys that tokens are checked with: the secret of development, the issuer's, or both.
async fn token_keys(settings: &Settings) -> Vec<(&'static str, Result<String, String>)> {
    let tokens = match service::token_settings(&settings.auth) {
        Ok(tokens) => tokens,
        Err(error) => return vec![("token key", Err(error.to_string()))],
    };
    let mut outcomes = Vec::new();
    if tokens.development_secret.is_some() {
        outcomes.push(("token key", Ok("can be used".to_owned())));
    }
    if let Some(key_set) = tokens.key_set {
        outcomes.push(("token key set", key_set_of(&key_set, settings).await));
    }
    outcomes
}

async fn key_set_of(key_set: &KeySetSettings, settings: &Settings) -> Result<String, String> {
    let egress = Egress::new(settings.opened_ranges()).map_err(|it| it.to_string())?;
    let source = &key_set.source;
    let inspected = key_set.inspect(&egress).await;
    let (usable, ignored) = inspected.map_err(|it| format!("{source}: {it}"))?;
    let ignored: Vec<_> = ignored.iter().map(ToString::to_string).collect();
    let without = match ignored.as_slice() {
        [] => String::new(),
        ignored => format!("; ignored: {}", ignored.join(", ")),
    };
    match usable {
        0 => Err(format!("{source} has no key that can be used{without}")),
        usable => Ok(format!("{source} has {usable} that can be used{without}")),
    }
}

/// The database, and what is stored in it that this version has to understand.
async fn database(settings: &Settings) -> Vec<(&'static str, Result<String, String>)> {
    let url = settings.database.database_url.expose_secret();
    let db = match connect::open(url, None).await {
        Ok(db) => db,
        Err(error) => return vec![("database", Err(error.to_string()))],
    };
    let mut outcomes = Vec::new();
    match schema(&db).await {
        Ok(0) => {
            let answers = "answers, and its schema is this version's";
            outcomes.push(("database", Ok(answers.to_owned())));
            outcomes.push(("webhook documents", webhook_documents(&db, settings).await));
        }
        Ok(pending) => outcomes.push((
            "database",
            Ok(format!(
                "answers; {pending} changes of the schema will be made at the start"
            )),
        )),
        Err(error) => outcomes.push(("database", Err(error))),
    }
    if let Err(error) = db.close().await {
        outcomes.push(("database", Err(error.to_string())));
    }
    outcomes
}

/// How many changes of the schema it lacks.
async fn schema(db: &Db) -> Result<usize, String> {
    let migrations = connect::migrations(db).await;
    let migrations = migrations.map_err(|it| it.to_string())?;
    Ok(migrations.iter().filter(|(_, applied)| !applied).count())
}

/// Whether every document that shapes an endpoint's payloads still can. Names no tenant.
async fn webhook_documents(db: &Db, settings: &Settings) -> Result<String, String> {
    // What is wrong with these has a line of its own.
    let trusted = settings.trusted.read().unwrap_or_default();
    let planner = graphql::planner(Limits::default()).map_err(|it| it.to_string())?;
    let (mut sound, mut broken) = (0, Vec::new());
    let mut after = None;
    loop {
        let page = endpoints::with_document_of_all(db.read(), (after, DOCUMENTS_AT_ONCE)).await;
        let page = page.map_err(|it| it.to_string())?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (endpoint, shape) in &page {
            match graphql::check_document(&planner, &shape.document) {
                Ok(()) if trusted.admits(&shape.document) => sound += 1,
                Ok(()) => broken.push(format!("{endpoint}: it is not among the trusted ones")),
                Err(reason) => broken.push(format!("{endpoint}: {reason}")),
            }
        }
    }
    match (broken.as_slice(), sound) {
        ([], 0) => Ok("there are none".to_owned()),
        ([], sound) => Ok(format!("all {sound} can be run")),
        (broken, _) => Err(broken.join("; ")),
    }
}

/// Whether each provider's name can be resolved to an address that may be dialled.
async fn providers(settings: &Settings) -> Vec<(String, Result<String, String>)> {
    let egress = match Egress::new(settings.opened_ranges()) {
        Ok(egress) => egress,
        Err(error) => return vec![("providers".to_owned(), Err(error.to_string()))],
    };
    let registry = Registry::new(
        egress.clone(),
        TransportSettings::default(),
        std::sync::Arc::new(Unmetered),
        Clock::system(),
    );
    let mut outcomes = Vec::new();
    for provider in registry.all() {
        let url = provider.default_base_url();
        let check = egress.check_reachable(&url, Rules::Provider);
        let outcome = match tokio::time::timeout(PATIENCE, check).await {
            Ok(Ok(())) => Ok(format!("{url} can be resolved")),
            Ok(Err(error)) => Err(format!("{url}: {error}")),
            Err(_) => Err(format!("{url}: its name was not resolved in time")),
        };
        outcomes.push((provider.key().name().to_owned(), outcome));
    }
    outcomes
}
