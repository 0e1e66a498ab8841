//! From the bytes of a document to something that is safe to run.

pub mod guard;

use std::sync::Arc;

use async_graphql::{
    Request, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Limits {
    pub document_bytes: usize,
    pub tokens: usize,
    pub nesting: usize,
    pub depth: usize,
    pub aliases: usize,
    pub root_fields: usize,
    pub operations: usize,
    pub cost: u64,
    pub cache_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 16 * 1024,
            tokens: 2000,
            nesting: 48,
            depth: 12,
            aliases: 50,
            root_fields: 20,
            operations: 10,
            cost: 1000,
            cache_bytes: 16 * 1024 * 1024,
        }
    }
}

pub type ScalarCheck = fn(&Value) -> Result<(), String>;

pub struct Schema<'a> {
    pub sdl: &'a str,
    pub scalars: &'a [(&'static str, ScalarCheck)],
    pub weights: &'a [(&'static str, u64)],
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(String);

pub struct Planner {
    limits: Limits,
}

pub struct Document {
    text: String,
    parsed: ExecutableDocument,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Query,
    Mutation,
    Subscription,
}

pub struct Planned {
    kind: Kind,
    name: Option<String>,
    request: Request,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    TooLarge,
    Syntax,
    Invalid,
    Operation,
    Variables,
    TooExpensive,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub locations: Vec<Location>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub reason: Reason,
    pub problems: Vec<Problem>,
}

impl Refusal {
    fn one(reason: Reason, message: String) -> Self {
        Self {
            reason,
            problems: vec![Problem {
                message,
                locations: vec![],
            }],
        }
    }
}

impl Planner {
    pub fn new(_schema: &Schema<'_>, limits: Limits) -> Result<Self, SchemaError> {
        Ok(Self { limits })
    }
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
    pub fn document(&self, text: &str) -> Result<Arc<Document>, Refusal> {
        guard::check(text).map_err(|it| Refusal::one(Reason::TooLarge, it.to_string()))?;
        let parsed = async_graphql::parser::parse_query(text)
            .map_err(|it| Refusal::one(Reason::Syntax, it.to_string()))?;
        Ok(Arc::new(Document {
            text: text.to_owned(),
            parsed,
        }))
    }
    pub fn plan(
        &self,
        document: &Document,
        operation: Option<&str>,
        variables: Map<String, Value>,
    ) -> Result<Planned, Refusal> {
        let kind = document.kind(operation)?;
        let mut request =
            Request::new("").variables(Variables::from_json(Value::Object(variables)));
        if let Some(name) = operation {
            request = request.operation_name(name);
        }
        request.set_parsed_query(document.parsed.clone());
        Ok(Planned {
            kind,
            name: operation.map(str::to_owned),
            request,
        })
    }
}

impl Document {
    pub fn text(&self) -> &str {
        &self.text
    }
    pub fn sha256(&self) -> &str {
        ""
    }
    pub fn kind(&self, operation: Option<&str>) -> Result<Kind, Refusal> {
        let mut found = self
            .parsed
            .operations
            .iter()
            .filter(|(it, _)| operation.is_none() || it.map(|it| it.as_str()) == operation);
        match (found.next(), found.next()) {
            (Some((_, it)), None) => Ok(match it.node.ty {
                OperationType::Query => Kind::Query,
                OperationType::Mutation => Kind::Mutation,
                OperationType::Subscription => Kind::Subscription,
            }),
            _ => Err(Refusal::one(
                Reason::Operation,
                "the document has no such operation, or several".to_owned(),
            )),
        }
    }
}

impl Planned {
    pub fn kind(&self) -> Kind {
        self.kind
    }
    pub fn cost(&self) -> u64 {
        1
    }
    pub fn operation_name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    pub fn is_introspection(&self) -> bool {
        false
    }
    pub fn into_request(self) -> Request {
        self.request
    }
}
