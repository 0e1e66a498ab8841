//! The table that a benchmark prints: absolute numbers for orientation, ratios to go by.

use std::{fmt::Write as _, io::Write};

use super::load::Outcome;

pub(crate) struct Table(Vec<String>);

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut head = format!("{:<28}", "");
        for column in columns {
            // Writing to a string cannot fail.
            let _ = write!(head, "{column:>14}");
        }
        Self(vec![head])
    }

    /// A result beside what it is compared with.
    pub(crate) fn row(&mut self, name: &str, outcome: &Outcome, limit: &Outcome) {
        let milliseconds = |it: &Outcome| it.p99.as_secs_f64() * 1000.0;
        self.0.push(format!(
            "{name:<28}{:>14.0}{:>14.2}{:>14.2}{:>14.2}",
            outcome.per_second,
            outcome.per_second / limit.per_second,
            milliseconds(outcome),
            milliseconds(outcome) / milliseconds(limit),
        ));
    }

    pub(crate) fn print(&self) -> anyhow::Result<()> {
        let mut out = std::io::stdout();
        for line in &self.0 {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}
