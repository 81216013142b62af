//! A guarantee that a run broke.

use std::fmt;

use serde::Serialize;

/// A guarantee that a run broke, and how to see it again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The guarantee's id.
    pub invariant: String,
    /// The seed of the run.
    pub seed: u64,
    /// What was seen.
    pub what: String,
    /// The one command that shows it again.
    pub replay: String,
    /// The fewest faults of that run under which it still happens, one a line.
    pub faults: Vec<String>,
    /// The last events before it, from the shrunk run.
    pub events: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is broken by seed {}: {}", self.invariant, self.seed, self.what)?;
        match &self.faults[..] {
            [] => writeln!(f, "  without any drawn fault")?,
            faults => {
                writeln!(f, "  the fewest faults that still break it:")?;
                for fault in faults {
                    writeln!(f, "    {fault}")?;
                }
            }
        }
        for event in &self.events {
            writeln!(f, "  | {event}")?;
        }
        write!(f, "  see it again: {}", self.replay)
    }
}
