//! Why a document or its variables are refused, in words for whoever wrote them.
//!
//! Apart, because every step of the planner refuses. It must not know which step it was: the reason
//! says what the caller can do about it.

use std::fmt;

use super::places::{Lines, Location};
use apollo_compiler::{diagnostic::ToCliReport, parser::SourceSpan, validation::DiagnosticList};

/// The most problems that are told at once.
pub(super) const MOST_PROBLEMS: usize = 10;

/// Why nothing was planned, and so nothing has run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Listed(.problems))]
pub struct Refusal {
    pub reason: Reason,
    /// One at least and ten at most.
    pub problems: Vec<Problem>,
}

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The document is too long, too deep or too wide, whatever the variables are.
    TooLarge,
    /// It is no GraphQL document.
    Syntax,
    /// It is one, but not for this schema.
    Invalid,
    /// It has no such operation, or several and none was named.
    Operation,
    /// The variables do not fit.
    Variables,
    /// It asks for too much with these variables.
    TooExpensive,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub locations: Vec<Location>,
}

impl Refusal {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        let problem = Problem {
            message: message.into(),
            locations: Vec::new(),
        };
        Self::listing(reason, vec![problem])
    }

    /// Refuses for several problems, of which the first ten are told.
    pub(super) fn listing(reason: Reason, mut problems: Vec<Problem>) -> Self {
        problems.truncate(MOST_PROBLEMS);
        Self { reason, problems }
    }

    /// Refuses for what the compiler found in `text`.
    pub(super) fn of_compiler(reason: Reason, found: &DiagnosticList, text: &str) -> Self {
        let problems = found.iter().take(MOST_PROBLEMS).map(|it| Problem {
            message: it.error.to_string(),
            locations: locations(text, it.error.location()),
        });
        Self::listing(reason, problems.collect())
    }

    /// About how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        let texts: usize = self.problems.iter().map(|it| it.message.len()).sum();
        texts + self.problems.len() * size_of::<Problem>() + size_of::<Self>()
    }
}

impl Problem {
    pub(super) fn at(text: &str, span: Option<SourceSpan>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            locations: locations(text, span),
        }
    }
}

fn locations(text: &str, span: Option<SourceSpan>) -> Vec<Location> {
    span.and_then(|it| Lines::new(text).place(text, it.offset()))
        .into_iter()
        .collect()
}

/// Writes problems behind each other.
struct Listed<'a>(&'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "; " };
            write!(f, "{comma}{}", problem.message)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_ten_problems_are_told() {
        let problem = Problem::at("", None, "no");
        let refusal = Refusal::listing(Reason::Invalid, vec![problem; 12]);
        assert_eq!(refusal.problems.len(), 10);
        assert_eq!(refusal.to_string().matches("no").count(), 10);
    }
}
