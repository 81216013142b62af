//! What the machine has seen since this controller began: not journaled, and lost with it.
//!
//! Nothing here is ever needed to know what was decided; it only feeds the next decision.

mod counted;
mod quiet;
mod sampler;
mod seen;
mod share;
mod tie;

pub(super) use counted::Counted;
pub(super) use quiet::Quiet;
pub(super) use sampler::Sampler;
pub(super) use seen::Seen;
pub(super) use share::Share;
pub(super) use tie::Tie;

use std::collections::{BTreeMap, BTreeSet};

use crate::provider::{FailureRecord, ObservedSplit, Sides};
use crate::value::{EffectId, Now, ProbeName, Severity, Side, Timestamp, WallTime};

/// What the machine has seen since this controller began.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Observations {
    /// The balancer's configuration.
    pub(super) split: Seen<ObservedSplit>,
    /// How many readings in a row showed another split than ours.
    pub(super) drift_reads: u32,
    /// Since when reads show green at 0, without a break.
    pub(super) no_green_since: Option<Timestamp>,
    /// Since when reads show blue at 0, without a break.
    pub(super) no_blue_since: Option<Timestamp>,
    /// Both sides' targets.
    pub(super) sides: Seen<Sides>,
    /// Since when reads show a healthy target of blue, without a break.
    pub(super) blue_up_since: Option<Timestamp>,
    /// Since when they show one of green.
    pub(super) green_up_since: Option<Timestamp>,
    /// Whether the sides have as many targets as were set.
    pub(super) counted: Counted,
    /// Probes that answer, by how often in a row.
    pub(super) probes: BTreeMap<(ProbeName, Side), ProbeRun>,
    /// The measurements.
    pub(super) sampler: Sampler,
    /// Checks under way, and the last reason one could not be run.
    pub(super) checks: BTreeMap<String, CheckRun>,
    /// Writes that were told to stop.
    pub(super) stopping: BTreeSet<EffectId>,
    /// Since when a step waits for what it needs, so that nothing else does.
    pub(super) step_since: Option<Timestamp>,
    /// Since when a hold or a bake is over but for what is missing.
    pub(super) over_since: Option<Timestamp>,
    /// Since when preflight looks for the second time, just before anything is touched.
    pub(super) second_look: Option<Timestamp>,
    /// The look of the long watch that is under way.
    pub(super) look: Option<Look>,
    /// The last look of the long watch that is over.
    pub(super) last_look: Option<Look>,
    /// When the next one is due.
    pub(super) next_look: Timestamp,
    /// Up to when a look should have measured and did not.
    pub(super) missed: Option<WallTime>,
    /// What the last look of the long watch found wrong, by name, and how serious each is.
    pub(super) watch_alarms: Vec<(&'static str, Severity)>,
    /// Why green is kept running after the way back, as people were told.
    pub(super) green_kept: Option<String>,
    /// Since when the removal of blue is due.
    pub(super) due_since: Option<Now>,
    /// Since when a last check or the backup keeps blue from being removed.
    pub(super) blocked_since: Option<Timestamp>,
    /// The journal cannot be written: only the way back is open.
    pub(super) journal_lost: bool,
    /// A person has opened a stuck rollout again: it waits for what they say.
    pub(super) attended: bool,
    /// An invariant was found broken: only the way back is open.
    pub(super) broken: bool,
}

impl Observations {
    /// Returns whether any answer is under way.
    pub(super) fn is_asking(&self) -> bool {
        self.split.is_asked()
            || self.sides.is_asked()
            || self.sampler.asked
            || self.probes.values().any(|run| run.asked)
            || self.checks.values().any(|run| run.asked)
    }

    /// Returns since when the removal of blue is due: since now, if it was not before.
    pub(super) fn due_since(&mut self, now: Now) -> Now {
        *self.due_since.get_or_insert(now)
    }
}

/// A look of the long watch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub(super) at: Timestamp,
    pub(super) wall: WallTime,
    /// The end of the last sample before it.
    pub(super) taken: Option<WallTime>,
}

/// A probe's run of successes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct ProbeRun {
    pub(super) asked: bool,
    pub(super) successes: u32,
    pub(super) last: Option<Timestamp>,
    pub(super) detail: String,
}

/// A check under way, or one that could not be run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct CheckRun {
    pub(super) asked: bool,
    pub(super) failures: u32,
    pub(super) last: Option<Timestamp>,
    pub(super) failure: Option<FailureRecord>,
}
