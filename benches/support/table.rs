//! The table that a benchmark prints: absolute numbers for orientation, ratios to go by.

use std::{fmt::Write as _, io::Write};

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

    /// A result: a cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, name: &str, cells: [String; N]) {
        let mut line = format!("{name:<28}");
        for cell in cells {
            // Writing to a string cannot fail.
            let _ = write!(line, "{cell:>14}");
        }
        self.0.push(line);
    }

    pub(crate) fn print(&self) -> anyhow::Result<()> {
        let mut out = std::io::stdout();
        for line in &self.0 {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}
