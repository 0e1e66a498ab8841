//! What is kept, so that a document is read once: documents, their plans, and refusals.
//!
//! Apart from the planner, because this is where memory is bounded: by bytes, not by entries, of
//! which each can be large. The first of several callers does the work and the others wait for it.
//! A document is found by its text and a refusal by its cryptographic hash: no text can pass for
//! another one.

use std::{fmt, hash::Hash, sync::Arc};

use quick_cache::{Weighter, sync::Cache as Kept};

use super::{
    document::{Document, sha256},
    plan::{Key, Plan},
    refusal::Refusal,
};

/// How many entries are expected. More are no harm; but the fewer, the fewer shards there are, and an
/// entry must fit into its shard's part of the bytes. This makes four.
const EXPECTED: usize = 128;

pub(super) struct Cache {
    documents: Kept<String, Arc<Document>, Bytes>,
    plans: Kept<Key, Arc<Plan>, Bytes>,
    refusals: Kept<[u8; 32], Refusal, Bytes>,
}

/// Weighs entries by the bytes that they hold.
#[derive(Debug, Clone, Copy)]
struct Bytes;

impl Weighter<String, Arc<Document>> for Bytes {
    fn weight(&self, text: &String, document: &Arc<Document>) -> u64 {
        weight(text.len() + document.bytes())
    }
}

impl Weighter<Key, Arc<Plan>> for Bytes {
    fn weight(&self, _: &Key, plan: &Arc<Plan>) -> u64 {
        weight(plan.bytes())
    }
}

impl Weighter<[u8; 32], Refusal> for Bytes {
    fn weight(&self, hash: &[u8; 32], refusal: &Refusal) -> u64 {
        weight(hash.len() + refusal.bytes())
    }
}

fn weight(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Cache {
    /// A cache of so many bytes: half for documents, a little for refusals, the rest for plans.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            documents: kept(bytes / 2),
            plans: kept(bytes / 2 - bytes / 16),
            refusals: kept(bytes / 16),
        }
    }

    /// The document of a text, or why it was refused, if either is kept. Waits for nobody.
    pub(super) fn known(&self, text: &str) -> Option<Result<Arc<Document>, Refusal>> {
        match self.documents.get(text) {
            Some(document) => Some(Ok(document)),
            None => self.refusals.get(&sha256(text)).map(Err),
        }
    }

    /// Finds a document, or reads it. A text that was refused a while ago is refused again without
    /// being read: some take long to be found wrong.
    pub(super) fn document(
        &self,
        text: &str,
        read: impl FnOnce() -> Result<Document, Refusal>,
    ) -> Result<Arc<Document>, Refusal> {
        self.documents.get_or_insert_with(text, || {
            let hash = sha256(text);
            if let Some(refusal) = self.refusals.get(&hash) {
                return Err(refusal);
            }
            read().map(Arc::new).inspect_err(|refusal| {
                self.refusals.insert(hash, refusal.clone());
            })
        })
    }

    /// Whether a plan is kept. Waits for nobody.
    pub(super) fn has_plan(&self, key: &Key) -> bool {
        self.plans.contains_key(key)
    }

    /// Finds a plan, or makes it.
    pub(super) fn plan(
        &self,
        key: &Key,
        make: impl FnOnce() -> Result<Plan, Refusal>,
    ) -> Result<Arc<Plan>, Refusal> {
        self.plans.get_or_insert_with(key, || make().map(Arc::new))
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("documents", &self.documents.len())
            .field("plans", &self.plans.len())
            .field("refusals", &self.refusals.len())
            .finish()
    }
}

fn kept<Key, Value>(bytes: usize) -> Kept<Key, Value, Bytes>
where
    Key: Eq + Hash,
    Value: Clone,
    Bytes: Weighter<Key, Value>,
{
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    Kept::with_weighter(EXPECTED, bytes, Bytes)
}
