//! The table that a benchmark prints: absolute numbers for orientation, ratios to go by.

use std::{fmt::Write as _, io::Write};

/// The first column is at least so wide, so that tables below each other look alike.
const NAME: usize = 28;

const CELL: usize = 14;

pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|it| (*it).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// A result: a cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, name: &str, cells: [String; N]) {
        self.rows.push((name.to_owned(), cells.into()));
    }

    pub(crate) fn print(&self) -> anyhow::Result<()> {
        let names = self.rows.iter().map(|it| it.0.chars().count() + 2);
        let width = names.max().unwrap_or_default().max(NAME);
        let mut out = std::io::stdout();
        writeln!(out, "{}", line(width, "", &self.columns))?;
        for (name, cells) in &self.rows {
            writeln!(out, "{}", line(width, name, cells))?;
        }
        Ok(())
    }
}

fn line(width: usize, name: &str, cells: &[String]) -> String {
    let mut line = format!("{name:<width$}");
    for cell in cells {
        // Writing to a string cannot fail.
        let _ = write!(line, "{cell:>CELL$}");
    }
    line
}
