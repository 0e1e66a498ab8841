//! A document in its normal form: each field once, no fragments, no conditions.
//!
//! What the specification does during execution is done before it, once. A field that is asked for in
//! three fragments is one field. Below an interface or a union, a field goes to
//! the interface where it is the same for all objects (`hoisted`), and into a branch for each object
//! type where not.
//!
//! Apart from `emit`, which writes the form down, and `cost`, which weighs it. Reads only documents
//! that are validated, and still must not fail on others: what cannot be found is left out.

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{Argument, FieldDefinition, Value},
    collections::IndexMap,
    executable::{Field, SelectionSet},
};
use async_graphql::Variables;

use super::{
    collect::{Collector, Groups},
    limits::Limits,
    refusal::Refusal,
    schema::Api,
    values,
};

/// What is asked of an object, in the order of the answer.
pub(super) type Items<'a> = Vec<Item<'a>>;

#[derive(Debug)]
pub(super) enum Item<'a> {
    Field(Merged<'a>),
    /// What is asked of objects of these types only.
    Branch {
        types: Vec<&'a Name>,
        fields: Vec<Merged<'a>>,
    },
}

/// A field of the answer.
#[derive(Debug)]
pub(super) struct Merged<'a> {
    /// The first of the fields that were merged. The others have the same name and arguments.
    pub(super) field: &'a Node<Field>,
    /// As the type says on which it is asked for.
    pub(super) definition: &'a FieldDefinition,
    /// Without those that a variable would give which is left out.
    pub(super) arguments: Vec<&'a Node<Argument>>,
    pub(super) below: Items<'a>,
}

/// Object types of which the same is asked.
struct Class<'a> {
    types: Vec<&'a Name>,
    groups: Groups<'a>,
}

impl Item<'_> {
    /// About how many bytes the values of its arguments hold, as often as they are written.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Field(it) => it.held(),
            Self::Branch { types, fields } => {
                types.len() * fields.iter().map(Merged::held).sum::<usize>()
            }
        }
    }
}

impl Merged<'_> {
    fn held(&self) -> usize {
        let values = self.arguments.iter().map(|it| values::held(&it.value));
        values.sum::<usize>() + self.below.iter().map(Item::held).sum::<usize>()
    }
}

/// Makes the normal form of a selection under given variables.
pub(super) struct Normaliser<'a> {
    api: &'a Api,
    collector: Collector<'a>,
    /// Whether fields are asked for on the interface where that is possible. Tests say no: what is
    /// answered must not depend on it.
    pub(super) hoists: bool,
}

impl<'a> Normaliser<'a> {
    pub(super) fn new(
        (api, document): (&'a Api, &'a ExecutableDocument),
        limits: &'a Limits,
        variables: &'a Variables,
    ) -> Self {
        Self {
            api,
            collector: Collector::new((api, document), limits, variables),
            hoists: true,
        }
    }

    /// How many fields and branches there are.
    pub(super) fn nodes(&self) -> usize {
        self.collector.nodes()
    }

    /// Merges what is asked of one value of type `ty`.
    pub(super) fn select(
        &mut self,
        ty: &'a Name,
        sets: &[&'a SelectionSet],
    ) -> Result<Items<'a>, Refusal> {
        if self.api.is_object(ty) {
            let groups = self.collector.collect(ty, sets)?;
            let fields = self.fields(ty, groups.values())?;
            return Ok(fields.into_iter().map(Item::Field).collect());
        }
        let classes = self.classes(ty, sets)?;
        let hoisted = self.hoisted(ty, &classes);
        self.branches(ty, &classes, &hoisted)
    }

