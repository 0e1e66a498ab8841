//! The real program, in a process of its own that can be killed.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::app::eventually;

const SECRET: &str = "a secret for tests that is long enough";
const KEYS: &str = "k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// The program while it serves.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Process {
    pub(crate) async fn start(database_url: &str, roles: &str) -> Self {
        Self::start_in(database_url, roles, &[]).await
    }

    /// The program in an environment that has more in it than its own settings.
    pub(crate) async fn start_in(
        database_url: &str,
        roles: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        // Free now, and nobody else here asks for a port by number.
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let child = program()
            .args(["serve", "--roles", roles, "--listen", &free.to_string()])
            .env("DATABASE_URL", database_url)
            .env("LEASEGRAPH_ENCRYPTION_KEYS", KEYS)
            .env("LEASEGRAPH_EGRESS_ALLOW_CIDRS", "127.0.0.0/8")
            .env("LEASEGRAPH_WEBHOOK_ALLOW_HTTP", "true")
            .env("LEASEGRAPH_SYNC_INTERVAL_SECONDS", "1")
            .envs(environment.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let token = program()
            .args(["token", "--tenant", "acme"])
            .output()
            .unwrap()
            .stdout;
        let process = Self {
            child,
            url: format!("http://{free}"),
            token: String::from_utf8(token).unwrap().trim().to_owned(),
        };
        let ready = format!("{}/readyz", process.url);
        eventually("the start of the program", async || {
            reqwest::get(&ready)
                .await
                .ok()
                .filter(|it| it.status() == 200)
        })
        .await;
        process
    }

    /// Sends a document; the answer can be waited for, or not.
    pub(crate) fn send(
        &self,
        query: &str,
        variables: &Value,
    ) -> impl Future<Output = reqwest::Result<Value>> + Send + 'static {
        let request = reqwest::Client::builder()
            .build()
            .unwrap()
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

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_leasegraph"));
    program
        .env_clear()
        .env("LEASEGRAPH_JWT_HS256_SECRET", SECRET)
        .current_dir(std::env::temp_dir());
    program
}
