//! Where in a document something stands, as people count.
//!
//! Apart, because the compiler knows bytes only, and both refusals and plans tell places. It must not
//! fail on any text.

/// A place in a document. Both count from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Location {
    pub line: usize,
    pub column: usize,
}

/// The bytes at which the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// GraphQL ends a line with a line feed, a carriage return, or both.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self(
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    /// Finds the place of a byte of the same text. Nothing, if the byte is outside of it or inside a
    /// character.
    pub(super) fn place(&self, text: &str, offset: usize) -> Option<Location> {
        let line = self.0.partition_point(|it| *it <= offset);
        let start = *self.0.get(line.checked_sub(1)?)?;
        let column = text.get(start..offset)?.chars().count() + 1;
        Some(Location { line, column })
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters_and_every_line_end_counts_once() {
        let text = "ä→\u{1F6B2}{\r\n é\rx\n\ny";
        let lines = Lines::new(text);
        let at = |what: char| {
            let place = lines.place(text, text.find(what).unwrap()).unwrap();
            (place.line, place.column)
        };
        assert_eq!(at('{'), (1, 4));
        assert_eq!(at('é'), (2, 2));
        assert_eq!(at('x'), (3, 1));
        assert_eq!(at('y'), (5, 1));
        assert_eq!(lines.place(text, 1), None);
        assert_eq!(lines.place(text, 1_000), None);
    }
}
