//! Lines under the day they belong to.

use std::io::{self, Write};

use greenflow_core::record::ZonedTime;

/// Writes lines with a clock, each under the heading of its day. The first failure is kept, and
/// nothing is written after it.
pub(super) struct Page<'a, W> {
    out: &'a mut W,
    day: String,
    failed: io::Result<()>,
}

impl<'a, W: Write> Page<'a, W> {
    pub(super) const fn new(out: &'a mut W) -> Self {
        Self { out, day: String::new(), failed: Ok(()) }
    }

    /// Writes a line without a clock.
    pub(super) fn plain(&mut self, text: &str) {
        if self.failed.is_ok() {
            self.failed = writeln!(self.out, "{text}");
        }
    }

    /// Writes a line, and the heading of its day before the first one.
    pub(super) fn line(&mut self, at: ZonedTime, mark: &str, text: &str) {
        let day = format!("{} {}", at.weekday(), at.date());
        if day != self.day {
            self.plain(&format!("\n{day}"));
            self.day = day;
        }
        let line = format!("  {}  {mark:<MARK$}  {text}", at.clock());
        self.plain(line.trim_end());
    }

    /// Goes on with the line before.
    pub(super) fn more(&mut self, text: &str) {
        self.plain(&format!("  {:8}  {:<MARK$}  {text}", "", ""));
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.failed
    }
}

/// How wide the column of marks is: as the longest phase.
const MARK: usize = 19;
