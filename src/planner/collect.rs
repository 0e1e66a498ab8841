//! Which fields are asked of an object: the specification's `CollectFields`, with a budget.
//!
//! Apart from `normal`, which decides what to do with them. Visits each fragment once per group of
//! sets that meet, so one collection is linear in the document; how many there may be is what the
//! budget bounds.

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::Value,
    collections::{HashSet, IndexMap, IndexSet},
    executable::{DirectiveList, Field, Selection, SelectionSet},
};
use async_graphql::{Value as Const, Variables};

use super::{
    limits::Limits,
    refusal::{Reason, Refusal},
    schema::Api,
};

/// Fields by their name in the answer.
pub(super) type Groups<'a> = IndexMap<&'a str, Vec<&'a Node<Field>>>;

pub(super) struct Collector<'a> {
    api: &'a Api,
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    variables: &'a Variables,
    steps: usize,
    nodes: usize,
}

impl<'a> Collector<'a> {
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
            steps: 0,
            nodes: 0,
        }
    }

    /// How many fields and branches there are so far.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    pub(super) fn is_given(&self, variable: &str) -> bool {
        self.variables.contains_key(variable)
    }

    /// The types that fragments are on, whether they apply or not.
    pub(super) fn conditions(
        &mut self,
        sets: &[&'a SelectionSet],
    ) -> Result<IndexSet<&'a Name>, Refusal> {
        let mut found = IndexSet::default();
        let mut seen = HashSet::default();
        for set in sets {
            self.conditions_into(set, &mut found, &mut seen)?;
        }
        Ok(found)
    }

    fn conditions_into(
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
                    self.conditions_into(&it.selection_set, found, seen)?;
                }
                Selection::FragmentSpread(it) if seen.insert(&it.fragment_name) => {
                    if let Some(fragment) = self.document.fragments.get(&it.fragment_name) {
                        found.insert(fragment.type_condition());
                        self.conditions_into(&fragment.selection_set, found, seen)?;
                    }
                }
                Selection::Field(_) | Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    /// The fields that are asked of an object of type `ty`.
    pub(super) fn collect(
        &mut self,
        ty: &str,
        sets: &[&'a SelectionSet],
    ) -> Result<Groups<'a>, Refusal> {
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

    pub(super) fn step(&mut self, count: usize) -> Result<(), Refusal> {
        self.steps += count;
        within("selections", self.steps, self.limits.steps)
    }

    pub(super) fn node(&mut self, count: usize) -> Result<(), Refusal> {
        self.nodes += count;
        within("fields and branches", self.nodes, self.limits.nodes)
    }
}

fn within(what: &str, found: usize, limit: usize) -> Result<(), Refusal> {
    if found <= limit {
        return Ok(());
    }
    let message =
        format!("merging the operation takes {found} {what} or more, and {limit} are the most");
    Err(Refusal::new(Reason::TooLarge, message))
}
