//! A small document that is read whole: nothing is followed, nothing is read past a bound, and
//! nobody waits past a deadline. Apart from the clients, because whoever needs one should not have
//! to know that there is a client.

use std::time::Duration;

use ::url::Url;
use bytes::{Bytes, BytesMut};
use reqwest::{Method, Response, StatusCode, header};

use super::{Egress, UrlNotAllowed, forbidden_address};

/// How much is read, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub longest: usize,
    pub deadline: Duration,
}

/// What came.
#[derive(Debug)]
pub struct Document {
    pub body: Bytes,
    pub cache_control: Option<String>,
}

/// Why nothing came, in a sentence for an operator. Never says where it was looked for.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Url(#[from] UrlNotAllowed),

    #[error("the answer was {0}, not 200")]
    Status(StatusCode),

    #[error("there was no answer in time")]
    TooSlow,

    #[error("the answer has more than {0} bytes")]
    TooLong(usize),

    #[error("the server was not reached, or ended in the middle")]
    Broken(#[source] reqwest::Error),
}

impl Egress {
    /// Reads a document that the operator has named. Plain `http` reaches opened ranges only.
    pub async fn document(&self, url: &Url, bounds: Bounds) -> Result<Document, FetchError> {
        let request = self
            .provider(Method::GET, url)?
            .header(header::ACCEPT, "application/json");
        let read = async { whole(request.send().await?, bounds.longest).await };
        tokio::time::timeout(bounds.deadline, read)
            .await
            .unwrap_or(Err(FetchError::TooSlow))
    }
}

async fn whole(mut response: Response, longest: usize) -> Result<Document, FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let cache_control = response
        .headers()
        .get(header::CACHE_CONTROL)
        .and_then(|it| it.to_str().ok())
        .map(str::to_owned);
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > longest {
            return Err(FetchError::TooLong(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Document {
        body: body.freeze(),
        cache_control,
    })
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        match forbidden_address(&error) {
            Some(forbidden) => Self::Url((*forbidden).into()),
            None => Self::Broken(error.without_url()),
        }
    }
}
