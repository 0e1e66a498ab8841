//! A document that was read, checked and found good, before anybody knows the variables.
//!
//! The order of the checks is the point: each one makes the next one's work bounded. The guard bounds
//! the parser; fragments without circles and a shape within limits bound the validation; and what
//! comes after may rely on validity.

use std::{
    fmt::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use apollo_compiler::{
    ExecutableDocument, Node, ast,
    executable::{Operation as Definition, OperationType},
    introspection,
    parser::Parser,
    validation::Valid,
};
use async_graphql::Name;
use sha2::{Digest as _, Sha256};

use super::{
    entries, fragments, guard,
    limits::Limits,
    literals::{self, Uses},
    places::Lines,
    refusal::{Problem, Reason, Refusal},
    schema::Api,
    shape, values,
    variables::Variable,
};

/// The number of the next document.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// A document that is good for the schema.
pub struct Document {
    /// Tells documents apart in the cache of plans.
    pub(super) number: u64,
    text: String,
    sha256: String,
    pub(super) lines: Lines,
    pub(super) parsed: Valid<ExecutableDocument>,
    operations: Vec<Arc<Operation>>,
}

/// What an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Query,
    Mutation,
    Subscription,
}

/// An operation of a document.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) definition: Node<Definition>,
    pub(super) variables: Vec<Variable>,
    /// The variables whose truth a plan depends on.
    pub(super) conditions: Vec<Name>,
    /// The variables whose presence a plan depends on.
    pub(super) presence: Vec<Name>,
}

impl Document {
    pub(super) fn read(text: &str, api: &Api, limits: &Limits) -> Result<Self, Refusal> {
        let parsed = parse(text, api, limits)?;
        let mut operations = Vec::new();
        let lines = Lines::new(text);
        for definition in parsed.operations.iter() {
            let uses = literals::check(&parsed, definition, (api, text))
                .map_err(|it| Refusal::listing(Reason::Invalid, it))?;
            let place = |it: &ast::VariableDefinition, at: Option<usize>| Variable {
                name: Name::new(&it.name),
                ty: it.ty.clone(),
                default: it.default_value.as_ref().and_then(values::to_const),
                never_null: uses.never_null.contains(it.name.as_str()),
                place: at.and_then(|it| lines.place(text, it)),
            };
            let variables = definition.variables.iter();
            let variables = variables.map(|it| place(it, it.location().map(|it| it.offset())));
            let operation = Operation::new(definition, variables.collect(), &uses);
            operations.push(Arc::new(operation));
        }
        Ok(Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            text: text.to_owned(),
            sha256: hex(&sha256(text)),
            lines,
            parsed,
            operations,
        })
    }

    /// The document as it came.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hash of its text, in small hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What the operation of this name is, or the only one.
    pub fn kind(&self, operation: Option<&str>) -> Result<Kind, Refusal> {
        self.operation(operation).map(|(_, it)| it.kind())
    }

    /// The operation of this name, or the only one, and its place among them.
    pub(super) fn operation(
        &self,
        name: Option<&str>,
    ) -> Result<(usize, &Arc<Operation>), Refusal> {
        let mut operations = self.operations.iter().enumerate();
        let found = match (name, self.operations.len()) {
            (None, 1) => operations.next(),
            (None, _) => None,
            (Some(_), _) => operations.find(|(_, it)| it.name() == name),
        };
        found.ok_or_else(|| {
            let names = self.operations.iter().filter_map(|it| it.name());
            let names: Vec<_> = names.collect();
            let names = names.join(", ");
            Refusal::new(
                Reason::Operation,
                match name {
                    Some(name) => {
                        format!("there is no operation `{name}`: expected one of {names}")
                    }
                    None => format!("`operationName` is missing: expected one of {names}"),
                },
            )
        })
    }

    /// About how many bytes it holds. The compiler's tree was measured at 18 times the text.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() * 20 + self.lines.bytes() + size_of::<Self>()
    }
}

/// Without the text: what is in it may be somebody's secret.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("sha256", &self.sha256)
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}

impl Operation {
    fn new(definition: &Node<Definition>, variables: Vec<Variable>, uses: &Uses<'_>) -> Self {
        let named = |wanted: &dyn Fn(&Variable) -> bool| {
            let wanted = variables.iter().filter(|it| wanted(it));
            wanted.map(|it| it.name.clone()).collect()
        };
        let conditions = named(&|it| uses.conditions.contains(it.name.as_str()));
        // All others are there in any case, or refused.
        let presence = named(&|it| {
            let optional = !it.ty.is_non_null() && it.default.is_none();
            optional && uses.arguments.contains(it.name.as_str())
        });
        Self {
            definition: definition.clone(),
            variables,
            conditions,
            presence,
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.definition.name.as_deref()
    }

    pub(super) fn kind(&self) -> Kind {
        match self.definition.operation_type {
            OperationType::Query => Kind::Query,
            OperationType::Mutation => Kind::Mutation,
            OperationType::Subscription => Kind::Subscription,
        }
    }
}

fn parse(text: &str, api: &Api, limits: &Limits) -> Result<Valid<ExecutableDocument>, Refusal> {
    guard::check(text, limits).map_err(|it| match it {
        guard::Refused::UnendedText => Refusal::new(Reason::Syntax, it.to_string()),
        _ => Refusal::new(Reason::TooLarge, it.to_string()),
    })?;
    // What the guard and the parser do not agree about is bounded here.
    let syntax = Parser::new()
        .recursion_limit(4 * limits.nesting)
        .parse_ast(text, "document")
        .map_err(|it| Refusal::of_compiler(Reason::Syntax, &it.errors, text))?;
    entries::check(text)?;
    let parsed = syntax
        .to_executable(&api.schema)
        .map_err(|it| Refusal::of_compiler(Reason::Invalid, &it.errors, text))?;
    count_operations(&parsed, limits)?;
    fragments::check(&parsed, text, limits)?;
    shape::check(&parsed, api, limits)?;
    let valid = parsed
        .validate(&api.schema)
        .map_err(|it| Refusal::of_compiler(Reason::Invalid, &it.errors, text))?;
    for operation in valid.operations.iter() {
        check_introspection(&valid, operation, text)?;
    }
    Ok(valid)
}

fn count_operations(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    let (found, limit) = (document.operations.len(), limits.operations);
    if found == 0 {
        return Err(Refusal::new(
            Reason::Invalid,
            "the document has no operation",
        ));
    }
    if found > limit {
        let message = format!("the document has {found} operations, and {limit} are the most");
        return Err(Refusal::new(Reason::TooLarge, message));
    }
    Ok(())
}

/// Lists inside lists inside lists of introspection grow without bound.
fn check_introspection(
    document: &Valid<ExecutableDocument>,
    operation: &Definition,
    text: &str,
) -> Result<(), Refusal> {
    let mut roots = operation.root_fields(document);
    if !roots.any(|it| matches!(it.name.as_str(), "__schema" | "__type")) {
        return Ok(());
    }
    introspection::check_max_depth(document, operation).map_err(|it| {
        let problem = Problem::at(text, it.location(), it.message().to_string());
        Refusal::listing(Reason::TooLarge, vec![problem])
    })
}

pub(super) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
