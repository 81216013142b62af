//! Questions on their way to the world.

use std::fmt;
use std::time::Duration;

use super::State;

/// Questions on their way to the world, which answers each when it arrives, whoever is awake then.
#[derive(Default)]
pub(crate) struct Questions {
    asked: Vec<Asked>,
    count: u64,
}

struct Asked {
    arrives: Duration,
    number: u64,
    question: Question,
}

/// A question: how the state that it meets answers it.
pub(crate) type Question = Box<dyn FnOnce(&mut State) + Send>;

impl Questions {
    /// Sends one, and returns the number by which it can be forgotten.
    pub(crate) fn ask(&mut self, arrives: Duration, question: Question) -> u64 {
        self.count += 1;
        self.asked.push(Asked { arrives, number: self.count, question });
        self.count
    }

    /// Forgets one whose answer nobody waits for any more.
    pub(crate) fn forget(&mut self, number: u64) {
        self.asked.retain(|asked| asked.number != number);
    }

    /// Returns whether any has arrived by `until`.
    pub(crate) fn is_due(&self, until: Duration) -> bool {
        self.asked.iter().any(|asked| asked.arrives <= until)
    }

    /// Takes out the next one that has arrived by `until`; of several at a moment the first sent.
    pub(crate) fn next(&mut self, until: Duration) -> Option<(Duration, Question)> {
        let arrived = self.asked.iter().enumerate().filter(|(_, asked)| asked.arrives <= until);
        let (place, _) = arrived.min_by_key(|(_, asked)| (asked.arrives, asked.number))?;
        let Asked { arrives, question, .. } = self.asked.swap_remove(place);
        Some((arrives, question))
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} questions", self.asked.len())
    }
}
