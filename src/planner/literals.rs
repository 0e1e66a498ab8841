//! What a document says by itself about values, where the compiler does not look: `@oneOf`, custom
//! scalars, and variables inside of lists and objects.
//!
//! Apart from `variables`, which checks what a request brings. Looks at the whole document, once for
//! each operation, because what a variable may be depends on the operation. On the way it finds out
//! how each variable is used, which decides what a plan depends on.

use apollo_compiler::{
    Name, Node,
    ast::{Argument, Directive, InputValueDefinition, Type, Value},
    collections::{HashMap, HashSet},
    executable::{ExecutableDocument, Operation, Selection, SelectionSet, VariableDefinition},
    schema::{ExtendedType, InputObjectType},
};

use super::{
    refusal::{MOST_PROBLEMS, Problem},
    schema::Api,
    values,
    variables::one_of,
};

/// How an operation uses its variables, by name.
#[derive(Debug, Default)]
pub(super) struct Uses<'a> {
    /// In `@skip` and `@include`.
    pub(super) conditions: HashSet<&'a str>,
    /// As an argument of its own, so that leaving it out means something.
    pub(super) arguments: HashSet<&'a str>,
    /// Where null cannot stand, though the variable's type allows it.
    pub(super) never_null: HashSet<&'a str>,
}

/// Checks every value that can be reached from an operation.
pub(super) fn check<'a>(
    document: &'a ExecutableDocument,
    operation: &'a Operation,
    (api, text): (&'a Api, &'a str),
) -> Result<Uses<'a>, Vec<Problem>> {
    let mut check = Check {
        document,
        api,
        text,
        variables: operation
            .variables
            .iter()
            .map(|it| (it.name.as_str(), it))
            .collect(),
        seen: HashSet::default(),
        uses: Uses::default(),
        problems: Vec::new(),
    };
    for variable in &operation.variables {
        if let Some(default) = &variable.default_value {
            check.value(default, Place::of(&variable.ty));
        }
    }
    check.set(&operation.selection_set);
    if check.problems.is_empty() {
        Ok(check.uses)
    } else {
        Err(check.problems)
    }
}

struct Check<'a> {
    document: &'a ExecutableDocument,
    api: &'a Api,
    text: &'a str,
    variables: HashMap<&'a str, &'a Node<VariableDefinition>>,
    seen: HashSet<&'a str>,
    uses: Uses<'a>,
    problems: Vec<Problem>,
}

/// What a place for a value expects.
#[derive(Clone, Copy)]
struct Place<'a> {
    ty: &'a Type,
    has_default: bool,
}

impl<'a> Place<'a> {
    fn of(ty: &'a Type) -> Self {
        Self {
            ty,
            has_default: false,
        }
    }

    fn of_input(input: &'a InputValueDefinition) -> Self {
        Self {
            ty: &input.ty,
            has_default: input.default_value.is_some(),
        }
    }
}

