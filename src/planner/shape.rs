//! A look at the shape of a document that is not validated yet: how deep, wide and entangled it is.
//!
//! Apart from validation and before it, because the compiler's rule that equal names must mean equal
//! fields is exponential: it looks at every *set of field nodes* that can meet, and a few kilobytes
//! of fragments make it enumerate subsets. This walks the same sets and counts. What passes here is
//! validated in bounded time.
//!
//! It must not judge anything else, and tolerates what validation will refuse.

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    collections::{HashSet, IndexMap},
    executable::{Field, Operation, Selection, SelectionSet},
};

use super::{
    limits::Limits,
    refusal::{Reason, Refusal},
    schema::Api,
};

/// Refuses a document if one of its operations is beyond a limit, or all together are too much work.
pub(super) fn check(
    document: &ExecutableDocument,
    api: &Api,
    limits: &Limits,
) -> Result<(), Refusal> {
    let mut shape = Shape {
        document,
        api,
        limits,
        steps: 0,
        nodes: 0,
        aliases: 0,
        introspection: 0,
    };
    for operation in document.operations.iter() {
        shape.operation(operation)?;
    }
    Ok(())
}

struct Shape<'a> {
    document: &'a ExecutableDocument,
    api: &'a Api,
    limits: &'a Limits,
    // Shared by all operations of the document.
    steps: usize,
    nodes: usize,
    // Of one operation.
    aliases: usize,
    introspection: u64,
}

/// A field node, and the type that it was selected on.
type Found<'a> = (&'a Name, &'a Node<Field>);

/// Where a walk is.
#[derive(Clone, Copy)]
struct At {
    depth: usize,
    /// How many values of introspection there may be of a field here. Nothing among data.
    introspection: Option<u64>,
}

impl<'a> Shape<'a> {
    fn operation(&mut self, operation: &'a Operation) -> Result<(), Refusal> {
        (self.aliases, self.introspection) = (0, 0);
        let root = [&operation.selection_set];
        let fields = self.collect(&root)?;
        let limit = self.limits.root_fields;
        within("fields at the root of an operation", fields.len(), limit)?;
        let at = At {
            depth: 1,
            introspection: None,
        };
        self.by_key(fields, at)?;
        within("aliases in an operation", self.aliases, self.limits.aliases)?;
        let fields = self.collect(&root)?;
        self.by_parent(fields)
    }

    /// What has one name in the answer is one field, whatever type it was selected on.
    fn by_key(&mut self, fields: IndexMap<&'a str, Vec<Found<'a>>>, at: At) -> Result<(), Refusal> {
        for (key, group) in fields {
            let Some((_, first)) = group.first() else {
                continue;
            };
            self.node()?;
            self.aliases += usize::from(first.name != key);
            let at = self.enter(first, at)?;
            let below = self.collect(&below(&group))?;
            let depth = at.depth + 1;
            self.by_key(below, At { depth, ..at })?;
        }
        Ok(())
    }

    /// The same, but fields that are selected on different objects cannot meet. That makes smaller
    /// sets, and so other ones.
    fn by_parent(&mut self, fields: IndexMap<&'a str, Vec<Found<'a>>>) -> Result<(), Refusal> {
        for group in fields.into_values() {
            for group in self.split(&group) {
                self.node()?;
                let below = self.collect(&below(&group))?;
                self.by_parent(below)?;
            }
        }
        Ok(())
    }

    /// For each object type: what is selected on it, and on any abstract type.
    fn split(&mut self, group: &[Found<'a>]) -> Vec<Vec<Found<'a>>> {
        let (concrete, anywhere): (Vec<_>, Vec<_>) = group
            .iter()
            .partition(|(parent, _)| self.api.is_object(parent));
        if concrete.is_empty() {
            return vec![anywhere];
        }
        let mut groups: IndexMap<&Name, Vec<Found<'a>>> = IndexMap::default();
        for found in concrete {
            groups.entry(found.0).or_default().push(found);
        }
        for group in groups.values_mut() {
            self.steps += anywhere.len();
            group.extend(&anywhere);
        }
        groups.into_values().collect()
    }

    /// All fields of sets that meet, through all fragments, by their name in the answer.
    fn collect(
        &mut self,
        sets: &[&'a SelectionSet],
    ) -> Result<IndexMap<&'a str, Vec<Found<'a>>>, Refusal> {
        let mut fields = IndexMap::default();
        let mut seen = HashSet::default();
        for set in sets {
            self.collect_into(set, &mut fields, &mut seen)?;
        }
        Ok(fields)
    }

    fn collect_into(
        &mut self,
        set: &'a SelectionSet,
        fields: &mut IndexMap<&'a str, Vec<Found<'a>>>,
        seen: &mut HashSet<&'a Name>,
    ) -> Result<(), Refusal> {
        for selection in &set.selections {
            self.step()?;
            match selection {
                Selection::Field(it) => {
                    let key = it.response_key().as_str();
                    fields.entry(key).or_default().push((&set.ty, it));
                }
                Selection::InlineFragment(it) => {
                    self.collect_into(&it.selection_set, fields, seen)?;
                }
                Selection::FragmentSpread(it) => {
                    let fragment = self.document.fragments.get(&it.fragment_name);
                    if let Some(fragment) = fragment.filter(|_| seen.insert(&it.fragment_name)) {
                        self.collect_into(&fragment.selection_set, fields, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Refusal> {
        self.steps += 1;
        within("selections to be merged", self.steps, self.limits.steps)
    }

    fn node(&mut self) -> Result<(), Refusal> {
        self.nodes += 1;
        within("fields after merging", self.nodes, self.limits.nodes)
    }

    /// Counts a field's depth, and what introspection may answer with.
    fn enter(&mut self, field: &Field, at: At) -> Result<At, Refusal> {
        let root = matches!(field.name.as_str(), "__schema" | "__type");
        let introspection = match at.introspection {
            None => root.then_some(1),
            Some(times) => Some(times.saturating_mul(self.length(field))),
        };
        let Some(times) = introspection else {
            within("fields below each other", at.depth, self.limits.depth)?;
            return Ok(at);
        };
        let limit = self.limits.introspection_depth;
        within("fields of introspection below each other", at.depth, limit)?;
        self.introspection = self.introspection.saturating_add(times);
        if self.introspection > self.limits.introspection_cost {
            let limit = self.limits.introspection_cost;
            let message = format!("introspection would answer with more than {limit} values");
            return Err(Refusal::new(Reason::TooLarge, message));
        }
        Ok(At {
            introspection: Some(times),
            ..at
        })
    }

    /// How long a list of introspection is, roughly.
    fn length(&self, field: &Field) -> u64 {
        match field.name.as_str() {
            "types" => u64::try_from(self.api.schema.types.len()).unwrap_or(u64::MAX),
            "args" => 2,
            _ if field.definition.ty.is_list() => 10,
            _ => 1,
        }
    }
}

fn below<'a>(group: &[Found<'a>]) -> Vec<&'a SelectionSet> {
    group.iter().map(|(_, it)| &it.selection_set).collect()
}

/// What is counted to the end is told as it is; where counting stopped, `found` is one too many.
fn within(what: &str, found: usize, limit: usize) -> Result<(), Refusal> {
    if found <= limit {
        return Ok(());
    }
    let message = format!("the document has {found} {what} or more, and {limit} are the most");
    Err(Refusal::new(Reason::TooLarge, message))
}
