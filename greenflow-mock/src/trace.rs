//! The ordered log of everything that happened.

use std::collections::VecDeque;
use std::time::Duration;

/// The ordered log of everything that happened in a world, as lines of text with virtual time.
///
/// The same seed, spec and calls give the same bytes. It is a ring: when it is full the oldest
/// line goes, and [`Trace::dropped`] counts it.
#[derive(Clone, Debug)]
pub struct Trace {
    lines: VecDeque<(Duration, String)>,
    capacity: usize,
    dropped: u64,
}

impl Trace {
    /// Makes a log of at most `capacity` lines; 0 switches it off.
    #[must_use]
    pub(crate) const fn with_capacity(capacity: usize) -> Self {
        Self { lines: VecDeque::new(), capacity, dropped: 0 }
    }

    /// Adds a line; the text is only made when somebody wants it.
    pub(crate) fn log(&mut self, at: Duration, text: impl FnOnce() -> String) {
        if self.capacity == 0 {
            return;
        }
        if self.lines.len() == self.capacity {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.lines.push_back((at, format!("{} {}", stamp(at), text())));
    }

    /// Returns the lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|(_, line)| line.as_str())
    }

    /// Returns the last so many lines up to a moment, oldest first.
    pub fn last_until(&self, at: Duration, count: usize) -> impl Iterator<Item = &str> {
        let end = self.lines.partition_point(|(when, _)| *when <= at);
        let start = end.saturating_sub(count);
        self.lines.range(start..end).map(|(_, line)| line.as_str())
    }

    /// Returns how many lines are gone because the log was full.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns the whole log as one text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (_, line) in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// Writes a virtual time: hours, minutes, seconds, milliseconds since the world's start.
fn stamp(at: Duration) -> String {
    let millis = at.as_millis();
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:03}:{:02}:{seconds:02}.{millis:03}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_ring() {
        let mut trace = Trace::with_capacity(2);
        for n in 0..3 {
            trace.log(Duration::from_millis(3_661_000 + n), || format!("line {n}"));
        }
        assert_eq!(trace.to_text(), "001:01:01.001 line 1\n001:01:01.002 line 2\n");
        assert_eq!(trace.dropped(), 1);
    }

    #[test]
    fn off_costs_nothing() {
        let mut trace = Trace::with_capacity(0);
        trace.log(Duration::ZERO, || unreachable!());
        assert_eq!(trace.lines().count(), 0);
    }
}
