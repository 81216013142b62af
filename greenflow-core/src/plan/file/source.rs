//! From offsets to lines and columns.

use super::super::{Place, Problem};

/// The text of the file, and where its lines begin.
#[derive(Debug)]
pub(super) struct Source<'t> {
    text: &'t str,
    lines: Vec<usize>,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { text, lines }
    }

    /// Returns the place of a byte offset.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|begin| *begin <= offset).max(1);
        let begin = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(begin..offset).unwrap_or_default();
        Place { line, column: before.chars().count() + 1 }
    }

    pub(super) fn problem(&self, offset: usize, path: &str, message: impl Into<String>) -> Problem {
        Problem { place: Some(self.place(offset)), ..Problem::new(path, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let source = Source::new("a = 1\nß = 2\n");
        for (offset, line, column) in [(0, 1, 1), (4, 1, 5), (6, 2, 1), (8, 2, 2), (99, 3, 1)] {
            assert_eq!(source.place(offset), Place { line, column }, "{offset}");
        }
    }
}