    /// What is hoisted stands among the branches where it stands in the answer.
    fn branches(
        &mut self,
        ty: &'a Name,
        classes: &[Class<'a>],
        hoisted: &[&'a str],
    ) -> Result<Items<'a>, Refusal> {
        let mut items = Vec::new();
        let mut starts = vec![0; classes.len()];
        for cut in hoisted.iter().map(Some).chain([None]) {
            for (class, start) in classes.iter().zip(&mut starts) {
                let end = cut.and_then(|it| class.groups.get_index_of(it));
                let end = end.unwrap_or(class.groups.len());
                let segment: Vec<_> = class.groups.values().take(end).skip(*start).collect();
                *start = end + 1;
                if !segment.is_empty() {
                    self.branch(&class.types, &segment, &mut items)?;
                }
            }
            let group = cut.and_then(|key| classes.first()?.groups.get(key));
            if let Some(group) = group {
                items.extend(self.field(ty, group)?.map(Item::Field));
            }
        }
        Ok(items)
    }

    /// Types of a class differ in what their fields return, sometimes. Those that do not share a
    /// branch.
    fn branch<'s>(
        &mut self,
        types: &[&'a Name],
        segment: &[&'s Vec<&'a Node<Field>>],
        items: &mut Items<'a>,
    ) -> Result<(), Refusal>
    where
        'a: 's,
    {
        let mut alike: IndexMap<Vec<Option<&str>>, Vec<&'a Name>> = IndexMap::default();
        for ty in types {
            let returned = segment.iter().map(|group| self.returned(ty, group));
            alike.entry(returned.collect()).or_default().push(ty);
        }
        for types in alike.into_values() {
            let Some(first) = types.first() else {
                continue;
            };
            let before = self.nodes();
            self.collector.node(1)?;
            let fields = self.fields(first, segment.iter().copied())?;
            self.collector
                .node((self.nodes() - before) * (types.len() - 1))?;
            items.push(Item::Branch { types, fields });
        }
        Ok(())
    }

    fn returned(&self, ty: &str, group: &[&'a Node<Field>]) -> Option<&'a str> {
        let definition = self.api.field(ty, &group.first()?.name)?;
        Some(definition.ty.inner_named_type())
    }

    fn fields<'s>(
        &mut self,
        ty: &'a Name,
        groups: impl Iterator<Item = &'s Vec<&'a Node<Field>>>,
    ) -> Result<Vec<Merged<'a>>, Refusal>
    where
        'a: 's,
    {
        groups
            .filter_map(|group| self.field(ty, group).transpose())
            .collect()
    }

    fn field(
        &mut self,
        ty: &'a Name,
        group: &[&'a Node<Field>],
    ) -> Result<Option<Merged<'a>>, Refusal> {
        let Some(field) = group.first() else {
            return Ok(None);
        };
        let Some(definition) = self.api.field(ty, &field.name) else {
            return Ok(None);
        };
        self.collector.node(1)?;
        let sets: Vec<_> = group.iter().map(|it| &it.selection_set).collect();
        let below = if field.selection_set.is_empty() {
            Vec::new()
        } else {
            self.select(definition.ty.inner_named_type(), &sets)?
        };
        Ok(Some(Merged {
            field,
            definition,
            arguments: self.arguments(field),
            below,
        }))
    }

    fn arguments(&self, field: &'a Field) -> Vec<&'a Node<Argument>> {
        let given = field.arguments.iter().filter(|it| match &*it.value {
            Value::Variable(name) => self.collector.is_given(name),
            _ => true,
        });
        given.collect()
    }

    /// Groups the possible types by which fragments apply to them.
    fn classes(
        &mut self,
        ty: &'a Name,
        sets: &[&'a SelectionSet],
    ) -> Result<Vec<Class<'a>>, Refusal> {
        let conditions = self.collector.conditions(sets)?;
        let mut classes: IndexMap<Vec<bool>, Vec<&'a Name>> = IndexMap::default();
        let api = self.api;
        for ty in api.possible(ty) {
            self.collector.step(conditions.len())?;
            let applies = conditions.iter().map(|it| api.applies(it, ty));
            classes.entry(applies.collect()).or_default().push(ty);
        }
        let mut found = Vec::with_capacity(classes.len());
        for types in classes.into_values() {
            if let Some(first) = types.first() {
                let groups = self.collector.collect(first, sets)?;
                found.push(Class { types, groups });
            }
        }
        Ok(found)
    }

    /// The names that can be asked for on the abstract type itself, in the order of the answer.
    fn hoisted(&self, ty: &str, classes: &[Class<'a>]) -> Vec<&'a str> {
        let Some((first, others)) = classes.split_first().filter(|_| self.hoists) else {
            return Vec::new();
        };
        let hoisted: Vec<_> = first
            .groups
            .iter()
            .filter(|(key, group)| {
                let everywhere = others
                    .iter()
                    .all(|it| it.groups.get(*key).is_some_and(|it| same(group, it)));
                everywhere && self.is_field_of(ty, group)
            })
            .map(|(key, _)| *key)
            .collect();
        let in_order = others
            .iter()
            .all(|class| hoisted.is_sorted_by_key(|key| class.groups.get_index_of(key)));
        if in_order { hoisted } else { Vec::new() }
    }

    /// Whether the abstract type has this field, with these arguments, returning the same.
    fn is_field_of(&self, ty: &str, group: &[&Node<Field>]) -> bool {
        group.iter().all(|field| {
            self.api.field(ty, &field.name).is_some_and(|definition| {
                let ours = definition.ty.inner_named_type();
                let has = |it: &Node<Argument>| definition.argument_by_name(&it.name).is_some();
                ours == field.definition.ty.inner_named_type() && field.arguments.iter().all(has)
            })
        })
    }
}

/// The same field nodes, or the same leaf.
fn same(one: &[&Node<Field>], other: &[&Node<Field>]) -> bool {
    let (Some(first), Some(second)) = (one.first(), other.first()) else {
        return false;
    };
    let leaf = first.selection_set.is_empty()
        && second.selection_set.is_empty()
        && first.name == second.name
        && first.arguments == second.arguments;
    let nodes = one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.ptr_eq(b));
    leaf || nodes
}
