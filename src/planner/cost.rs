//! What a plan costs: about the number of objects that it asks for.
//!
//! Apart, because the cost is compiled once per plan and calculated for each request: what depends on
//! variables stays a formula, everything else is a number. Must not know budgets.

use apollo_compiler::{
    Name,
    ast::{Argument, FieldDefinition, Value},
};
use async_graphql::{Name as VariableName, Value as Const, Variables};

use super::{
    normal::{Item, Items, Merged},
    schema::Api,
};

/// How many a page is taken to have if it does not say.
const UNLIMITED_PAGE: u64 = 100;

/// A cost that may depend on variables.
#[derive(Debug)]
pub(super) enum Cost {
    Fixed(u64),
    Sum(Vec<Cost>),
    /// An object has one type, so of branches only the dearest counts.
    Most(Vec<Cost>),
    Times(Vec<Count>, Box<Cost>),
}

/// How often there is what is below a field.
#[derive(Debug)]
pub(super) enum Count {
    Fixed(u64),
    /// The larger one, of those that are given.
    Page(Vec<Argued>),
    /// The length of a list that is a variable.
    Length(VariableName),
}

/// The number that an argument has.
#[derive(Debug)]
pub(super) enum Argued {
    Number(u64),
    Variable(VariableName),
}

impl Cost {
    /// Compiles what a selection on any of `types` costs.
    pub(super) fn of(api: &Api, types: &[&Name], items: &Items<'_>) -> Self {
        Self::of_those((api, types), items, |_| true)
    }

    /// The same of some of its fields.
    fn of_those(
        (api, types): (&Api, &[&Name]),
        items: &Items<'_>,
        wanted: fn(&Merged<'_>) -> bool,
    ) -> Self {
        let mut always = Vec::new();
        let mut branches = Vec::new();
        for ty in dedup(items) {
            let of_type = items.iter().filter_map(|it| match it {
                Item::Branch { types, fields } if types.contains(&ty) => Some(fields),
                _ => None,
            });
            let fields = of_type.flatten().filter(|it| wanted(it));
            let fields = fields.map(|it| Self::of_field(api, &[ty], it));
            branches.push(Self::sum(fields.collect()));
        }
        for item in items {
            if let Item::Field(it) = item
                && wanted(it)
            {
                always.push(Self::of_field(api, types, it));
            }
        }
        always.push(Self::most(branches));
        Self::sum(always)
    }

    fn of_field(api: &Api, types: &[&Name], merged: &Merged<'_>) -> Self {
        let definition = merged.definition;
        // Introspection has an allowance of its own.
        if definition.name.starts_with("__") {
            return Self::Fixed(0);
        }
        let weights = types.iter().map(|it| api.weight(it, definition));
        let own = Self::Fixed(weights.max().unwrap_or(0));
        let inner = definition.ty.inner_named_type();
        let below = |wanted| Self::of_those((api, &[inner]), &merged.below, wanted);
        let counts = counts(definition, &merged.arguments);
        let length = types.iter().filter_map(|it| api.length(it, definition));
        if let Some(length) = length.max() {
            let each = Self::sum(vec![own, below(|_| true)]);
            return Self::times(vec![Count::Fixed(length)], each);
        }
        if definition.ty.is_list() {
            return Self::sum(vec![own, Self::times(counts, below(|_| true))]);
        }
        // A page is one object: what it has many of are its lists.
        let many = Self::times(counts, below(|it| it.definition.ty.is_list()));
        Self::sum(vec![own, many, below(|it| !it.definition.ty.is_list())])
    }

    /// Calculates the cost with these variables.
    pub(super) fn with(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(it) => *it,
            Self::Sum(parts) => {
                let parts = parts.iter().map(|it| it.with(variables));
                parts.fold(0, u64::saturating_add)
            }
            Self::Most(parts) => parts.iter().map(|it| it.with(variables)).max().unwrap_or(0),
            Self::Times(counts, below) => {
                let counts = counts.iter().map(|it| it.with(variables));
                counts.fold(below.with(variables), u64::saturating_mul)
            }
        }
    }

