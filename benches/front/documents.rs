//! The documents that are asked, the same ones for everybody.

/// A document and what it is called in the tables.
#[derive(Clone, Copy)]
pub(crate) struct Document {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// A page of 20 rows with seven fields each.
pub(crate) const FLAT: Document = Document {
    name: "flat",
    text: include_str!("../peers/documents/flat.graphql"),
};

/// The same page with two more levels of rows: order and vehicle, category and its parent.
pub(crate) const NESTED: Document = Document {
    name: "nested",
    text: include_str!("../peers/documents/nested.graphql"),
};

/// The same rows by 4 KB of fragments, each beside the component that shows it, as Relay and Apollo
/// put them together: most fields are asked for several times.
pub(crate) const FRAGMENTS: Document = Document {
    name: "fragments",
    text: include_str!("../peers/documents/fragments.graphql"),
};

pub(crate) const ALL: [Document; 3] = [FLAT, NESTED, FRAGMENTS];
