//! Documents that are made to bring a server down, over every way in: how long each takes, how much
//! memory, and whether the service lives.
//!
//! The service is a process of its own, because its memory is what is looked at.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use crate::{
    bombs::{self, Bomb},
    databases, process,
    requests::seeded,
    servers::{Kind, Server},
    service,
    table::Table,
};

const OFFERS: usize = 1000;

/// The worst of so many is shown; no two of them have the same text.
const TIMES: u32 = 5;

/// Who takes longer has hung.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Copy)]
enum Way {
    Http,
    /// With the hash under which the document is to be kept.
    Persisted,
    Socket,
}

impl Way {
    const ALL: [Self; 3] = [Self::Http, Self::Persisted, Self::Socket];

    const fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Persisted => "APQ",
            Self::Socket => "WebSocket",
        }
    }
}

/// The service, and what it is asked with.
struct Target {
    server: Server,
    token: String,
    client: reqwest::Client,
}

/// What became of a document.
struct Answer {
    time: Duration,
    said: &'static str,
}

pub(crate) async fn measure() -> anyhow::Result<Table> {
    let at = databases::Server::Sqlite;
    let database = seeded(&at, "hostile", OFFERS).await?;
    let target = Target {
        server: Server::start(Kind::Ours, &database.url)?,
        token: service::token()?,
        client: reqwest::Client::builder().timeout(PATIENCE).build()?,
    };
    let mut table = Table::new(&["answer", "worst ms", "MiB more"]);
    for bomb in bombs::all() {
        for way in Way::ALL {
            let name = format!("{}: {}", bomb.name, way.name());
            let cells = target
                .suffer(&bomb, way)
                .await
                .with_context(|| name.clone())?;
            table.row(&name, cells);
        }
    }
    drop(target);
    database.remove().await?;
    Ok(table)
}

impl Target {
    async fn suffer(&self, bomb: &Bomb, way: Way) -> anyhow::Result<[String; 3]> {
        let process = *self
            .server
            .processes
            .first()
            .context("there is a process")?;
        // What it allocates once for all requests is not the bomb's.
        self.lives().await?;
        process::forget_peak(process)?;
        let before = process::memory(process)?.now;
        let mut worst: Option<Answer> = None;
        for time in 0..TIMES {
            let answer = self
                .ask(way, &format!("{}#{time}{}", bomb.text, way.name()))
                .await?;
            if worst.as_ref().is_none_or(|it| it.time < answer.time) {
                worst = Some(answer);
            }
        }
        let more = process::memory(process)?.peak - before;
        self.lives().await?;
        let worst = worst.context("it was asked")?;
        Ok([
            worst.said.to_owned(),
            format!("{:.1}", worst.time.as_secs_f64() * 1e3),
            format!("{:.1}", more.max(0.0)),
        ])
    }

    /// Fails unless an ordinary request is answered.
    async fn lives(&self) -> anyhow::Result<()> {
        let query = json!({ "query": "{ offers(first: 1) { nodes { id } } }" });
        let answer = self.post(&query).await.context("the service is gone")?;
        anyhow::ensure!(answer.said == "answered", "the service no longer answers");
        Ok(())
    }

    async fn ask(&self, way: Way, text: &str) -> anyhow::Result<Answer> {
        match way {
            Way::Http => self.post(&json!({ "query": text })).await,
            Way::Persisted => {
                let digits: Vec<_> = Sha256::digest(text)
                    .iter()
                    .map(|it| format!("{it:02x}"))
                    .collect();
                let hash = digits.concat();
                let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
                self.post(&json!({ "query": text, "extensions": persisted }))
                    .await
            }
            Way::Socket => self.subscribe(text).await,
        }
    }

    async fn post(&self, body: &Value) -> anyhow::Result<Answer> {
        let url = format!("http://{}/graphql", self.server.address);
        let request = self.client.post(url).bearer_auth(&self.token).json(body);
        let begin = Instant::now();
        let body = request.send().await?.bytes().await?;
        let time = begin.elapsed();
        let answer: Value = serde_json::from_slice(&body)?;
        let said = if answer.get("errors").is_some() {
            "refused"
        } else {
            "answered"
        };
        Ok(Answer { time, said })
    }

    async fn subscribe(&self, text: &str) -> anyhow::Result<Answer> {
        let mut request = format!("ws://{}/graphql", self.server.address).into_client_request()?;
        let protocol = "graphql-transport-ws".parse()?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        let token = format!("Bearer {}", self.token);
        let init = json!({ "type": "connection_init", "payload": { "Authorization": token } });
        socket.send(Message::text(init.to_string())).await?;
        socket.next().await.context("the socket is not opened")??;
        let payload = json!({ "query": text });
        let asked = json!({ "id": "1", "type": "subscribe", "payload": payload }).to_string();
        let begin = Instant::now();
        // A server that has seen enough may close while the rest is still being sent.
        let sent = socket.send(Message::text(asked)).await;
        let said = match sent {
            Ok(()) => tokio::time::timeout(PATIENCE, socket.next()).await?,
            Err(_) => None,
        };
        let time = begin.elapsed();
        let said = match said {
            // A message of the type `error`, or an answer with `errors`.
            Some(Ok(Message::Text(text))) if text.contains("\"error") => "refused",
            Some(Ok(Message::Text(_))) => "answered",
            _ => "closed",
        };
        Ok(Answer { time, said })
    }
}
