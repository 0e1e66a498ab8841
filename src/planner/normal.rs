//! A document in its normal form: each field once, no fragments, no conditions.
//!
//! This is the specification's *CollectFields*, done before execution instead of during it. A field
//! that is asked for in three fragments is one field. Below an interface or a union, a field goes to
//! the interface where it is the same for all objects (`hoisted`), and into a branch for each object
//! type where not.
//!
//! Apart from `emit`, which writes the form down, and `cost`, which weighs it. Reads only documents
//! that are validated, and still must not fail on others: what cannot be found is left out.

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::{Argument, FieldDefinition, Value},
    collections::{HashSet, IndexMap, IndexSet},
    executable::{DirectiveList, Field, Selection, SelectionSet},
};
use async_graphql::{Value as Const, Variables};

use super::{
    limits::Limits,
    refusal::{Reason, Refusal},
    schema::Api,
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

/// Fields by their name in the answer.
type Groups<'a> = IndexMap<&'a str, Vec<&'a Node<Field>>>;

/// Object types of which the same is asked.
struct Class<'a> {
    types: Vec<&'a Name>,
    groups: Groups<'a>,
}

/// Makes the normal form of a selection under given variables.
pub(super) struct Normaliser<'a> {
    api: &'a Api,
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    variables: &'a Variables,
    /// Whether fields are asked for on the interface where that is possible.
    hoists: bool,
    steps: usize,
    nodes: usize,
}

impl<'a> Normaliser<'a> {
    pub(super) fn new(
        (api, document): (&'a Api, &'a ExecutableDocument),
        limits: &'a Limits,
        variables: &'a Variables,
    ) -> Self {
        Self {
            api,
            document,
            limits,
            variables,
            hoists: true,
            steps: 0,
            nodes: 0,
        }
    }

    /// How many fields and branches there are.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// Merges what is asked of one value of type `ty`.
    pub(super) fn select(
        &mut self,
        ty: &'a Name,
        sets: &[&'a SelectionSet],
    ) -> Result<Items<'a>, Refusal> {
        if self.api.is_object(ty) {
            let groups = self.collect(ty, sets)?;
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
                let segment = class.groups.values().take(end).skip(*start);
                *start = end + 1;
                if segment.len() > 0 {
                    self.branch(&class.types, segment, &mut items)?;
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
        segment: impl Iterator<Item = &'s Vec<&'a Node<Field>>> + Clone,
        items: &mut Items<'a>,
    ) -> Result<(), Refusal>
    where
        'a: 's,
    {
        let mut alike: IndexMap<Vec<Option<&str>>, Vec<&'a Name>> = IndexMap::default();
        for ty in types {
            let returned = segment.clone().map(|group| self.returned(ty, group));
            alike.entry(returned.collect()).or_default().push(ty);
        }
        for types in alike.into_values() {
            let Some(first) = types.first() else {
                continue;
            };
            let before = self.nodes;
            self.node(1)?;
            let fields = self.fields(first, segment.clone())?;
            self.node((self.nodes - before) * (types.len() - 1))?;
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
        self.node(1)?;
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
            Value::Variable(name) => self.variables.contains_key(name.as_str()),
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
        let mut conditions = IndexSet::default();
        let mut seen = HashSet::default();
        for set in sets {
            self.conditions(set, &mut conditions, &mut seen)?;
        }
        let mut classes: IndexMap<Vec<bool>, Vec<&'a Name>> = IndexMap::default();
        let api = self.api;
        for ty in api.possible(ty) {
            self.step(conditions.len())?;
            let applies = conditions.iter().map(|it| api.applies(it, ty));
            classes.entry(applies.collect()).or_default().push(ty);
        }
        let mut found = Vec::with_capacity(classes.len());
        for types in classes.into_values() {
            if let Some(first) = types.first() {
                let groups = self.collect(first, sets)?;
                found.push(Class { types, groups });
            }
        }
        Ok(found)
    }

    fn conditions(
        &mut self,
        set: &'a SelectionSet,
        found: &mut IndexSet<&'a Name>,
        seen: &mut HashSet<&'a Name>,
    ) -> Result<(), Refusal> {
        for selection in &set.selections {
            self.step(1)?;
            match selection {
                Selection::InlineFragment(it) => {
                    found.extend(&it.type_condition);
                    self.conditions(&it.selection_set, found, seen)?;
                }
                Selection::FragmentSpread(it) if seen.insert(&it.fragment_name) => {
                    if let Some(fragment) = self.document.fragments.get(&it.fragment_name) {
                        found.insert(fragment.type_condition());
                        self.conditions(&fragment.selection_set, found, seen)?;
                    }
                }
                Selection::Field(_) | Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
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

    /// The fields that are asked of an object of type `ty`.
    fn collect(&mut self, ty: &str, sets: &[&'a SelectionSet]) -> Result<Groups<'a>, Refusal> {
        let mut groups = Groups::default();
        let mut seen = HashSet::default();
        for set in sets {
            self.collect_into(ty, set, (&mut groups, &mut seen))?;
        }
        Ok(groups)
    }

    fn collect_into(
        &mut self,
        ty: &str,
        set: &'a SelectionSet,
        (groups, seen): (&mut Groups<'a>, &mut HashSet<&'a Name>),
    ) -> Result<(), Refusal> {
        for selection in &set.selections {
            self.step(1)?;
            if !self.is_included(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(it) => {
                    groups
                        .entry(it.response_key().as_str())
                        .or_default()
                        .push(it);
                }
                Selection::InlineFragment(it) => {
                    let condition = it.type_condition.as_ref();
                    if condition.is_none_or(|it| self.api.applies(it, ty)) {
                        self.collect_into(ty, &it.selection_set, (groups, seen))?;
                    }
                }
                Selection::FragmentSpread(it) => {
                    if !seen.insert(&it.fragment_name) {
                        continue;
                    }
                    let fragment = self.document.fragments.get(&it.fragment_name);
                    let applies = |condition| self.api.applies(condition, ty);
                    if let Some(it) = fragment.filter(|it| applies(it.type_condition())) {
                        self.collect_into(ty, &it.selection_set, (groups, seen))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_included(&self, directives: &DirectiveList) -> bool {
        let says = |directive, word| {
            let condition = directives.get(directive);
            let value = condition.and_then(|it| it.specified_argument_by_name("if"));
            value.is_some_and(|it| self.truth(it) == word)
        };
        !says("skip", true) && !says("include", false)
    }

    fn truth(&self, value: &Value) -> bool {
        match value {
            Value::Boolean(it) => *it,
            Value::Variable(name) => {
                matches!(
                    self.variables.get(name.as_str()),
                    Some(Const::Boolean(true))
                )
            }
            _ => false,
        }
    }

    fn step(&mut self, count: usize) -> Result<(), Refusal> {
        self.steps += count;
        within("selections", self.steps, self.limits.steps)
    }

    fn node(&mut self, count: usize) -> Result<(), Refusal> {
        self.nodes += count;
        within("fields and branches", self.nodes, self.limits.nodes)
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

fn within(what: &str, found: usize, limit: usize) -> Result<(), Refusal> {
    if found <= limit {
        return Ok(());
    }
    let message =
        format!("merging the operation takes {found} {what} or more, and {limit} are the most");
    Err(Refusal::new(Reason::TooLarge, message))
}
