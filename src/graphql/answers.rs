//! Answers that were given before and are still right.
//!
//! An answer is kept together with the tenant's revision as it was *before* the answer was looked for.
//! Every transaction that writes what such answers are made of moves the revision in the same commit
//! (`store::Tx::changing`). So for as long as the revision reads the same, nothing of the answer has
//! changed, whichever process writes; and nobody has to tell this cache anything. What has such
//! answers is said in [`super::steady`], and found out by the planner.
//!
//! Apart from the graph, which runs what is not here. Must not decide who may ask: whoever comes here
//! was let in, and nobody is given what another tenant, or other scopes, were answered.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Response, ServerError, Value};
use quick_cache::{Weighter, sync::Cache};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::caller::{Caller, Scopes};
use crate::{
    app::App,
    domain::tenant::TenantId,
    planner::{Fingerprint, Planned},
    store::tenants,
};

/// The largest data that is kept, in bytes. What is larger is not what many ask for.
const LARGEST: usize = 256 * 1024;

/// How many entries are expected. More are no harm; but the fewer, the fewer shards there are, and an
/// entry must fit into its shard's part of the bytes.
const EXPECTED: usize = 128;

/// About how many bytes an entry holds beside its data.
const PER_ENTRY: usize = 256;

/// The answer to a query or a mutation.
#[derive(Debug, Default)]
pub struct Answer {
    /// All of the answer, but for its data if that was written already.
    pub response: Response,
    data: Option<Arc<RawValue>>,
}

impl Answer {
    fn written(data: Arc<RawValue>) -> Self {
        Self {
            response: Response::default(),
            data: Some(data),
        }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let data = None;
        Self { response, data }
    }
}

/// In the shape of a [`Response`].
impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [ServerError],
            data: &'a RawValue,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            extensions: &'a BTreeMap<String, Value>,
        }
        let Some(data) = &self.data else {
            return self.response.serialize(serializer);
        };
        let written = Written {
            errors: &self.response.errors,
            data,
            extensions: &self.response.extensions,
        };
        written.serialize(serializer)
    }
}

/// The answers that are kept, for all tenants together.
pub(super) struct Answers {
    /// Nothing, if nothing is to be kept.
    kept: Option<Cache<Key, Kept, Bytes>>,
}

/// Who asks what. Two callers with the same key are answered the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    scopes: Scopes,
    asked: Fingerprint,
}

#[derive(Clone)]
struct Kept {
    revision: i64,
    data: Arc<RawValue>,
}

/// Where an answer belongs that is about to be found out.
pub(super) struct Place {
    key: Key,
    /// As it was before.
    revision: i64,
}

/// What is known of an answer.
pub(super) enum Found {
    /// It is still right.
    Kept(Answer),
    /// It has to be found out, and belongs there.
    Open(Place),
    /// It has to be found out, and is right at that moment only.
    Never,
}

impl Answers {
    /// Keeps so many bytes of answers.
    pub(super) fn new(bytes: usize) -> Self {
        let bytes = weight(bytes);
        let kept = (bytes > 0).then(|| Cache::with_weighter(EXPECTED, bytes, Bytes));
        Self { kept }
    }

    /// Looks for the answer to what is asked. What becomes of an open one is to be told to
    /// [`Answers::keep`].
    pub(super) async fn find(
        &self,
        app: &App,
        planned: &Planned,
        caller: Option<&Caller>,
    ) -> Found {
        let Some(cache) = &self.kept else {
            return Found::Never;
        };
        let Some(key) = key(app, planned, caller) else {
            return Found::Never;
        };
        // A tenant that is not there has no revision. A database that does not answer has none to show
        // either; it will say so again to whoever finds out the answer, and there it is logged.
        let Ok(Some(revision)) = tenants::revision(&app.db.reader(), &key.tenant).await else {
            return Found::Never;
        };
        let kept = cache.get(&key).filter(|it| it.revision == revision);
        app.metrics.looked_for_answer(kept.is_some());
        match kept {
            Some(kept) => Found::Kept(Answer::written(kept.data)),
            None => Found::Open(Place { key, revision }),
        }
    }

    /// Keeps an answer that was found out after its place was given. One with errors is not kept: the
    /// next one may have none.
    pub(super) fn keep(&self, place: Place, mut response: Response) -> Answer {
        let (Some(cache), true) = (&self.kept, response.errors.is_empty()) else {
            return response.into();
        };
        let Ok(data) = to_raw_value(&response.data) else {
            return response.into();
        };
        let data: Arc<RawValue> = data.into();
        if data.get().len() <= LARGEST {
            let Place { key, revision } = place;
            let kept = Kept {
                revision,
                data: Arc::clone(&data),
            };
            cache.insert(key, kept);
        }
        // The same bytes, whether they are kept or not.
        response.data = Value::Null;
        let data = Some(data);
        Answer { response, data }
    }
}

/// Nothing, if the answer must not be kept or the caller may ask no more.
fn key(app: &App, planned: &Planned, caller: Option<&Caller>) -> Option<Key> {
    let caller = caller.filter(|it| !it.has_ended(app.clock.now()))?;
    Some(Key {
        asked: planned.steady()?,
        tenant: caller.tenant.clone(),
        scopes: caller.scopes.clone(),
    })
}

/// Weighs entries by the bytes that they hold.
#[derive(Debug, Clone, Copy)]
struct Bytes;

impl Weighter<Key, Kept> for Bytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        weight(PER_ENTRY + kept.data.get().len())
    }
}

fn weight(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
