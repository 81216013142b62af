//! How quickly the world answers.

use std::time::Duration;

/// How quickly the world answers. The default is what real systems are like; a test on a real
/// clock wants them quicker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "three settings, all of them to be said")]
pub struct Pace {
    /// How long a target takes to start.
    pub startup: Duration,
    /// The shortest interval that is measured.
    pub shortest: Duration,
    /// An interval is complete so long after its end.
    pub delay: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { startup: secs(20), shortest: secs(5), delay: secs(2) }
    }
}
