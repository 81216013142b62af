//! One section for each phase that has work.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Analysis, CheckSpec, FreezeWindow, WaitPolicy};
use crate::value::{HookName, ProbeName, RoleName, WallTime, Weight, duration};

/// When and under which conditions a rollout may start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartPolicy {
    /// How late after its time a start is still accepted without `start_now`.
    #[serde(with = "duration")]
    pub grace: Duration,
    /// When no rollout may start.
    pub freeze_windows: Vec<FreezeWindow>,
    /// Start although blue is unhealthy or already breaching: for the day when the serving
    /// version itself is the fault. Recorded.
    pub dangerous_start_with_unhealthy_blue: bool,
    /// Take the balancer's word for where requests go, where nothing measures them. Recorded.
    pub dangerous_trust_read_back: bool,
}

impl Default for StartPolicy {
    /// A start up to 1 h late is still the planned one; later, people may have gone home.
    fn default() -> Self {
        Self {
            grace: Duration::from_hours(1),
            freeze_windows: Vec::new(),
            dangerous_start_with_unhealthy_blue: false,
            dangerous_trust_read_back: false,
        }
    }
}

/// Checks before anything is touched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preflight {
    /// When it starts; also when the rollout does.
    pub not_before: Option<WallTime>,
    /// How long all of it may take.
    #[serde(with = "duration")]
    pub deadline: Duration,
    /// The checks, run beside the built-in ones (blue's health and capacity, the balancer's
    /// split, gating signals, freeze windows).
    pub checks: Vec<CheckSpec>,
}

/// How green comes up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// When it starts.
    pub not_before: Option<WallTime>,
    /// How long it may take until green is healthy.
    #[serde(with = "duration")]
    pub deadline: Duration,
    /// Green's capacity in targets; `None` is blue's capacity at that time.
    pub capacity: Option<u32>,
    /// What must answer before green counts as healthy.
    pub probes: Vec<ProbeSpec>,
}

/// One health probe.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeSpec {
    /// The name the provider knows it by.
    pub name: ProbeName,
    /// How often it must succeed in a row.
    pub successes: u32,
}

/// Suites against green on test traffic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// When they start.
    pub not_before: Option<WallTime>,
    /// The suites, run one after another.
    pub suites: Vec<CheckSpec>,
}

/// How traffic moves to green.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// When the first step is taken.
    pub not_before: Option<WallTime>,
    /// The steps, rising, the last one 100 %.
    pub steps: Vec<Step>,
    /// How each hold is watched.
    pub analysis: Analysis,
    /// How many times its own length a hold may be extended while a minor breach lasts.
    pub max_extensions: u32,
    /// Each side must have capacity for its share of the demand times this, in percent.
    pub headroom_percent: u32,
}

/// One weight of the shift and how long it is held, counted from traffic-observed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Green's share.
    pub green: Weight,
    /// How long it is held.
    #[serde(with = "duration")]
    pub hold: Duration,
}

/// How long green is watched closely at full traffic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bake {
    /// How long, counted from traffic-observed 100 %.
    #[serde(rename = "for", with = "duration")]
    pub duration: Duration,
    /// How; the final checks are watched so too.
    pub analysis: Analysis,
}

/// Final checks, acknowledgements and notices.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// When it starts.
    pub not_before: Option<WallTime>,
    /// The final checks, on production traffic.
    pub checks: Vec<CheckSpec>,
    /// What success looks like, listed in the record.
    pub success_signals: Vec<String>,
    /// The roles that acknowledge.
    pub acknowledge: Vec<RoleName>,
    /// How long they have, and what happens without them.
    pub unacknowledged: WaitPolicy,
    /// Whether customers are told too.
    pub notify_customers: bool,
}

/// How long blue is kept, at full capacity, for an instant return.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retain {
    /// At least this long, counted from traffic-observed 100 %.
    #[serde(with = "duration")]
    pub at_least: Duration,
    /// And not before this time.
    pub due: Option<WallTime>,
}

/// How blue is removed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retire {
    /// Whether blue's resources are removed at all. There is no default that deletes.
    pub remove_blue: bool,
    /// The last checks before it; none when nothing is removed.
    pub checks: Vec<CheckSpec>,
    /// The backup to make first, if any; none when nothing is removed.
    pub backup: Option<HookName>,
}

/// The long watch and its reports.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// When it starts; before it, after the confirmation at once.
    pub not_before: Option<WallTime>,
    /// How long it lasts, counted from the confirmation. Zero is no watch.
    #[serde(rename = "for", with = "duration")]
    pub duration: Duration,
    /// How each look is judged, and the last look before blue's removal; `every` is the time between
    /// looks.
    pub analysis: Analysis,
    /// When the reports are due, resolved in the plan's zone, rising.
    pub reports: Vec<WallTime>,
}
