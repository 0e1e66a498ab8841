//! The query of the list: which page, and how much of it. There are no filters and no orders to
//! choose from.

use super::errors::{ApiError, FieldProblem};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

/// A page by its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) page: usize,
    pub(super) limit: usize,
}

impl Page {
    /// Parameters that are empty count as left out; unknown ones are ignored.
    pub(super) fn parse(query: &[(String, String)]) -> Result<Self, ApiError> {
        let mut problems = Vec::new();
        // A page beyond what fits into a signed 32-bit integer is a mistake.
        let page = number(query, "page", i32::MAX as usize, &mut problems);
        let limit = number(query, "limit", MAX_LIMIT, &mut problems);
        if !problems.is_empty() {
            return Err(ApiError::bad_request(problems));
        }
        Ok(Self {
            page: page.unwrap_or(1),
            limit: limit.unwrap_or(DEFAULT_LIMIT),
        })
    }

    /// How many entries come before it.
    pub(super) fn offset(self) -> usize {
        (self.page - 1).saturating_mul(self.limit)
    }

    /// Nothing has no page.
    pub(super) fn count(self, total: usize) -> usize {
        total.div_ceil(self.limit)
    }
}

fn number(
    query: &[(String, String)],
    name: &str,
    most: usize,
    problems: &mut Vec<FieldProblem>,
) -> Option<usize> {
    let (_, text) = query
        .iter()
        .find(|(it, value)| it == name && !value.is_empty())?;
    let number = text.parse().ok().filter(|it| (1..=most).contains(it));
    if number.is_none() {
        let message = format!("must be a whole number from 1 to {most}");
        problems.push(FieldProblem::invalid(name, message));
    }
    number
}
