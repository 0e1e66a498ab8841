//! Plans: what is kept of an operation for all requests alike, and what one request makes of it.
//!
//! Apart from the document, of which there are many plans: one for each combination of conditions and
//! of variables left out. Must not check what the document or the variables have been checked for.

use std::{fmt, sync::Arc};

use async_graphql::{Request, Variables, parser::types::ExecutableDocument};

use super::{
    cost::Cost,
    document::{Document, Kind, Operation},
    emit::Source,
    limits::Limits,
    normal::{Item, Items, Normaliser},
    refusal::{Reason, Refusal},
    schema::Api,
    steady::{self, Fingerprint},
};

/// A combination of conditions and absences is a number of so many bits. An operation with more is
/// planned anew each time, so that one document cannot fill the cache.
const MOST_BITS: usize = 8;

/// About how many bytes the definition of a variable holds.
const PER_VARIABLE: usize = 256;

/// What a plan is made from, beside the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    document: u64,
    operation: usize,
    bits: u8,
}

/// An operation as it is executed.
pub(super) struct Plan {
    kind: Kind,
    name: Option<String>,
    introspection: bool,
    asks_schema: bool,
    /// What the operation is called among all, if its answers can be kept.
    steady: Option<String>,
    cost: Cost,
    nodes: usize,
    /// About how many bytes the values of arguments hold, and the definitions of variables.
    values: usize,
    document: ExecutableDocument,
}

/// An operation whose variables are in order. What of it runs may still have to be found out.
pub struct Fitted {
    document: Arc<Document>,
    operation: Arc<Operation>,
    key: Option<Key>,
    variables: Variables,
}

/// An operation with its variables, good to be executed.
pub struct Planned {
    plan: Arc<Plan>,
    variables: Variables,
    cost: u64,
}

impl Key {
    /// Nothing, if the operation has too many combinations.
    fn new(
        document: &Document,
        (at, operation): (usize, &Operation),
        variables: &Variables,
    ) -> Option<Self> {
        if operation.conditions.len() + operation.presence.len() > MOST_BITS {
            return None;
        }
        let truths = operation
            .conditions
            .iter()
            .map(|it| matches!(variables.get(it), Some(async_graphql::Value::Boolean(true))));
        let presences = operation
            .presence
            .iter()
            .map(|it| variables.contains_key(it));
        Some(Self {
            document: document.number,
            operation: at,
            bits: truths
                .chain(presences)
                .fold(0, |bits, it| bits << 1 | u8::from(it)),
        })
    }
}

impl Plan {
    fn compile(
        (api, limits): (&Api, &Limits),
        document: &Document,
        operation: &Operation,
        variables: &Variables,
    ) -> Result<Self, Refusal> {
        let definition = &operation.definition;
        let root = &definition.selection_set;
        let mut normaliser = Normaliser::new((api, &document.parsed), limits, variables);
        let items = normaliser.select(&root.ty, &[root])?;
        let source = Source {
            text: document.text(),
            lines: &document.lines,
        };
        let values = items.iter().map(Item::held).sum::<usize>();
        let values = values + operation.variables.len() * PER_VARIABLE;
        let is_query = operation.kind() == Kind::Query && !is_introspection(&items);
        let is_steady = is_query && steady::is_steady(api, &[&root.ty], &items);
        let written = source.document(definition, &operation.variables, &items);
        Ok(Self {
            kind: operation.kind(),
            name: operation.name().map(str::to_owned),
            introspection: operation.kind() == Kind::Query && is_introspection(&items),
            asks_schema: asks_schema(&items),
            steady: is_steady.then(|| steady::identity(document, operation.name())),
            cost: Cost::of(api, &[&root.ty], &items),
            nodes: normaliser.nodes(),
            values,
            document: written.ok_or_else(|| {
                let message = "the document has a number in it that no double can hold";
                Refusal::new(Reason::Invalid, message)
            })?,
        })
    }

    pub(super) fn cost(&self, variables: &Variables) -> u64 {
        self.cost.with(variables)
    }

    /// About how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        const PER_NODE: usize = 512;
        self.nodes * PER_NODE + self.values + size_of::<Self>()
    }
}

/// Whether the schema is asked about, beside other things perhaps.
fn asks_schema(items: &Items<'_>) -> bool {
    items.iter().any(|it| match it {
        Item::Field(it) => matches!(it.definition.name.as_str(), "__schema" | "__type"),
        Item::Branch { .. } => false,
    })
}

fn is_introspection(items: &Items<'_>) -> bool {
    items.iter().all(|it| match it {
        Item::Field(it) => it.definition.name.starts_with("__"),
        Item::Branch { .. } => false,
    })
}

impl Fitted {
    /// `operation` is one of the document's, with its place among them.
    pub(super) fn new(
        document: &Arc<Document>,
        (at, operation): (usize, &Arc<Operation>),
        variables: Variables,
    ) -> Self {
        Self {
            key: Key::new(document, (at, operation), &variables),
            document: Arc::clone(document),
            operation: Arc::clone(operation),
            variables,
        }
    }

    /// Under what its plan is kept. Nothing, if it is planned anew each time.
    pub(super) fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    pub(super) fn compile(&self, context: (&Api, &Limits)) -> Result<Plan, Refusal> {
        Plan::compile(context, &self.document, &self.operation, &self.variables)
    }

    pub(super) fn into_variables(self) -> Variables {
        self.variables
    }
}

impl Planned {
    pub(super) fn new(plan: Arc<Plan>, variables: Variables, cost: u64) -> Self {
        Self {
            plan,
            variables,
            cost,
        }
    }

    pub fn kind(&self) -> Kind {
        self.plan.kind
    }

    /// What it costs with these variables.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    pub fn operation_name(&self) -> Option<&str> {
        self.plan.name.as_deref()
    }

    /// Whether nothing is asked for but the schema itself.
    pub fn is_introspection(&self) -> bool {
        self.plan.introspection
    }

    /// Whether the schema is asked about at all, beside data or alone.
    pub fn asks_schema(&self) -> bool {
        self.plan.asks_schema
    }

    /// The fingerprint of what is asked, if all of it is steady: the answer stays right until the data of
    /// steady fields changes.
    pub fn steady(&self) -> Option<Fingerprint> {
        Fingerprint::new(self.plan.steady.as_deref()?, &self.variables)
    }

    /// The request that async-graphql executes. It carries no text and no operation name, and must be
    /// executed by a schema that validates nothing: everything was checked.
    pub fn into_request(self) -> Request {
        let mut request = Request::new("").variables(self.variables);
        request.set_parsed_query(self.plan.document.clone());
        request
    }
}

/// Without values: they may be somebody's secret.
impl fmt::Debug for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fitted")
            .field("document", &self.document)
            .field("operation_name", &self.operation.name())
            .finish_non_exhaustive()
    }
}

/// Without values, too.
impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned")
            .field("kind", &self.kind())
            .field("operation_name", &self.operation_name())
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}
