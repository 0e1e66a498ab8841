//! How much of a document is too much.
//!
//! One struct, so that everything that refuses a document for its size reads its numbers here, and a
//! caller can be shown them all. It must hold numbers and nothing else.

/// How much a document may be and may ask for.
///
/// The first group is looked at before anything is parsed, the second once per document, the third
/// once per plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest document, in bytes.
    pub document_bytes: usize,
    /// The most tokens: names, numbers, texts and punctuation.
    pub tokens: usize,
    /// The deepest nesting of brackets of any kind.
    pub nesting: usize,

    /// The most operations in one document.
    pub operations: usize,
    /// The most fields below each other in an answer.
    pub depth: usize,
    /// The same below `__schema` and `__type`, which code generators ask deep questions about.
    pub introspection_depth: usize,
    /// The most fields under another name than their own in an operation, after equal ones are merged.
    pub aliases: usize,
    /// The most fields at the root of an operation, after equal ones are merged.
    pub root_fields: usize,
    /// The most fragments inside each other.
    pub fragment_nesting: usize,

    /// The most that an operation may cost: about the number of objects that it asks for.
    pub cost: u64,
    /// The most values that introspection may answer with, by a rough estimate.
    pub introspection_cost: u64,
    /// The most fields and branches that may come out of merging a document.
    pub nodes: usize,
    /// The most selections that may be looked at for that.
    pub steps: usize,

    /// How many bytes of documents and plans are kept.
    pub cache_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 16 * 1024,
            tokens: 2_000,
            nesting: 48,
            operations: 10,
            depth: 12,
            // The introspection query of graphql-js goes 15 deep.
            introspection_depth: 20,
            aliases: 50,
            root_fields: 20,
            fragment_nesting: 64,
            cost: 1_000,
            // The introspection query of graphql-js is estimated at 400,000 with 300 types.
            introspection_cost: 1_000_000,
            nodes: 5_000,
            steps: 100_000,
            cache_bytes: 32 * 1024 * 1024,
        }
    }
}
