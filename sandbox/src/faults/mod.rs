//! Things that go wrong on purpose. A fault waits for a request that it matches, spoils it, and is
//! gone after so many times. What a fault does to a request is in `layer`; bodies that are sent
//! strangely are in `bodies`.

mod bodies;
mod layer;

use std::sync::Mutex;

use axum::extract::Request;
use serde::{Deserialize, Serialize};

pub(crate) use self::layer::{CredentialsRefused, EmptyList, Spoiled, spoil};
use crate::world::lock;

/// Which requests go wrong, how often, and how.
///
/// Below `/_control/fault` it is written as
/// `{"path": "/jobrad", "times": 2, "kind": {"status": {"code": 429, "retryAfter": "3"}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Any method, if there is none.
    #[serde(default)]
    pub method: Option<String>,
    /// How the path starts. `/` is everything except the control.
    pub path: String,
    /// Matches this path only, and nothing below it.
    #[serde(default)]
    pub exact: bool,
    /// A part of the query, such as `page=3`.
    #[serde(default)]
    pub query: Option<String>,
    /// Leaves so many matching requests alone first.
    #[serde(default)]
    pub skip: u32,
    /// Ends after so many requests; stays until it is cleared, if there is no number.
    #[serde(default)]
    pub times: Option<u32>,
    pub kind: FaultKind,
}

impl Fault {
    /// A fault of every request whose path starts like this.
    pub fn on(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            method: None,
            path: path.into(),
            exact: false,
            query: None,
            skip: 0,
            times: None,
            kind,
        }
    }

    #[must_use]
    pub fn method(self, method: impl Into<String>) -> Self {
        let method = Some(method.into());
        Self { method, ..self }
    }

    #[must_use]
    pub fn exact(self) -> Self {
        let exact = true;
        Self { exact, ..self }
    }

    #[must_use]
    pub fn query(self, part: impl Into<String>) -> Self {
        let query = Some(part.into());
        Self { query, ..self }
    }

    #[must_use]
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        let times = Some(times);
        Self { times, ..self }
    }

    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    fn matches(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let same_path = if self.exact {
            path == self.path
        } else {
            path.starts_with(&self.path)
        };
        let same_method = self
            .method
            .as_ref()
            .is_none_or(|it| it.eq_ignore_ascii_case(request.method().as_str()));
        same_path && same_method && self.query.as_ref().is_none_or(|it| query.contains(it))
    }
}

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum FaultKind {
    /// An error in the provider's own envelope, before anything is done. `retry_after` is sent as
    /// it is: seconds, a date or nonsense.
    Status {
        code: u16,
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// A login or maintenance page, with status 200.
    Html200,
    /// The right answer, cut in half.
    TruncatedJson,
    /// A JSON document of that many bytes; as gzip it is about a thousandth of that on the way.
    HugeBody {
        bytes: u64,
        #[serde(default)]
        gzip: bool,
    },
    /// The right answer, late (in real time).
    Slow { ms: u64 },
    /// The right answer, one byte at a time (in real time).
    Drip { ms_per_byte: u64 },
    /// No answer, and the connection stays open.
    Hang,
    /// The connection is closed before anything is done.
    Reset,
    /// The work is done; then the connection is closed without an answer.
    DropAfterCommit,
    /// This answer, before anything is done.
    RawBody {
        status: u16,
        content_type: String,
        body: String,
    },
    /// 307, so that a client that follows takes its method, its body and perhaps its token along.
    RedirectTo { url: String },
    /// The provider does not accept the token or the key of this request.
    Unauthorized,
    /// A list without entries, in the provider's own envelope. Other requests are not touched.
    EmptyList,
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn inject(&self, fault: Fault) {
        lock(&self.0).push(fault);
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        let mut faults = lock(&self.0);
        faults.retain(|it| it.times != Some(0));
        faults.clone()
    }

    /// The oldest fault that matches strikes, and only that one.
    fn strike(&self, request: &Request) -> Option<FaultKind> {
        let mut faults = lock(&self.0);
        faults.retain(|it| it.times != Some(0));
        for fault in faults.iter_mut().filter(|it| it.matches(request)) {
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times = fault.times.map(|it| it - 1);
            return Some(fault.kind.clone());
        }
        None
    }
}
