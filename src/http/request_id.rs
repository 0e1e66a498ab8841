//! Under which id a request is told about: in the answer's header, in every error, in the log.
//!
//! Apart, because every route has one, also those that answer nothing of the graph.

use std::{fmt, sync::Arc};

use async_graphql::Response;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header in both directions.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of somebody else's that is taken over.
const LONGEST: usize = 64;

/// The id of one request, or of a socket with everything that is asked over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(Arc<str>);

impl RequestId {
    /// The client's or the proxy's, if it is one that a log can hold; else a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(HEADER).and_then(|it| it.to_str().ok());
        match given.filter(|it| is_plain(it)) {
            Some(id) => Self(id.into()),
            None => Self(Uuid::now_v7().to_string().into()),
        }
    }

    /// What the header says.
    pub(super) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }

    /// Names this id in every error of an answer.
    pub(super) fn mark(&self, response: &mut Response) {
        for error in &mut response.errors {
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("requestId", &*self.0);
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(id: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, value.parse().unwrap());
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn an_id_that_a_log_can_hold_is_taken_over() {
        for id in ["a", "req_1.2-3", &"x".repeat(64)] {
            assert_eq!(of(id), id);
        }
        for id in ["", "a b", "a\"b", "a/b", &"x".repeat(65)] {
            assert_ne!(of(id), id);
            assert_eq!(Uuid::parse_str(&of(id)).unwrap().get_version_num(), 7);
        }
    }
}
