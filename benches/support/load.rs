//! Load: a request sent over and over by a few clients, each on a connection of its own.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Enough to keep two cores busy; more would only queue.
const CLIENTS: usize = 8;

/// A request as bytes.
pub(crate) struct Load {
    address: SocketAddr,
    bytes: Vec<u8>,
}

/// What came of a load.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    pub(crate) p99: Duration,
}

impl Load {
    /// Of a request as it is written.
    pub(crate) fn new(address: SocketAddr, request: String) -> Self {
        let bytes = request.into_bytes();
        Self { address, bytes }
    }

    pub(crate) fn post(address: SocketAddr, path: &str, token: &str, body: &str) -> Self {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::new(address, request)
    }

    /// Sends it once and returns the body.
    pub(crate) async fn once(&self) -> anyhow::Result<Vec<u8>> {
        let mut client = Client::connect(self.address).await?;
        client.send(&self.bytes).await?;
        Ok(client.body.clone())
    }

    /// Sends it once and returns the answer's data as it was written. What else an answer holds is
    /// each server's own; errors must not be in it.
    pub(crate) async fn data(&self) -> anyhow::Result<String> {
        #[derive(Deserialize)]
        struct Answer {
            data: Box<RawValue>,
            errors: Option<Value>,
        }
        let answer: Answer = serde_json::from_slice(&self.once().await?)?;
        let errors = answer.errors;
        anyhow::ensure!(errors.is_none(), "there are errors: {errors:?}");
        Ok(answer.data.get().to_owned())
    }

    /// Sends it for a while from every client.
    pub(crate) async fn run(self: &Arc<Self>, time: Duration) -> anyhow::Result<Outcome> {
        let end = Instant::now() + time;
        let clients = (0..CLIENTS).map(|_| {
            let load = Arc::clone(self);
            tokio::spawn(async move {
                let mut client = Client::connect(load.address).await?;
                let mut latencies = Vec::new();
                while Instant::now() < end {
                    let start = Instant::now();
                    client.send(&load.bytes).await?;
                    latencies.push(start.elapsed());
                }
                anyhow::Ok(latencies)
            })
        });
        let mut latencies = Vec::new();
        for client in clients.collect::<Vec<_>>() {
            latencies.extend(client.await??);
        }
        latencies.sort_unstable();
        let p99 = latencies.get(latencies.len() * 99 / 100).copied();
        Ok(Outcome {
            per_second: f64::from(u32::try_from(latencies.len())?) / time.as_secs_f64(),
            p99: p99.context("nothing was answered")?,
        })
    }
}

/// An HTTP/1.1 connection that is kept open. Reads answers with a content-length only, which is what
/// both sides send.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    body: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
            body: Vec::new(),
        })
    }

    async fn send(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (start, length) = loop {
            anyhow::ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the end");
            let head = self.buffer.windows(4).position(|it| it == b"\r\n\r\n");
            if let Some(head) = head {
                break (head + 4, content_length(&self.buffer, head)?);
            }
        };
        while self.buffer.len() < start + length {
            anyhow::ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the end");
        }
        self.body.clear();
        self.body
            .extend(self.buffer.get(start..).unwrap_or_default());
        Ok(())
    }
}

fn content_length(answer: &[u8], head: usize) -> anyhow::Result<usize> {
    let head = std::str::from_utf8(answer.get(..head).unwrap_or_default())?;
    anyhow::ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
    head.lines()
        .filter_map(|it| it.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("no content-length")?
        .1
        .trim()
        .parse()
        .context("a wrong content-length")
}