impl<'a> Check<'a> {
    fn set(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            for directive in selection.directives() {
                self.directive(directive);
            }
            match selection {
                Selection::Field(it) => {
                    for argument in &it.arguments {
                        if let Some(input) = it.definition.argument_by_name(&argument.name) {
                            self.argument(argument, input);
                        }
                    }
                    self.set(&it.selection_set);
                }
                Selection::InlineFragment(it) => self.set(&it.selection_set),
                Selection::FragmentSpread(it) => {
                    let document = self.document;
                    let fragment = document.fragments.get(&it.fragment_name);
                    if let Some(fragment) = fragment.filter(|_| self.seen.insert(&it.fragment_name))
                    {
                        self.set(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directive(&mut self, directive: &'a Node<Directive>) {
        let api = self.api;
        let Some(definition) = api.schema.directive_definitions.get(&directive.name) else {
            return;
        };
        for argument in &directive.arguments {
            if let Some(input) = definition.argument_by_name(&argument.name) {
                self.value(&argument.value, Place::of_input(input));
            }
            if let Value::Variable(name) = &*argument.value {
                self.uses.conditions.insert(name);
            }
        }
    }

    fn argument(&mut self, argument: &'a Node<Argument>, input: &'a InputValueDefinition) {
        self.value(&argument.value, Place::of_input(input));
        if let Value::Variable(name) = &*argument.value {
            self.uses.arguments.insert(name);
        }
    }

    fn value(&mut self, value: &'a Node<Value>, place: Place<'a>) {
        match (&**value, place.ty) {
            (Value::Variable(name), _) => self.variable(name, value, place),
            (Value::Null, _) => {}
            (Value::List(items), Type::List(item) | Type::NonNullList(item)) => {
                for it in items {
                    self.value(it, Place::of(item));
                }
            }
            (_, Type::List(item) | Type::NonNullList(item)) => {
                self.value(value, Place::of(item));
            }
            (_, Type::Named(name) | Type::NonNullNamed(name)) => {
                let api = self.api;
                match (api.schema.types.get(name), &**value) {
                    (Some(ExtendedType::InputObject(ty)), Value::Object(_)) => {
                        self.object(value, ty);
                    }
                    (Some(ExtendedType::Scalar(ty)), _) if !ty.is_built_in() => {
                        self.scalar(value, name);
                    }
                    // The compiler has looked at the others.
                    _ => {}
                }
            }
        }
    }

    /// The rule *All variable usages are allowed*, which the compiler applies to whole arguments only,
    /// and there takes a default of null for one.
    fn variable(&mut self, name: &'a str, value: &Node<Value>, place: Place<'a>) {
        let Some(variable) = self.variables.get(name).copied() else {
            let message = format!("the variable `${name}` is not defined by the operation");
            return self.problem(value, message);
        };
        let stricter = place.ty.is_non_null() && !variable.ty.is_non_null();
        let default = variable
            .default_value
            .as_ref()
            .is_some_and(|it| !it.is_null());
        let allowed = if stricter {
            let nullable = place.ty.clone().nullable();
            (default || place.has_default) && variable.ty.is_assignable_to(&nullable)
        } else {
            variable.ty.is_assignable_to(place.ty)
        };
        if !allowed {
            let message = format!(
                "the variable `${name}` of type `{}` stands where `{}` is expected",
                variable.ty, place.ty
            );
            self.problem(value, message);
        }
        if stricter {
            self.uses.never_null.insert(name);
        }
    }

    fn object(&mut self, value: &'a Node<Value>, ty: &'a InputObjectType) {
        let Some(fields) = value.as_object() else {
            return;
        };
        if ty.directives.has("oneOf") {
            self.one_key(value, ty);
        }
        let mut names = HashSet::default();
        for (name, value) in fields {
            if !names.insert(name) {
                self.problem(value, format!("the field `{name}` is given more than once"));
            }
            if let Some(input) = ty.fields.get(name) {
                self.value(value, Place::of_input(input));
            }
        }
    }

    fn one_key(&mut self, value: &Node<Value>, ty: &InputObjectType) {
        let Some([(_, given)]) = value.as_object() else {
            return self.not_one(value, ty, "one");
        };
        match &**given {
            Value::Null => self.not_one(value, ty, "one that is not null"),
            Value::Variable(name) => {
                let variable = self.variables.get(name.as_str());
                if variable.is_some_and(|it| !it.ty.is_non_null()) {
                    let message = format!(
                        "the variable `${name}` must be non-null to be the one field of `{}`",
                        ty.name
                    );
                    self.problem(given, message);
                }
            }
            _ => {}
        }
    }

    fn not_one(&mut self, value: &Node<Value>, ty: &InputObjectType, what: &str) {
        let names: Vec<_> = ty.fields.keys().map(Name::as_str).collect();
        let message = format!(
            "`{}` takes exactly one field, {what}: {}",
            ty.name,
            one_of(&names)
        );
        self.problem(value, message);
    }

    fn scalar(&mut self, value: &'a Node<Value>, name: &str) {
        let Some(json) = values::to_json(value) else {
            let message = format!(
                "this is no `{name}`: expected a value without variables in it and without numbers \
                 that no double can hold; a variable may stand for the whole value"
            );
            return self.problem(value, message);
        };
        if let Some(Err(what)) = self.api.scalar(name).map(|check| check(&json)) {
            self.problem(value, format!("this is no `{name}`: {what}"));
        }
    }

    fn problem(&mut self, value: &Node<Value>, message: String) {
        // No more are told, and to find the place of each takes a look at the whole text.
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let problem = Problem::at(self.text, value.location(), message);
        self.problems.push(problem);
    }
}
