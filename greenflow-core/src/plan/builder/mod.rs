//! Plans in code. The file reader ends here too, so that both have the same defaults and rules.

mod drafts;
mod finish;
mod gates;
mod phases;
mod policy;
#[cfg(test)]
pub(super) mod tests;
mod times;

pub use drafts::{CheckDraft, ChecklistDraft};
pub(super) use times::Times;

use std::str::FromStr;
use std::time::Duration;

use super::problems::Problems;
use super::{
    Analysis, Approval, CheckSpec, Checklist, Confirm, FaultPolicy, Limit, OtherwisePolicy, People,
    Plan, PlanError, Preflight, Preset, Provision, RollbackPolicy, StartPolicy, Step, Timing,
    Verify, WaitPolicy, validate,
};
use crate::value::{HookName, InvalidName, Revision, ServiceName};

/// Builds a [`Plan`], in any order, and reports all problems at the end.
///
/// Times are text, `10:35` on the plan's [`day`](Self::day) or `2026-02-11 10:35`, in the plan's
/// [`zone`](Self::zone).
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct PlanBuilder {
    pub(super) service: Option<ServiceName>,
    pub(super) green: Option<Revision>,
    pub(super) zone: String,
    pub(super) people: People,
    pub(super) checklists: Vec<Checklist>,
    pub(super) start: StartPolicy,
    pub(super) preflight: Preflight,
    pub(super) provision: Provision,
    pub(super) verify: Verify,
    pub(super) approval: Option<Approval>,
    /// Without a number, all roles must approve.
    pub(super) quorum: Option<u32>,
    pub(super) steps: Vec<Step>,
    /// Brings the steps when there are none of the plan's own.
    pub(super) preset: Option<Preset>,
    pub(super) max_extensions: u32,
    pub(super) headroom_percent: u32,
    /// Limits of every analysis that has none of its own.
    pub(super) limits: Vec<Limit>,
    pub(super) shift_analysis: Option<Analysis>,
    pub(super) bake: Option<Duration>,
    pub(super) bake_analysis: Option<Analysis>,
    pub(super) confirm: Confirm,
    pub(super) retain: Option<Duration>,
    pub(super) remove_blue: Option<bool>,
    pub(super) retire_checks: Vec<CheckSpec>,
    pub(super) backup: Option<HookName>,
    pub(super) watch: Duration,
    pub(super) watch_analysis: Option<Analysis>,
    pub(super) faults: FaultPolicy,
    pub(super) rollback: RollbackPolicy,
    pub(super) timing: Timing,
    pub(super) times: Times,
    pub(super) problems: Problems,
}

impl PlanBuilder {
    pub(super) fn new(service: impl Into<String>, green: Revision) -> Self {
        let mut builder = Self::empty();
        builder.green = Some(green);
        match ServiceName::new(service) {
            Ok(service) => builder.service = Some(service),
            Err(error) => builder.problems.add("service", error.to_string()),
        }
        builder
    }

    /// Every default, each with its reason.
    pub(super) fn empty() -> Self {
        let unacknowledged = WaitPolicy::new(ACKNOWLEDGE_WITHIN, OtherwisePolicy::Proceed);
        Self {
            service: None,
            green: None,
            zone: "UTC".to_owned(),
            people: People::default(),
            checklists: Vec::new(),
            start: StartPolicy::default(),
            preflight: Preflight {
                not_before: None,
                deadline: PREFLIGHT_WITHIN,
                checks: Vec::new(),
            },
            provision: Provision {
                not_before: None,
                deadline: PROVISION_WITHIN,
                capacity: None,
                probes: Vec::new(),
            },
            verify: Verify { not_before: None, suites: Vec::new() },
            approval: None,
            quorum: None,
            steps: Vec::new(),
            preset: None,
            max_extensions: MAX_EXTENSIONS,
            headroom_percent: HEADROOM_PERCENT,
            limits: Vec::new(),
            shift_analysis: None,
            bake: None,
            bake_analysis: None,
            confirm: Confirm {
                not_before: None,
                checks: Vec::new(),
                success_signals: Vec::new(),
                acknowledge: Vec::new(),
                unacknowledged,
                notify_customers: false,
            },
            retain: None,
            remove_blue: None,
            retire_checks: Vec::new(),
            backup: None,
            watch: Duration::ZERO,
            watch_analysis: None,
            faults: FaultPolicy::default(),
            rollback: RollbackPolicy::default(),
            timing: Timing::default(),
            times: Times::default(),
            problems: Problems::default(),
        }
    }

