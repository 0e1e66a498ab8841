//! The service with a provider before it and receivers behind it, and how it dies.

use std::{
    fs::OpenOptions,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
    time::Duration,
};

use leasegraph::death::Moment;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{
    evidence::{Died, Watch},
    load::Provider,
    plan::Death,
    receiver::{Book, Manner, Receiver, settle},
};
use crate::support::{
    app::within,
    database::TestDatabase,
    process::{self, Process},
};

/// How long a process may take until it comes to a moment: what a dead one held is leased for a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(150);

/// How long a process is waited for that has nothing to do, because a dead one holds everything.
const LONGEST_IDLING: Duration = Duration::from_secs(5);

/// What the endpoints want to be told. None is everything.
pub(super) const WISHES: [(Manner, &[&str]); 3] = [
    (Manner::Prompt, &[]),
    (Manner::Moody, &["OFFER_STATUS_CHANGED", "OFFER_CREATED"]),
    (Manner::Slow, &["OFFER_STATUS_CHANGED"]),
];

/// The key that seals from the load on, before the one that sealed what was there.
const NEW_KEY: &str = "k2:CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

/// How many statements that change the schema lie between two deaths in them.
const STATEMENTS_APART: usize = 9;

const SIGKILL: i32 = 9;

pub(super) struct World {
    pub(super) database: TestDatabase,
    pub(super) provider: Provider,
    pub(super) receivers: Vec<Receiver>,
    pub(super) book: Book,
    pub(super) deaths: Vec<Died>,
    pub(super) token: String,
    pub(super) keys: String,
    pub(super) log: NamedTempFile,
}

impl World {
    /// A service that knows every offer and has its endpoints, and has been killed on the way there.
    pub(super) async fn begin(seed: u64) -> Self {
        let book = Book::new(Watch::start());
        let mut receivers = Vec::new();
        for (manner, _) in WISHES {
            receivers.push(Receiver::start(manner, &book).await);
        }
        let mut world = Self {
            database: TestDatabase::create().await,
            provider: Provider::start().await,
            receivers,
            book,
            deaths: Vec::new(),
            token: process::token(),
            keys: process::KEYS.to_owned(),
            log: NamedTempFile::new().unwrap(),
        };
        if cfg!(feature = "named-deaths") {
            world.die_while_the_schema_changes().await;
            world.die_while_a_key_is_made().await;
        }
        world.make_accounts_and_endpoints().await;
        world.keys = format!("{NEW_KEY},{}", process::KEYS);
        world.provider.begin_load(seed);
        world
    }

    fn launch(&self, die_at: Option<(Moment, u32)>) -> Process {
        let log = OpenOptions::new().append(true).open(self.log.path());
        let change = |program: &mut Command| {
            program
                .env("LEASEGRAPH_ENCRYPTION_KEYS", &self.keys)
                .env("LEASEGRAPH_REQUEST_QUOTAS", "jobrad=1000/1/0")
                .env("LEASEGRAPH_COST_PER_MINUTE", "1000000000")
                .env("LEASEGRAPH_LOG", "info,leasegraph=debug")
                .stderr(log.unwrap());
            if let Some((moment, nth)) = die_at {
                program.env("LEASEGRAPH_DIE_AT", format!("{}:{nth}", moment.name()));
            }
        };
        let place = (self.database.url.as_str(), "api,sync,deliver");
        Process::launch(place, self.token.clone(), change)
    }

    pub(super) async fn start(&self) -> Process {
        let mut process = self.launch(None);
        self.see_it_start(&mut process).await;
        process
    }

    async fn see_it_start(&self, process: &mut Process) {
        while !process.is_ready().await {
            if let Some(status) = process.ended() {
                let log = std::fs::read_to_string(self.log.path()).unwrap();
                let last = log.lines().next_back().unwrap_or_default();
                panic!("it does not start after a death: {status}; {last}");
            }
        }
    }

    /// Lets the process die after every few statements, until one comes through.
    async fn die_while_the_schema_changes(&mut self) {
        for nth in (1..).step_by(STATEMENTS_APART) {
            let mut process = self.launch(Some((Moment::Migration, nth)));
            while process.ended().is_none() {
                if process.is_ready().await {
                    return;
                }
            }
            let unplanned = process.ended().and_then(as_planned);
            let is_planned = unplanned.is_none();
            drop(process);
            self.note(&Death::At(Moment::Migration, nth), unplanned)
                .await;
            if !is_planned {
                return;
            }
        }
    }

    /// Lets the process die while it makes an endpoint, of which nothing must be left.
    async fn die_while_a_key_is_made(&mut self) {
        let death = Death::At(Moment::KeyRotation, 1);
        let mut process = self.launch(Some((Moment::KeyRotation, 1)));
        self.see_it_start(&mut process).await;
        let answer = process.send(CREATE, &wish(&self.receivers[0], &[])).await;
        let unplanned = match answer {
            Ok(answer) => Some(format!("it answered {answer}")),
            Err(_) => self.end_of(&mut process).await,
        };
        drop(process);
        self.note(&death, unplanned).await;
    }

