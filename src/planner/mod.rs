//! From the bytes of a document to something that is safe to run.
//!
//! Knows GraphQL documents and nothing of what they are about. [`guard`] looks at a document before
//! any parser does, because parsers recurse: it is linear and needs no memory, and what it lets
//! through is small enough for whatever comes after it.

pub mod guard;
