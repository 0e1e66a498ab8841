//! What a document is about, for whoever has to decide whether it may be used in some place.
//!
//! Apart from the plan, which says how it is run: an outline does not depend on variables. Reads
//! documents that are validated.

use std::collections::BTreeSet;

use apollo_compiler::executable::{Selection, SelectionSet};

use super::document::Document;

/// What a document is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Every field that is asked for anywhere, as `Type.field`. The type is the one that it is asked
    /// of in the document, which may be an interface.
    pub fields: BTreeSet<String>,
    /// The names of the arguments that fields at the root are given.
    pub root_arguments: BTreeSet<String>,
    /// The variables that nobody gives a value to, if the request does not.
    pub open_variables: BTreeSet<String>,
}

impl Document {
    pub fn outline(&self) -> Outline {
        let mut outline = Outline::default();
        for operation in self.parsed.operations.iter() {
            outline.select(&operation.selection_set);
            for field in operation.root_fields(&self.parsed) {
                let names = field.arguments.iter().map(|it| it.name.to_string());
                outline.root_arguments.extend(names);
            }
            let open = operation.variables.iter();
            let open = open.filter(|it| it.default_value.is_none());
            outline
                .open_variables
                .extend(open.map(|it| it.name.to_string()));
        }
        for fragment in self.parsed.fragments.values() {
            outline.select(&fragment.selection_set);
        }
        outline
    }
}

impl Outline {
    /// What fragments select is counted with the fragments.
    fn select(&mut self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(it) => {
                    self.fields.insert(format!("{}.{}", set.ty, it.name));
                    self.select(&it.selection_set);
                }
                Selection::InlineFragment(it) => self.select(&it.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}
