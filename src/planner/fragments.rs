//! The fragments of a document among themselves: none contains itself, and none is too deep.
//!
//! Apart, because everything that comes after walks fragments and must not have to fear a circle.
//! Works on documents that are not validated yet, so a fragment that is not there is ignored.

use apollo_compiler::{
    ExecutableDocument, Name,
    collections::HashMap,
    executable::{FragmentSpread, Selection, SelectionSet},
};

use super::{
    limits::Limits,
    refusal::{Problem, Reason, Refusal},
};

/// Refuses fragments that contain themselves, and too many inside each other.
pub(super) fn check(
    document: &ExecutableDocument,
    text: &str,
    limits: &Limits,
) -> Result<(), Refusal> {
    let mut heights = Heights {
        document,
        text,
        limit: limits.fragment_nesting,
        known: HashMap::default(),
    };
    for fragment in document.fragments.values() {
        heights.of_set(&fragment.selection_set, 1)?;
    }
    Ok(())
}

/// How many fragments are inside each other in each one.
struct Heights<'a> {
    document: &'a ExecutableDocument,
    text: &'a str,
    limit: usize,
    /// Nothing, while a fragment is being looked at.
    known: HashMap<&'a Name, Option<usize>>,
}

impl<'a> Heights<'a> {
    /// `depth` is the number of fragments around, which bounds the recursion.
    fn of_set(&mut self, set: &'a SelectionSet, depth: usize) -> Result<usize, Refusal> {
        let mut height = 0;
        for selection in &set.selections {
            let below = match selection {
                Selection::Field(it) => self.of_set(&it.selection_set, depth)?,
                Selection::InlineFragment(it) => self.of_set(&it.selection_set, depth)?,
                Selection::FragmentSpread(it) => self.of_spread(it, depth)?,
            };
            height = height.max(below);
        }
        Ok(height)
    }

    fn of_spread(&mut self, spread: &'a FragmentSpread, depth: usize) -> Result<usize, Refusal> {
        let name = &spread.fragment_name;
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(0);
        };
        let height = match self.known.get(name) {
            Some(Some(height)) => *height,
            Some(None) => return Err(self.circle(name)),
            // The fragments around this one, and it.
            None if depth >= self.limit => return Err(self.too_deep()),
            None => {
                self.known.insert(name, None);
                let height = self.of_set(&fragment.selection_set, depth + 1)? + 1;
                self.known.insert(name, Some(height));
                height
            }
        };
        if depth + height > self.limit {
            return Err(self.too_deep());
        }
        Ok(height)
    }

    fn circle(&self, name: &Name) -> Refusal {
        let message = format!("the fragment `{name}` contains itself");
        let problem = Problem::at(self.text, name.location(), message);
        Refusal::listing(Reason::Invalid, vec![problem])
    }

    fn too_deep(&self) -> Refusal {
        let message = format!("more than {} fragments are inside each other", self.limit);
        Refusal::new(Reason::TooLarge, message)
    }
}
