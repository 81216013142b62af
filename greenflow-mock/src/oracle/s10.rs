//! S10: a step ends only after its hold, counted from when the requests showed it, and with enough
//! requests; a bake only after its time. Time that nobody watched counts toward neither.
//!
//! Excused: a person who skips the rest.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Scope};
use greenflow_core::machine::{Action, PhaseName};
use greenflow_core::plan::Step;
use greenflow_core::value::Timestamp;

use super::{Oracle, Story, ensure};

/// S10.
#[derive(Debug, Default)]
pub(super) struct S10 {
    /// The step that was begun last.
    step: usize,
    /// When the requests showed it; `None` while they have not.
    shown: Option<Timestamp>,
    /// Requests on green counted since it began.
    requests: u64,
    /// When the bake began, and later for every hold.
    bake: Option<Timestamp>,
    /// When the last hold began.
    held: Option<Timestamp>,
    /// A person skips this hold, or all of them.
    skip: bool,
    skip_all: bool,
}

impl Oracle for S10 {
    fn id(&self) -> &'static str {
        "S10"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::TrafficObserved { .. } | Fact::TrafficTrusted { .. } => {
                self.shown = Some(entry.at);
                Ok(())
            }
            Fact::Judged(judged) if matches!(judged.scope, Scope::Shift) => {
                self.requests += judged.totals.green.requests;
                Ok(())
            }
            Fact::Commanded(command) => {
                self.skip |= matches!(command.action, Action::Promote);
                self.skip_all |= matches!(command.action, Action::PromoteFull);
                Ok(())
            }
            Fact::EpochBegan { .. } => {
                // Nobody is known to have watched since the last fact.
                let last = story.entries.last().map_or(entry.at, |last| last.at);
                let unwatched = entry.at.since(last);
                match story.phase {
                    PhaseName::Shifting => {
                        self.shown = self.shown.map(|since| since.after(unwatched));
                    }
                    PhaseName::Baking => self.bake = self.bake.map(|since| since.after(unwatched)),
                    _ => {}
                }
                Ok(())
            }
            Fact::Moved(to) => self.moved(story, to, entry.at),
            _ => Ok(()),
        }
    }
}

impl S10 {
    fn moved(&mut self, story: &Story, to: &Move, at: Timestamp) -> Result<(), String> {
        let begins = |phase| to.target() == Some(phase);
        let leaves = story.phase == PhaseName::Shifting;
        let found = if leaves && (begins(PhaseName::Shifting) || begins(PhaseName::Baking)) {
            self.step_ends(story, at)
        } else if story.phase == PhaseName::Baking && begins(PhaseName::Confirming) {
            let length = story.plan().map_or(Duration::ZERO, |plan| plan.bake.duration);
            let lasted = self.bake.map_or(Duration::ZERO, |since| at.since(since));
            ensure(self.skip || self.skip_all || lasted >= length, || {
                format!("the bake ended after {lasted:?} of {length:?}")
            })
        } else {
            Ok(())
        };
        // A hold that goes on is counted anew from when the requests show it again.
        let resumes = matches!(to, Move::Resume) && story.interrupted.is_some();
        if resumes && story.interrupted == Some(PhaseName::Shifting) {
            self.shown = None;
        }
        if resumes && story.interrupted == Some(PhaseName::Baking) {
            // Time in a hold counts toward nothing.
            let held = self.held.take().map_or(Duration::ZERO, |since| at.since(since));
            self.bake = self.bake.map(|since| since.after(held));
        }
        if matches!(to, Move::Hold { .. }) {
            // One that is paused in it goes on.
            self.held = self.held.or(Some(at));
        }
        if let Move::Shift { step } = to {
            self.step = usize::try_from(*step).unwrap_or(usize::MAX);
            (self.shown, self.requests, self.skip) = (None, 0, false);
        }
        if begins(PhaseName::Baking) {
            (self.bake, self.skip) = (Some(at), false);
        }
        found
    }

    fn step_ends(&self, story: &Story, at: Timestamp) -> Result<(), String> {
        let Some(plan) = story.plan() else { return Ok(()) };
        let Some(Step { green, hold }) = plan.shift.steps.get(self.step) else { return Ok(()) };
        let Some(shown) = self.shown else {
            return Err(format!("the step to {green} ended before the requests showed it"));
        };
        let held = at.since(shown);
        ensure(self.skip || self.skip_all || held >= *hold, || {
            format!("the step to {green} ended after {held:?} of {hold:?}")
        })?;
        let least = plan.shift.analysis.min_requests;
        ensure(hold.is_zero() || self.requests >= least, || {
            format!("the step to {green} ended with {} requests of {least}", self.requests)
        })
    }
}
