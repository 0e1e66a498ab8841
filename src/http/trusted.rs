//! The documents that an operator trusts: a manifest file, read once at the start.
//!
//! Apart from `documents`, because `doctor` reads the file too, and without a running service.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use serde::Deserialize;

use crate::planner::{Planner, Refusal};

/// What is done with a document that is not among the trusted ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustedMode {
    /// It is run.
    #[default]
    Allow,
    /// It is run, and the log says so.
    Log,
    /// It is refused.
    Require,
}

/// The trusted documents and what they are for. Clones are the same ones.
#[derive(Debug, Clone, Default)]
pub struct TrustedDocuments {
    mode: TrustedMode,
    by_id: Arc<HashMap<String, Arc<str>>>,
    texts: Arc<HashSet<Arc<str>>>,
}

/// Why a manifest is not used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("the file cannot be read: {0}")]
    File(#[source] std::io::Error),
    #[error(
        "the file is no manifest: expected Apollo's format, or an object of documents by id: {0}"
    )]
    Format(#[source] serde_json::Error),
    #[error("the id `{0}` is there twice")]
    Twice(String),
    #[error("the document `{id}` is not accepted: {refusal}")]
    Document { id: String, refusal: Refusal },
}

/// The two formats that tools write.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// `apollo-persisted-query-manifest`.
    Apollo {
        format: ApolloFormat,
        operations: Vec<Operation>,
    },
    /// Relay's, and GraphQL Code Generator's: `{ "id": "text" }`.
    ById(BTreeMap<String, String>),
}

#[derive(Deserialize)]
enum ApolloFormat {
    #[serde(rename = "apollo-persisted-query-manifest")]
    PersistedQueryManifest,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl TrustedDocuments {
    /// No documents at all.
    pub fn none(mode: TrustedMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    /// Reads a manifest.
    pub fn read(file: &Path, mode: TrustedMode) -> Result<Self, ManifestError> {
        let text = std::fs::read_to_string(file).map_err(ManifestError::File)?;
        Self::parse(&text, mode)
    }

    fn parse(text: &str, mode: TrustedMode) -> Result<Self, ManifestError> {
        let documents: Vec<_> = match serde_json::from_str(text).map_err(ManifestError::Format)? {
            Manifest::Apollo {
                format: ApolloFormat::PersistedQueryManifest,
                operations,
            } => operations.into_iter().map(|it| (it.id, it.body)).collect(),
            Manifest::ById(documents) => documents.into_iter().collect(),
        };
        let mut by_id = HashMap::new();
        for (id, text) in documents {
            let text: Arc<str> = text.into();
            if by_id.insert(id.clone(), text).is_some() {
                return Err(ManifestError::Twice(id));
            }
        }
        Ok(Self {
            mode,
            texts: Arc::new(by_id.values().cloned().collect()),
            by_id: Arc::new(by_id),
        })
    }

    /// Whether every document would be run.
    pub fn check(&self, planner: &Planner) -> Result<(), ManifestError> {
        for (id, text) in &*self.by_id {
            planner.document(text).map_err(|refusal| {
                let id = id.clone();
                ManifestError::Document { id, refusal }
            })?;
        }
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn mode(&self) -> TrustedMode {
        self.mode
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<str>> {
        self.by_id.get(id).cloned()
    }

    /// Whether a document may be run, as far as trust goes.
    pub fn admits(&self, text: &str) -> bool {
        self.mode != TrustedMode::Require || self.contains(text)
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        self.texts.contains(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TrustedDocuments, String> {
        TrustedDocuments::parse(text, TrustedMode::Require).map_err(|it| it.to_string())
    }

    #[test]
    fn the_formats_of_apollo_and_relay_are_read() {
        let apollo = r#"{ "format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{ "id": "a1", "name": "Q", "type": "query", "body": "{ __typename }" }] }"#;
        let relay = r#"{ "a1": "{ __typename }" }"#;
        for text in [apollo, relay] {
            let documents = parse(text).unwrap();
            assert_eq!(documents.get("a1").as_deref(), Some("{ __typename }"));
            assert!(documents.contains("{ __typename }"));
            assert!(!documents.contains("{__typename}"));
        }
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let twice = r#"{ "format": "apollo-persisted-query-manifest", "version": 1,
            "operations": [{ "id": "a", "body": "x" }, { "id": "a", "body": "y" }] }"#;
        assert_eq!(parse(twice).unwrap_err(), "the id `a` is there twice");
        for text in [
            "",
            "[]",
            r#"{ "format": "other", "operations": [] }"#,
            r#"{ "a": 1 }"#,
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.starts_with("the file is no manifest"), "{refused}");
        }
    }
}
