//! Writes a normal form down as the document that async-graphql executes.
//!
//! Apart from `normal`, because this alone names async-graphql's syntax tree. There is one operation
//! and there are no fragments by name, so that what async-graphql does per request is linear.

use apollo_compiler::{
    Node,
    ast::OperationType as Kind,
    executable::{Field, Operation},
};
use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        DocumentOperations, ExecutableDocument, Field as Written, InlineFragment,
        OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeCondition,
        VariableDefinition,
    },
};

use super::{
    normal::{Item, Items, Merged},
    places::Lines,
    values,
    variables::Variable,
};

/// Where the fields of a plan come from, so that errors can tell.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a Lines,
}

impl Source<'_> {
    /// Writes an operation. Nothing, if it has a number in it that no double can hold.
    pub(super) fn document(
        &self,
        operation: &Operation,
        variables: &[Variable],
        items: &Items<'_>,
    ) -> Option<ExecutableDocument> {
        let ty = match operation.operation_type {
            Kind::Query => OperationType::Query,
            Kind::Mutation => OperationType::Mutation,
            Kind::Subscription => OperationType::Subscription,
        };
        let variables = variables.iter().map(definition);
        let operation = OperationDefinition {
            ty,
            variable_definitions: variables.collect::<Option<_>>()?,
            directives: Vec::new(),
            selection_set: nowhere(self.set(items)?),
        };
        Some(ExecutableDocument {
            operations: DocumentOperations::Single(nowhere(operation)),
            fragments: std::collections::HashMap::default(),
        })
    }

    fn set(&self, items: &Items<'_>) -> Option<SelectionSet> {
        let mut written = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Field(it) => written.push(self.field(it)?),
                Item::Branch { types, fields } => {
                    let set = fields.iter().map(|it| self.field(it));
                    let items: Vec<_> = set.collect::<Option<_>>()?;
                    written.extend(types.iter().map(|ty| branch(ty, items.clone())));
                }
            }
        }
        Some(SelectionSet { items: written })
    }

    fn field(&self, merged: &Merged<'_>) -> Option<Positioned<Selection>> {
        let field = merged.field;
        let at = self.position(field);
        let name = |it: &str| Positioned::new(Name::new(it), at);
        let arguments = merged.arguments.iter().map(|it| {
            let value = values::to_value(&it.value)?;
            Some((name(&it.name), Positioned::new(value, at)))
        });
        let written = Written {
            alias: field.alias.as_deref().map(name),
            name: name(&field.name),
            arguments: arguments.collect::<Option<_>>()?,
            directives: Vec::new(),
            selection_set: Positioned::new(self.set(&merged.below)?, at),
        };
        let written = Selection::Field(Positioned::new(written, at));
        Some(Positioned::new(written, at))
    }

    fn position(&self, field: &Node<Field>) -> Pos {
        let offset = field.location().map(|it| it.offset());
        let place = offset.and_then(|it| self.lines.place(self.text, it));
        place.map_or_else(Pos::default, |it| Pos {
            line: it.line,
            column: it.column,
        })
    }
}

/// The values are complete, so no default is needed.
fn definition(variable: &Variable) -> Option<Positioned<VariableDefinition>> {
    Some(nowhere(VariableDefinition {
        name: nowhere(variable.name.clone()),
        var_type: nowhere(Type::new(&variable.ty.to_string())?),
        directives: Vec::new(),
        default_value: None,
    }))
}

fn branch(ty: &str, items: Vec<Positioned<Selection>>) -> Positioned<Selection> {
    let on = nowhere(Name::new(ty));
    nowhere(Selection::InlineFragment(nowhere(InlineFragment {
        type_condition: Some(nowhere(TypeCondition { on })),
        directives: Vec::new(),
        selection_set: nowhere(SelectionSet { items }),
    })))
}

/// For what no error tells the place of.
fn nowhere<T>(node: T) -> Positioned<T> {
    Positioned::new(node, Pos::default())
}