    async fn make_accounts_and_endpoints(&self) {
        let process = self.start().await;
        for input in self.provider.connections() {
            let data = process.data(CONNECT, json!({ "input": input })).await;
            assert_eq!(data["connectProviderAccount"]["userErrors"], json!([]));
        }
        for (receiver, (_, event_types)) in self.receivers.iter().zip(WISHES) {
            let data = process.data(CREATE, wish(receiver, event_types)).await;
            let created = &data["createWebhookEndpoint"];
            let id = created["endpoint"]["id"].as_str().unwrap();
            receiver.know(id, created["secret"].as_str().unwrap());
        }
        within(LONGEST_WAIT, "the baseline", async || {
            let data = process.data(STANDING, json!({})).await;
            let accounts = data["providerAccounts"]["nodes"].as_array().unwrap();
            let is_read = |it: &Value| {
                let lists = it["sync"].as_array().unwrap();
                lists.iter().all(|it| !it["lastSuccessAt"].is_null())
            };
            let is_all = data["offers"]["totalCount"] == self.provider.offer_count();
            (is_all && accounts.iter().all(is_read)).then_some(())
        })
        .await;
    }

    /// Starts the service, and lets it die.
    pub(super) async fn die(&mut self, death: &Death) {
        let done_before = self.work_done();
        let die_at = match *death {
            Death::At(moment, nth) => Some((moment, nth)),
            _ => None,
        };
        let mut process = self.launch(die_at);
        let unplanned = match *death {
            Death::Starting(after) => {
                tokio::time::sleep(after).await;
                None
            }
            Death::Working(after) => {
                self.see_it_work(&process, done_before).await;
                tokio::time::sleep(after).await;
                None
            }
            Death::RequestSent(nth) => {
                let sent = self.book.request_is_sent(nth);
                let in_time = tokio::time::timeout(LONGEST_WAIT, sent).await;
                self.book.forget_trap();
                in_time.err().map(|_| "no request came".to_owned())
            }
            Death::At(Moment::Drain, _) => {
                self.see_it_work(&process, done_before).await;
                process.terminate();
                self.end_of(&mut process).await
            }
            Death::At(..) => self.end_of(&mut process).await,
        };
        let by_itself = match death {
            Death::At(..) => None,
            _ => process
                .ended()
                .map(|it| format!("it ended by itself: {it}")),
        };
        process.kill();
        self.note(death, unplanned.or(by_itself)).await;
    }

    async fn note(&mut self, death: &Death, unplanned: Option<String>) {
        settle(&self.receivers).await;
        self.deaths.push(Died {
            how: death.to_string(),
            at: self.book.watch.now(),
            unplanned,
        });
    }

    fn work_done(&self) -> u64 {
        self.provider.request_count() + self.book.len() as u64
    }

    /// Waits until the process has asked somebody for something.
    async fn see_it_work(&self, process: &Process, done_before: u64) {
        let works = async {
            while self.work_done() == done_before || !process.is_ready().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // On PostgreSQL a dead process may hold all that there is to do.
        let _ = tokio::time::timeout(LONGEST_IDLING, works).await;
    }

    /// Waits until the process has killed itself; says so if it has not.
    async fn end_of(&self, process: &mut Process) -> Option<String> {
        match end(process).await {
            Some(status) => as_planned(status),
            None => Some("the moment did not come".to_owned()),
        }
    }

    /// Keeps what the processes logged, and says where.
    pub(super) fn keep_log(&mut self) -> String {
        let log = std::mem::replace(&mut self.log, NamedTempFile::new().unwrap());
        let (_, path) = log.keep().unwrap();
        path.display().to_string()
    }
}

const CONNECT: &str = "mutation ($input: ConnectProviderAccountInput!) {
    connectProviderAccount(input: $input) { userErrors { message } } }";

const CREATE: &str = "mutation ($url: URL!, $eventTypes: [EventType!]) {
    createWebhookEndpoint(input: { url: $url, eventTypes: $eventTypes }) {
        endpoint { id } secret userErrors { message } } }";

const STANDING: &str = "{
    offers(first: 1) { totalCount }
    providerAccounts(first: 50) { nodes { sync { lastSuccessAt } } }
}";

fn wish(receiver: &Receiver, event_types: &[&str]) -> Value {
    json!({ "url": receiver.url, "eventTypes": event_types })
}

/// Waits for the end of a process, but not for ever.
pub(super) async fn end(process: &mut Process) -> Option<ExitStatus> {
    let ended = async {
        loop {
            if let Some(status) = process.ended() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONGEST_WAIT, ended).await.ok()
}

/// Nothing if it was killed; else how it ended.
fn as_planned(status: ExitStatus) -> Option<String> {
    (status.signal() != Some(SIGKILL)).then(|| format!("it ended with {status}"))
}
