//! Documents that are named by a hash instead of being sent: those that clients register as they go
//! (automatic persisted queries) and those that an operator trusts (a manifest).
//!
//! Apart, because it stands before the planner: it finds the text, and decides whether a text that
//! somebody sent may be run at all. Nothing is kept that was not let in.

use std::{borrow::Cow, sync::Arc};

use axum::http::StatusCode;
use quick_cache::{Weighter, sync::Cache};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    asked::Asked,
    exchange::Asker,
    refusal::{Code, Refused},
    trusted::{TrustedDocuments, TrustedMode},
};
use crate::{
    graphql::caller::Scope,
    planner::{Document, Planned},
};

/// How many bytes of registered documents are kept.
const REGISTERED_BYTES: u64 = 16 * 1024 * 1024;

/// About how many that is.
const REGISTERED: usize = 4096;

/// The documents that are known by name.
pub(super) struct Documents {
    trusted: TrustedDocuments,
    /// Texts by the SHA-256 of themselves. Whoever knows a hash knows the text, so they are
    /// everybody's.
    registered: Cache<String, Arc<str>, Bytes>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<str>> for Bytes {
    fn weight(&self, hash: &String, text: &Arc<str>) -> u64 {
        u64::try_from(hash.len() + text.len()).unwrap_or(u64::MAX)
    }
}

/// What names a document in the extensions of a request, as Apollo's protocol has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: u32,
    sha256_hash: String,
}

/// A document that was found and not yet looked at.
pub(super) struct Found<'a> {
    pub(super) text: Cow<'a, str>,
    is_trusted: bool,
    /// The hash under which it was sent, to be named by it from now on.
    hash: Option<String>,
}

impl Documents {
    pub(super) fn new(trusted: TrustedDocuments) -> Self {
        Self {
            trusted,
            registered: Cache::with_weighter(REGISTERED, REGISTERED_BYTES, Bytes),
        }
    }

    /// Finds the document of a request.
    pub(super) fn find<'a>(&self, asked: &'a Asked, who: &Asker) -> Result<Found<'a>, Refused> {
        let hash = hash(asked.extensions.as_ref())?;
        let Some(text) = &asked.query else {
            let name = asked.document_id.as_ref().or(hash.as_ref());
            let name = name.ok_or_else(|| {
                Refused::bad_request("`query` is missing: the GraphQL document to execute")
            })?;
            return self.named(name);
        };
        if asked.document_id.is_some() {
            let message = "`documentId` takes the place of `query`; send one of them";
            return Err(Refused::bad_request(message));
        }
        let is_trusted = self.trusted.contains(text);
        if !is_trusted && self.trusted.mode() == TrustedMode::Require && !may_look(who) {
            return Err(required());
        }
        Ok(Found {
            text: text.into(),
            is_trusted,
            hash,
        })
    }

    fn named(&self, name: &str) -> Result<Found<'static>, Refused> {
        let trusted = self.trusted.get(name);
        let is_trusted = trusted.is_some();
        let registered = || self.registered.get(name);
        let text = trusted.or_else(registered).ok_or_else(not_found)?;
        Ok(Found {
            text: Cow::Owned((*text).to_owned()),
            is_trusted,
            hash: None,
        })
    }

    /// Keeps a document that was sent under its hash. Whoever does must have let the request in.
    pub(super) fn register(&self, found: Found<'_>) {
        if let Some(hash) = found.hash
            && self.registered.peek(&hash).is_none()
        {
            self.registered.insert(hash, (*found.text).into());
        }
    }

    /// Decides whether a plan may be run, now that it is known what it asks for.
    pub(super) fn admit(
        &self,
        found: &Found<'_>,
        (document, planned): (&Document, &Planned),
    ) -> Result<(), Refused> {
        match self.trusted.mode() {
            _ if found.is_trusted || planned.is_introspection() => Ok(()),
            TrustedMode::Allow => Ok(()),
            TrustedMode::Log => {
                tracing::warn!(
                    document.sha256 = document.sha256(),
                    operation = planned.operation_name(),
                    "a document is not among the trusted ones"
                );
                Ok(())
            }
            TrustedMode::Require => Err(required()),
        }
    }
}

impl Found<'_> {
    /// Refuses a text that was sent under the hash of another one.
    pub(super) fn check_hash(&self, document: &Document) -> Result<(), Refused> {
        if self.hash.as_ref().is_none_or(|it| it == document.sha256()) {
            return Ok(());
        }
        let message = "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`";
        Err(Refused::bad_request(message))
    }
}

/// Even where nothing else than trusted documents is run, an administrator can look at the schema.
fn may_look(who: &Asker) -> bool {
    let caller = who.caller.as_ref();
    caller.is_some_and(|it| it.scopes.allow(Scope::Admin))
}

/// The hash that a request names its document by.
fn hash(extensions: Option<&Map<String, Value>>) -> Result<Option<String>, Refused> {
    let Some(named) = extensions.and_then(|it| it.get("persistedQuery")) else {
        return Ok(None);
    };
    match PersistedQuery::deserialize(named) {
        Ok(PersistedQuery {
            version: 1,
            sha256_hash,
        }) => Ok(Some(sha256_hash.to_ascii_lowercase())),
        _ => Err(Refused::bad_request(
            "`extensions.persistedQuery` must be `{ version: 1, sha256Hash: … }`",
        )),
    }
}

/// The message is what clients look for, and the status is 200 as with Apollo's server: it is how a
/// client learns that it should send the text along, and no failure.
fn not_found() -> Refused {
    let message = "PersistedQueryNotFound";
    Refused::new(StatusCode::OK, Code::PersistedQueryNotFound, message)
}

fn required() -> Refused {
    let message = "this service runs trusted documents alone; name one by `documentId`";
    let status = StatusCode::FORBIDDEN;
    Refused::new(status, Code::PersistedQueryRequired, message)
}