    fn sum(parts: Vec<Self>) -> Self {
        let mut fixed = 0_u64;
        let mut open = Vec::new();
        for part in parts {
            match part {
                Self::Fixed(it) => fixed = fixed.saturating_add(it),
                part => open.push(part),
            }
        }
        if open.is_empty() {
            return Self::Fixed(fixed);
        }
        open.push(Self::Fixed(fixed));
        Self::Sum(open)
    }

    fn most(parts: Vec<Self>) -> Self {
        let cost = Self::Most(parts);
        if cost.is_fixed() {
            return Self::Fixed(cost.with(&Variables::default()));
        }
        cost
    }

    fn times(counts: Vec<Count>, below: Self) -> Self {
        let cost = Self::Times(counts, Box::new(below));
        if cost.is_fixed() {
            return Self::Fixed(cost.with(&Variables::default()));
        }
        cost
    }

    fn is_fixed(&self) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Sum(parts) | Self::Most(parts) => parts.iter().all(Self::is_fixed),
            Self::Times(counts, below) => {
                below.is_fixed() && counts.iter().all(|it| matches!(it, Count::Fixed(_)))
            }
        }
    }
}

/// The types that have branches, each once.
fn dedup<'a>(items: &Items<'a>) -> Vec<&'a Name> {
    let mut found = Vec::new();
    for item in items {
        if let Item::Branch { types, .. } = item {
            found.extend(
                types
                    .iter()
                    .copied()
                    .filter(|it| !found.contains(it))
                    .collect::<Vec<_>>(),
            );
        }
    }
    found
}

/// What multiplies the cost below a field.
fn counts(
    definition: &FieldDefinition,
    arguments: &[&apollo_compiler::Node<Argument>],
) -> Vec<Count> {
    let given = |name: &str| {
        arguments
            .iter()
            .find(|it| it.name == name)
            .map(|it| &*it.value)
    };
    let mut counts = Vec::new();
    let pages = ["first", "last"].map(|it| definition.argument_by_name(it));
    if pages.iter().any(Option::is_some) {
        let pages = pages
            .into_iter()
            .flatten()
            .filter_map(|it| argued(given(&it.name).or(it.default_value.as_deref())?));
        counts.push(Count::Page(pages.collect()).folded());
    }
    if definition
        .argument_by_name("ids")
        .is_some_and(|it| it.ty.is_list())
    {
        counts.push(match given("ids") {
            Some(Value::Variable(name)) => Count::Length(VariableName::new(name)),
            Some(Value::List(items)) => Count::Fixed(length(items.len())),
            _ => Count::Fixed(1),
        });
    }
    counts
}

fn argued(value: &Value) -> Option<Argued> {
    match value {
        // A negative number is refused later; nobody is paid for it.
        Value::Int(it) => Some(Argued::Number(it.as_str().parse().unwrap_or(0))),
        Value::Variable(name) => Some(Argued::Variable(VariableName::new(name))),
        _ => None,
    }
}

impl Count {
    fn folded(self) -> Self {
        match &self {
            Self::Page(of) if of.iter().all(|it| matches!(it, Argued::Number(_))) => {
                Self::Fixed(self.with(&Variables::default()))
            }
            _ => self,
        }
    }

    fn with(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(it) => *it,
            Self::Page(of) => {
                let given = of.iter().filter_map(|it| it.with(variables));
                given.max().unwrap_or(UNLIMITED_PAGE)
            }
            Self::Length(name) => match variables.get(name) {
                Some(Const::List(items)) => length(items.len()),
                _ => 1,
            },
        }
    }
}

impl Argued {
    fn with(&self, variables: &Variables) -> Option<u64> {
        match self {
            Self::Number(it) => Some(*it),
            Self::Variable(name) => match variables.get(name)? {
                Const::Number(it) => Some(it.as_u64().unwrap_or(0)),
                _ => None,
            },
        }
    }
}

fn length(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
