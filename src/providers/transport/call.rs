//! What is asked of a provider, and what it answered.

use bytes::Bytes;
use reqwest::{Method, StatusCode, header::HeaderMap, header::HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use url::{Url, form_urlencoded};

use super::retry;
use crate::{
    domain::Timestamp,
    providers::{Access, ProviderError},
};

/// Whether it matters if a request arrives twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Changes,
}

/// One thing that is asked of a provider.
#[derive(Debug, Clone)]
pub(in crate::providers) struct Call {
    /// Method and path without anything of the record's, fit for a log: `GET /offers/{id}`.
    pub(super) endpoint: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Body>,
    pub(super) effect: Effect,
}

/// What is sent along. Secret, because it is either credentials or somebody's data.
#[derive(Debug, Clone)]
pub(in crate::providers) struct Body {
    pub(super) content_type: &'static str,
    pub(super) text: SecretString,
}

impl Body {
    pub(in crate::providers) fn json(text: String) -> Self {
        Self {
            content_type: "application/json",
            text: text.into(),
        }
    }

    pub(in crate::providers) fn form(fields: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self {
            content_type: "application/x-www-form-urlencoded",
            text: text.into(),
        }
    }
}

impl Call {
    /// A read below the account's base URL. The segments are escaped one by one, so none of them
    /// can lead out of its place.
    pub(in crate::providers) fn get(
        endpoint: &'static str,
        access: &Access,
        segments: &[&str],
    ) -> Self {
        Self {
            endpoint,
            method: Method::GET,
            url: below(&access.base_url, segments),
            body: None,
            effect: Effect::Reads,
        }
    }

    /// A change below the account's base URL, made at most once.
    pub(in crate::providers) fn change(
        endpoint: &'static str,
        method: Method,
        access: &Access,
        segments: &[&str],
    ) -> Self {
        Self {
            method,
            effect: Effect::Changes,
            ..Self::get(endpoint, access, segments)
        }
    }

    /// A question that goes into a body instead of a URL. Nothing is changed by it, so it may be
    /// asked again.
    pub(in crate::providers) fn question(
        endpoint: &'static str,
        access: &Access,
        segments: &[&str],
    ) -> Self {
        Self {
            method: Method::POST,
            ..Self::get(endpoint, access, segments)
        }
    }

    /// A request for a token. Asking twice does no harm.
    pub(in crate::providers) fn for_token(endpoint: &'static str, url: Url, body: Body) -> Self {
        Self {
            endpoint,
            method: Method::POST,
            url,
            body: Some(body),
            effect: Effect::Reads,
        }
    }

    pub(in crate::providers) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(in crate::providers) fn body(self, body: Body) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }
}

fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Fails for URLs that have no path, such as `data:`, and those are never asked for.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// What a provider answered, read whole.
#[derive(Debug)]
pub(in crate::providers) struct Answer {
    pub(in crate::providers) status: StatusCode,
    /// The provider's own time.
    pub(in crate::providers) date: Option<Timestamp>,
    content_type: Option<HeaderValue>,
    body: Bytes,
}

impl Answer {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            date: retry::date(headers),
            content_type: headers.get(reqwest::header::CONTENT_TYPE).cloned(),
            body,
        }
    }

    /// An answer as a test needs it, made on 1 December 2030 at noon.
    #[cfg(test)]
    pub(in crate::providers) fn of_json(status: u16, body: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert(
            "date",
            HeaderValue::from_static("Sun, 01 Dec 2030 12:00:00 GMT"),
        );
        let status = StatusCode::from_u16(status).unwrap();
        Self::new(status, &headers, Bytes::from(body.to_owned()))
    }

    /// Whether there is nothing to read.
    pub(in crate::providers) fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Reads the body, which must say that it is JSON: a login page with status 200 is no answer.
    pub(in crate::providers) fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ProviderError> {
        self.text().and_then(|text| {
            serde_json::from_str(text).map_err(|error| {
                // The error's own words may quote the body.
                ProviderError::unreadable(match error.classify() {
                    serde_json::error::Category::Eof => "truncated JSON",
                    serde_json::error::Category::Data => "JSON of an unknown shape",
                    _ => "malformed JSON",
                })
            })
        })
    }

    /// The text of the body, which must say that it is JSON.
    pub(in crate::providers) fn text(&self) -> Result<&str, ProviderError> {
        let content_type = self
            .content_type
            .as_ref()
            .and_then(|it| it.to_str().ok())
            .and_then(|it| it.split(';').next())
            .map(|it| it.trim().to_ascii_lowercase());
        match content_type {
            Some(it) if it == "application/json" || it.ends_with("+json") => {}
            Some(it) => {
                let shown: String = it.chars().take(60).collect();
                let what = format!("expected JSON, got {shown}");
                return Err(ProviderError::unreadable(what));
            }
            None => {
                return Err(ProviderError::unreadable(
                    "expected JSON, got no content type",
                ));
            }
        }
        std::str::from_utf8(&self.body).map_err(|_| ProviderError::unreadable("not UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_in_its_place() {
        let url = |base: &str, segments: &[&str]| below(&base.parse().unwrap(), segments);
        for base in ["https://example.com/v1", "https://example.com/v1/?a=b#c"] {
            assert_eq!(
                url(base, &["offers", "7"]).as_str(),
                "https://example.com/v1/offers/7"
            );
        }
        assert_eq!(
            url("https://example.com/v1", &["../../token", "a?b#c"]).as_str(),
            "https://example.com/v1/..%2F..%2Ftoken/a%3Fb%23c"
        );
    }

    fn answer(content_type: &'static str, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static(content_type));
        Answer::new(
            StatusCode::OK,
            &headers,
            Bytes::from_static(body.as_bytes()),
        )
    }

    #[test]
    fn only_whole_json_is_read() {
        for (content_type, body, expected) in [
            ("application/json", "[1]", Ok(vec![1])),
            ("application/json; charset=utf-8", "[1]", Ok(vec![1])),
            ("application/problem+json", "[1]", Ok(vec![1])),
            ("text/html", "[1]", Err("expected JSON, got text/html")),
            ("application/json", "[1", Err("truncated JSON")),
            ("application/json", "", Err("truncated JSON")),
            ("application/json", "<p>", Err("malformed JSON")),
            ("application/json", "{}", Err("JSON of an unknown shape")),
        ] {
            let read = answer(content_type, body).json::<Vec<i32>>();
            let read = read.map_err(|it| it.to_string());
            let expected =
                expected.map_err(|it| format!("the provider's answer could not be read: {it}"));
            assert_eq!(read, expected, "{content_type} {body}");
        }
    }
}
