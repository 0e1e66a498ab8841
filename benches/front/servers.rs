//! Servers in processes of their own: ours, the same resolvers behind stock async-graphql, and the
//! peers of `benches/peers`.
//!
//! Ours and stock are this program again, so that they differ in their door and in nothing else. All
//! of them say in one line of JSON where they listen and which processes they are, and all end with
//! their handle, on every way out. Must not ask them anything.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use anyhow::Context;
use leasegraph::{demo, graphql::GraphSettings};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{documents::Document, load::Load, service, stock};

/// Who answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Finding out every answer anew.
    Ours,
    /// Giving answers again that are still right.
    OursAskedBefore,
    Stock,
    Mercurius,
    PostGraphile,
}

impl Kind {
    /// Ours is the first: it is what the others are compared with.
    pub(crate) const ALL: [Self; 5] = [
        Self::Ours,
        Self::OursAskedBefore,
        Self::Stock,
        Self::Mercurius,
        Self::PostGraphile,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursAskedBefore => "ours, asked before",
            Self::Stock => "stock async-graphql",
            Self::Mercurius => "mercurius",
            Self::PostGraphile => "PostGraphile",
        }
    }
}

/// A server that runs.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    /// Where its time goes.
    pub(crate) processes: Vec<u32>,
    child: Child,
}

/// What a server says when it listens.
#[derive(Serialize, Deserialize)]
struct Listening {
    port: u16,
    pids: Vec<u32>,
}

impl Server {
    pub(crate) fn start(kind: Kind, database_url: &str) -> anyhow::Result<Self> {
        let mut child = command(kind, database_url)?
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| kind.name())?;
        let said = child.stdout.take().context("there is no output")?;
        let mut server = Self {
            kind,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            processes: Vec::new(),
            child,
        };
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let listening: Listening = serde_json::from_str(&line)
            .with_context(|| format!("{} did not start", kind.name()))?;
        server.address.set_port(listening.port);
        server.processes = listening.pids;
        Ok(server)
    }

    /// A document, ready to be asked many times.
    pub(crate) fn request(&self, document: &Document, token: &str) -> Arc<Load> {
        let body = json!({ "query": document.text }).to_string();
        Arc::new(Load::post(self.address, "/graphql", token, &body))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself cannot be killed, and is only waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(kind: Kind, database_url: &str) -> anyhow::Result<Command> {
    let peer = |script: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
        // They bring their Node with them, so that the machine's makes no difference.
        let mut node = Command::new(folder.join("node_modules/.bin/node"));
        node.arg(folder.join(script))
            .env("TEST_POSTGRES_URL", database_url)
            .env("NODE_ENV", "production")
            .env("GRAPHILE_ENV", "production");
        node
    };
    Ok(match kind {
        Kind::Ours | Kind::OursAskedBefore | Kind::Stock => {
            let mut ourselves = Command::new(std::env::current_exe()?);
            ourselves.args([SERVE, kind.name(), database_url]);
            ourselves
        }
        Kind::Mercurius => peer("mercurius.mjs"),
        Kind::PostGraphile => peer("postgraphile.mjs"),
    })
}

/// The argument that makes this program a server, followed by its kind and its database.
pub(crate) const SERVE: &str = "serve";

/// Serves until it is killed.
pub(crate) async fn serve(kind: &str, database_url: &str) -> anyhow::Result<()> {
    let listener = service::listen().await?;
    let listening = Listening {
        port: listener.local_addr()?.port(),
        pids: vec![std::process::id()],
    };
    let said = serde_json::to_string(&listening)?;
    let ours = [Kind::Ours, Kind::OursAskedBefore];
    if let Some(kind) = ours.into_iter().find(|it| it.name() == kind) {
        let kept = match kind {
            Kind::OursAskedBefore => GraphSettings::default().answer_bytes,
            _ => 0,
        };
        let _service = service::start_keeping(database_url, Some(listener), kept).await?;
        writeln!(std::io::stdout(), "{said}")?;
        return demo::asked_to_end().await;
    }
    let service = service::start(database_url, None).await?;
    writeln!(std::io::stdout(), "{said}")?;
    let routes = stock::routes(Arc::clone(&service.app))?;
    Ok(axum::serve(listener, routes).await?)
}