    /// Says the IANA time zone that people read the plan's times in. Without it: UTC.
    pub fn zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = zone.into();
        self
    }

    /// Says the day that times without one are on, such as `2026-02-11`.
    pub fn day(mut self, day: impl Into<String>) -> Self {
        self.times.day = Some(day.into());
        self
    }

    /// Finishes the plan.
    ///
    /// # Errors
    /// All problems at once.
    pub fn build(self) -> Result<Plan, PlanError> {
        let inheriting = self.inheriting();
        let (body, mut problems) = self.finish();
        let Some(body) = body else {
            return Err(problems.into_error().unwrap_or_else(|| PlanError::new(Vec::new())));
        };
        let mut found = validate::body(&body, &problems);
        // What is wrong with the shared limits is said once, where they were written.
        for analysis in inheriting {
            found.rename(&format!("{analysis}.limits"), "limits");
        }
        // Of limits that could not be read nothing more is known.
        if !problems.spare("limits") {
            found.forget("limits");
        }
        problems.append(found);
        problems.into_error().map_or_else(|| Ok(Plan::trusted(body)), Err)
    }

    /// Returns the analyses that take their limits from the plan.
    fn inheriting(&self) -> Vec<&'static str> {
        [
            ("shift.analysis", &self.shift_analysis),
            ("bake.analysis", &self.bake_analysis),
            ("watch.analysis", &self.watch_analysis),
        ]
        .into_iter()
        .filter(|(_, given)| given.as_ref().is_none_or(|given| given.limits.is_empty()))
        .map(|(path, _)| path)
        .collect()
    }

    /// Reads a name that the caller gave as text; a bad one is a problem of `build`.
    fn named<T: FromStr<Err = InvalidName>>(&mut self, path: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.problems.add(path, error.to_string())).ok()
    }

    fn check(&mut self, path: &str, at: usize, draft: CheckDraft) -> Option<CheckSpec> {
        let name = self.named(&format!("{path}[{at}].name"), &draft.name)?;
        Some(CheckSpec { name, cases: draft.cases, deadline: draft.deadline })
    }
}

/// One run of a check: suites of some hundred cases take minutes.
pub(super) const CHECK_DEADLINE: Duration = Duration::from_mins(10);
/// How often a probe must succeed in a row: one answer can be a lucky one.
pub(super) const PROBE_SUCCESSES: u32 = 3;
/// An answer that comes later was given about another state of the world.
pub(super) const APPROVAL_EXPIRES_AFTER: Duration = Duration::from_mins(30);
/// Green was healthy but nobody agreed: nothing is gained by keeping it.
pub(super) const APPROVAL_ON_EXPIRY: OtherwisePolicy = OtherwisePolicy::RollBack;
/// How often the long watch looks.
pub(super) const WATCH_EVERY: Duration = Duration::from_mins(30);
/// How often a hold and the bake are sampled: a fault is seen within the minute.
pub(super) const SAMPLE_EVERY: Duration = Duration::from_secs(30);
/// How long blue is kept when nothing will be removed anyway.
pub(super) const RETAIN: Duration = Duration::from_hours(72);

/// Preflight checks only read; half an hour is generous.
const PREFLIGHT_WITHIN: Duration = Duration::from_mins(30);
/// Image pull, start-up and health of a whole fleet.
const PROVISION_WITHIN: Duration = Duration::from_hours(1);
/// A minor breach that outlasts two extensions will not go away by waiting.
const MAX_EXTENSIONS: u32 = 2;
/// A fifth over the share of the demand: traffic is not even.
const HEADROOM_PERCENT: u32 = 120;
/// Slow faults, such as leaks and pool exhaustion, show within half an hour.
pub(super) const BAKE: Duration = Duration::from_mins(30);
/// Traffic has moved by then; a missing acknowledgement is noted, not undone.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_mins(30);
