//! Server-sent events, as a browser reads them.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::app::Tenant;

/// How long a test waits for an event before it says that there is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream as a browser reads it.
pub(crate) struct Stream {
    response: Response,
    buffer: String,
}

/// A block of a stream: what stands between two empty lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) event: Option<String>,
    pub(crate) data: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<String>,
    pub(crate) is_comment: bool,
}

impl Block {
    pub(crate) fn read(text: &str) -> Self {
        let mut block = Self::default();
        for line in text.lines() {
            let (field, value) = line.split_once(':').unwrap();
            let value = Some(value.strip_prefix(' ').unwrap_or(value).to_owned());
            match field {
                "event" => block.event = value,
                "data" => block.data = value,
                "id" => block.id = value,
                "retry" => block.retry = value,
                "" => block.is_comment = true,
                other => panic!("{other} is no field"),
            }
        }
        block
    }

    pub(crate) fn answer(&self) -> Value {
        assert_eq!(self.event.as_deref(), Some("next"), "{self:?}");
        serde_json::from_str(self.data.as_deref().unwrap()).unwrap()
    }
}

impl Stream {
    pub(crate) async fn open(tenant: &Tenant<'_>, query: &str, variables: Value) -> Self {
        Self::resume(tenant, (query, variables), None).await
    }

    pub(crate) async fn resume(
        tenant: &Tenant<'_>,
        (query, variables): (&str, Value),
        last_id: Option<&str>,
    ) -> Self {
        let url = format!("{}/graphql", tenant.app.url);
        let mut request = tenant
            .app
            .http
            .post(url)
            .bearer_auth(&tenant.token)
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(id) = last_id {
            request = request.header("last-event-id", id.as_bytes());
        }
        Self::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn of(response: Response) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let buffer = String::new();
        let mut stream = Self { response, buffer };
        let hint = stream.block().await.unwrap();
        assert_eq!(hint.retry.as_deref(), Some("2000"));
        stream
    }

    /// The next block, if the stream goes on.
    pub(crate) async fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (Block::read(block), rest.to_owned());
                self.buffer = rest;
                return Some(block);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("nothing came in time").ok()??;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next block with an event, and what was the last id then.
    pub(crate) async fn event(&mut self) -> Option<Block> {
        loop {
            let block = self.block().await?;
            if block.event.is_some() {
                return Some(block);
            }
        }
    }

    pub(crate) async fn sequence(&mut self) -> (i64, String) {
        let block = self.event().await.unwrap();
        let answer = block.answer();
        let sequence = answer["data"]["events"]["sequence"].as_str().unwrap();
        (sequence.parse().unwrap(), block.id.unwrap())
    }

    pub(crate) async fn completes(&mut self) {
        let block = self.event().await.unwrap();
        assert_eq!(block.event.as_deref(), Some("complete"));
        // A browser tells nobody of an event without this field.
        assert_eq!(block.data.as_deref(), Some(""));
        assert_eq!(self.block().await, None);
    }
}
