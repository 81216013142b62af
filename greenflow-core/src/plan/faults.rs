//! What happens on a breach, and the promise about the way back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::value::{RoleName, duration};

/// What happens on a breach. Minor: keep watching. Major: roll back. Critical: as said here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPolicy {
    /// How long the assessment of a bad sample may take; then it is major. Long enough for the
    /// samples that confirm a breach: one every `remeasure_within`, or seldomer where the metric source
    /// counts in longer intervals.
    #[serde(with = "duration")]
    pub assess_within: Duration,
    /// How soon after a bad sample the next is taken.
    #[serde(with = "duration")]
    pub remeasure_within: Duration,
    /// The answer to a critical breach.
    pub critical: CriticalPolicy,
    /// An operator's pause: how long, and what then.
    pub pause: WaitPolicy,
    /// Weights that differ from ours and that we did not set, or fewer targets than were set again
    /// as often as allowed: how long they may, and what then.
    pub drift: WaitPolicy,
    /// How often in a rollout a side that another hand gave fewer targets gets them back; past that
    /// the rollout holds, as for `drift`. 0 holds at once.
    #[serde(default = "rescale_at_most", skip_serializing_if = "is_usual")]
    pub rescale_at_most: u32,
    /// A step that cannot be written or observed: how long, and what then.
    pub stalled: WaitPolicy,
    /// No side is fit to serve: how long, and what then.
    pub no_safe_side: WaitPolicy,
}

impl Default for FaultPolicy {
    /// Assessment within 2 min and a second sample within 30 s: users are on green meanwhile. On a
    /// critical breach, the cut at once. A forgotten pause goes back after 4 h, a step that does
    /// not come about after 15 min. Foreign weights are never overwritten, targets that are taken away
    /// are given back twice, and a choice between
    /// two bad sides is for people: after 15 min both stop and say what to do.
    fn default() -> Self {
        let quarter = Duration::from_mins(15);
        Self {
            assess_within: Duration::from_mins(2),
            remeasure_within: Duration::from_secs(30),
            critical: CriticalPolicy::Cut,
            pause: WaitPolicy::new(Duration::from_hours(4), OtherwisePolicy::RollBack),
            drift: WaitPolicy::new(quarter, OtherwisePolicy::Stop),
            rescale_at_most: rescale_at_most(),
            stalled: WaitPolicy::new(quarter, OtherwisePolicy::RollBack),
            no_safe_side: WaitPolicy::new(quarter, OtherwisePolicy::Stop),
        }
    }
}

/// Once for a mistake, and once more to see that it was none.
const fn rescale_at_most() -> u32 {
    2
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_usual(times: &u32) -> bool {
    *times == rescale_at_most()
}

/// The answer to a critical breach: page and freeze, and then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each")]
pub enum CriticalPolicy {
    /// Cut to blue at once if it is fit; people decide what follows. The default.
    Cut,
    /// People decide, within a deadline.
    Decide(WaitPolicy),
}

/// A wait that names its owner, its deadline and what happens then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitPolicy {
    /// How long.
    #[serde(with = "duration")]
    pub within: Duration,
    /// What happens then.
    pub otherwise: OtherwisePolicy,
    /// Who is asked; `None` is the rollback owner.
    pub owner: Option<RoleName>,
}

impl WaitPolicy {
    /// Waits `within` for the rollback owner, then does `otherwise`.
    #[must_use]
    pub const fn new(within: Duration, otherwise: OtherwisePolicy) -> Self {
        Self { within, otherwise, owner: None }
    }
}

/// What happens when nobody answered in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each")]
pub enum OtherwisePolicy {
    /// Go back to blue.
    RollBack,
    /// Stop and say what people must do.
    Stop,
    /// Go on, with the omission recorded as an issue.
    Proceed,
}

/// The promise about the way back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackPolicy {
    /// The bound on the cut's worst case and on the nominal time of the whole procedure.
    #[serde(with = "duration")]
    pub budget: Duration,
    /// How many attempts the cut's worst case allows for.
    pub attempts: u32,
}

impl Default for RollbackPolicy {
    /// 5 min, the promise of the design; 10 attempts of the cut, which take 90 s of it at worst
    /// with the default deadlines.
    fn default() -> Self {
        Self { budget: Duration::from_mins(5), attempts: 10 }
    }
}
