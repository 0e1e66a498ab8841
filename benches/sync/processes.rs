//! The program in processes of its own: once as the provider, once as the service.
//!
//! Apart from what is measured, because everything here is about starting and ending them. A
//! process ends when its handle is dropped, on every way out.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use leasegraph::{clock::Clock, domain::Timestamp};
use serde_json::{Value, json};

/// How often it is asked whether something has come about.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long the service may take to start.
const START: Duration = Duration::from_secs(30);

/// How long one sync may take: what takes longer hangs.
const SYNC: Duration = Duration::from_mins(3);

const KEYS: &str = "k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

const CONNECT: &str = "mutation ($input: ConnectProviderAccountInput!) { \
    connectProviderAccount(input: $input) { userErrors { message } } }";

const STATUS: &str =
    "{ providerAccounts(first: 1) { nodes { sync { entity lastSuccessAt error } } } }";

/// A process that is killed with its handle. Nothing is lost by that: the database is the truth.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, and is only waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program, with no settings but those of the benchmark and away from any `.env`.
fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_leasegraph"));
    program
        .env_clear()
        .env(
            "LEASEGRAPH_JWT_HS256_SECRET",
            "a key for benchmarks, long enough for them",
        )
        .current_dir(std::env::temp_dir());
    program
}

/// The sandbox, with as many offers at JobRad.
pub(crate) struct Provider {
    _process: Process,
    base_url: String,
    token_url: String,
    client_id: String,
    client_secret: String,
}

impl Provider {
    pub(crate) fn start(offers: u32) -> anyhow::Result<Self> {
        let mut child = program()
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(["--offers", &offers.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().context("there is no output")?;
        let process = Process(child);
        let mut lines = BufReader::new(said).lines();
        // It says how it is reached in this order, once its world stands.
        let mut after = |label: &str| -> anyhow::Result<String> {
            for line in &mut lines {
                if let Some(rest) = line?.trim_start().strip_prefix(label) {
                    return Ok(rest.trim().to_owned());
                }
            }
            anyhow::bail!("the sandbox does not say its `{label}`")
        };
        Ok(Self {
            base_url: after("JobRad ")?,
            token_url: after("Tokens ")?,
            client_id: after("Client ")?,
            client_secret: after("Secret ")?,
            _process: process,
        })
    }

    /// What an account of it is connected with.
    fn connection(&self) -> Value {
        let jobrad = json!({
            "clientId": self.client_id, "clientSecret": self.client_secret,
            "tokenUrl": self.token_url
        });
        json!({ "name": "Bench", "baseUrl": self.base_url, "credentials": { "jobrad": jobrad } })
    }
}

/// The service on a database.
pub(crate) struct Service {
    process: Process,
    url: String,
    token: String,
    client: reqwest::Client,
}

impl Service {
    pub(crate) async fn start(database_url: &str) -> anyhow::Result<Self> {
        let free = free_address()?;
        let child = program()
            .args(["serve", "--listen", &free.to_string()])
            .env("DATABASE_URL", database_url)
            .env("LEASEGRAPH_ENCRYPTION_KEYS", KEYS)
            .env("LEASEGRAPH_EGRESS_ALLOW_CIDRS", "127.0.0.0/8")
            // What is measured is the service, not how long it waits for the provider's permission.
            .env("LEASEGRAPH_REQUEST_QUOTAS", "jobrad=10000/1")
            .env("LEASEGRAPH_LOG", "warn")
            .spawn()?;
        let service = Self {
            process: Process(child),
            url: format!("http://{free}"),
            token: token()?,
            client: reqwest::Client::builder().timeout(START).build()?,
        };
        service.ready().await?;
        Ok(service)
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        let url = format!("{}/readyz", self.url);
        while began.elapsed() < START {
            let answer = self.client.get(&url).send().await;
            if answer.is_ok_and(|it| it.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("the service did not start")
    }

    /// Connects an account and waits until everything was read once; returns how long that took.
    ///
    /// The end is what the service says, not when it is noticed here.
    pub(crate) async fn first_sync(&self, provider: &Provider) -> anyhow::Result<Duration> {
        let clock = Clock::system();
        let began = clock.now();
        let connected = self
            .ask(CONNECT, json!({ "input": provider.connection() }))
            .await?;
        let errors = connected.pointer("/data/connectProviderAccount/userErrors");
        anyhow::ensure!(errors == Some(&json!([])), "{connected}");
        while (clock.now() - began).to_std()? < SYNC {
            if let Some(synced) = self.synced_at().await? {
                return Ok((synced - began).to_std()?);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("the sync did not end")
    }

    /// When all offers had been read, if they have. A round that failed is no measurement.
    async fn synced_at(&self) -> anyhow::Result<Option<Timestamp>> {
        let answer = self.ask(STATUS, json!({})).await?;
        let lists = answer.pointer("/data/providerAccounts/nodes/0/sync");
        let list = lists
            .and_then(Value::as_array)
            .and_then(|it| {
                it.iter()
                    .find(|it| it.get("entity") == Some(&json!("OFFER")))
            })
            .with_context(|| format!("nothing is said about the sync: {answer}"))?;
        anyhow::ensure!(list.get("error") == Some(&Value::Null), "{answer}");
        let at = list.get("lastSuccessAt").and_then(Value::as_str);
        Ok(at.map(str::parse).transpose()?)
    }

    async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let answer = self
            .client
            .post(format!("{}/graphql", self.url))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await?;
        Ok(answer.json().await?)
    }

    /// What the process had in memory at most until now. Linux only: elsewhere there is no `/proc`.
    pub(crate) fn peak_mib(&self) -> Option<f64> {
        let path = format!("/proc/{}/status", self.process.0.id());
        let status = std::fs::read_to_string(path).ok()?;
        let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
        let kib: u32 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(f64::from(kib) / 1024.0)
    }
}

/// Free now, and nobody else here asks for a port by number.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn token() -> anyhow::Result<String> {
    let output = program().args(["token", "--tenant", "bench"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
