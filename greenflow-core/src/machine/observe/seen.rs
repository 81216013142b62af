//! One thing that is read again and again.

use std::time::Duration;

use crate::provider::FailureRecord;
use crate::value::Timestamp;

/// One thing that is read again and again, and how old the last answer is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::machine) struct Seen<T> {
    last: Option<(T, Timestamp)>,
    asked: Option<Timestamp>,
    failed: Option<(FailureRecord, Timestamp)>,
    failures: u32,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { last: None, asked: None, failed: None, failures: 0 }
    }
}

impl<T> Seen<T> {
    /// Returns the last answer if it was asked for at or after `oldest`: an answer is as old as
    /// its question.
    pub(in crate::machine) fn since(&self, oldest: Timestamp) -> Option<&T> {
        self.last.as_ref().filter(|(_, asked)| *asked >= oldest).map(|(value, _)| value)
    }

    /// Returns the last answer if it is no older than `age`.
    pub(in crate::machine) fn fresh(&self, now: Timestamp, age: Duration) -> Option<&T> {
        self.last.as_ref().filter(|(_, asked)| now.since(*asked) <= age).map(|(value, _)| value)
    }

    /// Returns whether two answers so far apart, and all between them, have shown the same: `first` is
    /// when the first of them was asked for.
    pub(in crate::machine) fn spans(&self, first: Option<Timestamp>, apart: Duration) -> bool {
        first.zip(self.asked_at()).is_some_and(|(first, last)| last.since(first) >= apart)
    }

    /// Returns the last failure, unless an answer came after it.
    pub(in crate::machine) fn failure(&self) -> Option<&FailureRecord> {
        self.failed.as_ref().map(|(failure, _)| failure)
    }

    /// Returns whether there was an answer, or a failure.
    pub(in crate::machine) const fn is_told(&self) -> bool {
        self.last.is_some() || self.failed.is_some()
    }

    /// Returns whether there was an answer to a question of this moment or later, or a failure.
    pub(in crate::machine) fn is_told_since(&self, moment: Timestamp) -> bool {
        self.since(moment).is_some() || self.failed.as_ref().is_some_and(|(_, at)| *at >= moment)
    }

    /// Returns whether an answer is under way.
    pub(in crate::machine) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Returns when to ask next, if the last answer may be `age` old; after failures more slowly.
    pub(in crate::machine) fn due(&self, age: Duration) -> Timestamp {
        let wanted = self.last.as_ref().map_or(Timestamp::ZERO, |(_, asked)| asked.after(age));
        match &self.failed {
            Some((_, at)) => wanted.max(at.after(pause(self.failures))),
            None => wanted,
        }
    }

    pub(in crate::machine) const fn ask(&mut self, now: Timestamp) {
        self.asked = Some(now);
    }

    /// Takes an answer; it counts as of when it was asked for, which is returned. `None` when
    /// nothing was asked.
    pub(in crate::machine) fn answer(
        &mut self,
        result: Result<T, FailureRecord>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let asked = self.asked.take()?;
        match result {
            Ok(value) => {
                self.last = Some((value, asked));
                self.failed = None;
                self.failures = 0;
            }
            Err(failure) => {
                self.failed = Some((failure, now));
                self.failures = self.failures.saturating_add(1);
            }
        }
        Some(asked)
    }

    /// Returns when the last answer was asked for.
    pub(in crate::machine) fn asked_at(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|(_, asked)| *asked)
    }
}

/// The pause before the next read after so many failures: 1, 2, 4, then 8 s.
fn pause(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(3))
}
