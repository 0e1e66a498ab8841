//! The real program, in a process of its own that can be killed.

use std::{
    net::TcpListener,
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::{Value, json};

use super::app::eventually;

pub(crate) const SECRET: &str = "a secret for tests that is long enough";
pub(crate) const KEYS: &str = "k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// The program while it serves.
pub(crate) struct Process {
    child: Child,
    http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Process {
    /// Starts it, and waits until it answers.
    pub(crate) async fn start(database_url: &str, roles: &str) -> Self {
        Self::start_in(database_url, roles, &[]).await
    }

    /// The program in an environment that has more in it than its own settings.
    pub(crate) async fn start_in(
        database_url: &str,
        roles: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        let process = Self::launch((database_url, roles), token(), |program| {
            program.envs(environment.iter().copied());
        });
        eventually("the start of the program", async || {
            process.is_ready().await.then_some(())
        })
        .await;
        process
    }

    /// Starts it, with what `change` adds to its environment, and waits for nothing.
    pub(crate) fn launch(
        (database_url, roles): (&str, &str),
        token: String,
        change: impl FnOnce(&mut Command),
    ) -> Self {
        // Free now, and nobody else here asks for a port by number.
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut program = program();
        program
            .args(["serve", "--roles", roles, "--listen", &free.to_string()])
            .env("DATABASE_URL", database_url)
            .env("LEASEGRAPH_ENCRYPTION_KEYS", KEYS)
            .env("LEASEGRAPH_EGRESS_ALLOW_CIDRS", "127.0.0.0/8")
            .env("LEASEGRAPH_WEBHOOK_ALLOW_HTTP", "true")
            .env("LEASEGRAPH_SYNC_INTERVAL_SECONDS", "1")
            .stderr(Stdio::null());
        change(&mut program);
        Self {
            child: program.spawn().unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: format!("http://{free}"),
            token,
        }
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/readyz", self.url)).send().await;
        answer.is_ok_and(|it| it.status() == 200)
    }

    /// Sends a document; the answer can be waited for, or not.
    pub(crate) fn send(
        &self,
        query: &str,
        variables: &Value,
    ) -> impl Future<Output = reqwest::Result<Value>> + Send + 'static {
        let request = self
            .http
            .post(format!("{}/graphql", self.url))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }));
        async move { request.send().await?.json().await }
    }

    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.send(query, &variables).await.unwrap();
        assert_eq!(answer.get("errors"), None, "{answer:#}");
        answer["data"].take()
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Asks it to end, as an operator does: SIGTERM.
    pub(crate) fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as a power cut would: SIGKILL, without a chance to say anything.
    pub(crate) fn kill(self) {
        drop(self);
    }
}

/// A test that fails must not leave a process behind.
impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A token that every process takes.
pub(crate) fn token() -> String {
    let minted = program()
        .args(["token", "--tenant", "acme", "--ttl", "1d"])
        .output()
        .unwrap()
        .stdout;
    String::from_utf8(minted).unwrap().trim().to_owned()
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_leasegraph"));
    program
        .env_clear()
        .env("LEASEGRAPH_JWT_HS256_SECRET", SECRET)
        .current_dir(std::env::temp_dir());
    program
}
