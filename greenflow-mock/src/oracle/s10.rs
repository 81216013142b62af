//! S10: a step ends only after its hold, counted from when the requests showed it, and with enough
//! requests; a bake only after its time. Time that nobody watched counts toward neither. What the
//! requests are said to show they did.
//!
//! Excused: a person who skips the rest; for what the requests show a metric source that does not tell
//! the truth in time, another hand at the router within the last three minutes, and where all are on one
//! side another one that was down within them: it gets none, whatever the router does. By a wrong clock
//! older requests may be taken for newer ones; then either side's being down, or another hand at the
//! router in that time, may make them look right.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Scope};
use greenflow_core::machine::{Action, PhaseName};
use greenflow_core::plan::Step;
use greenflow_core::value::{Side, Split, Timestamp, WallTime};

use super::{Oracle, Story, ensure};
use crate::world::{BySide, Truth};

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
    /// Green's share of the requests, whenever it changed.
    shares: Vec<(WallTime, f64)>,
    /// When the world began.
    began: Option<WallTime>,
    down: BySide<Vec<Down>>,
    /// A person skips this hold, or all of them.
    skip: bool,
    skip_all: bool,
}

/// A time during which a side was down.
#[derive(Clone, Copy, Debug)]
struct Down {
    from: WallTime,
    /// `None` while it is.
    until: Option<WallTime>,
}

impl Oracle for S10 {
    fn id(&self) -> &'static str {
        "S10"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::TrafficTrusted { .. } => {
                self.shown = Some(entry.at);
                Ok(())
            }
            Fact::TrafficObserved { split, from, until, blue, green } => {
                self.shown = Some(entry.at);
                self.is_so(story, *split, (*from, *until), blue + green)
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

    fn truth(&mut self, _: &Story, truth: &Truth) -> Result<(), String> {
        let green = truth.share.green;
        self.began = Some(truth.wall.before(truth.at));
        for side in [Side::Blue, Side::Green] {
            let (downs, is_down) = (self.down.get_mut(side), truth.sides.get(side).healthy == 0);
            match downs.last_mut().filter(|down| down.until.is_none()) {
                Some(down) if !is_down => down.until = Some(truth.wall),
                None if is_down => downs.push(Down { from: truth.wall, until: None }),
                Some(_) | None => {}
            }
        }
        if self.shares.last().is_none_or(|(_, share)| *share != green) {
            self.shares.push((truth.wall, green));
        }
        Ok(())
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
        let held = self.held.filter(|_| resumes).map_or(Duration::ZERO, |since| at.since(since));
        if resumes && story.interrupted == Some(PhaseName::Baking) {
            // Time in a hold counts toward nothing.
            self.bake = self.bake.map(|since| since.after(held));
        }
        if resumes {
            self.held = None;
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

    /// What so many requests are said to have shown in that time is what the world did: at its end, or
    /// on average, where a write of ours lands once more just then.
    fn is_so(
        &self,
        story: &Story,
        split: Split,
        (from, until): (WallTime, WallTime),
        requests: u64,
    ) -> Result<(), String> {
        let given = story.given;
        let losing = if split == Split::ALL_BLUE { Side::Green } else { Side::Blue };
        let was_down = |side| {
            let since = until.before(MOVED);
            let mut downs = self.down.get(side).iter().rev();
            downs.any(|down| down.from < until && down.until.is_none_or(|end| end > since))
        };
        let moved = self.began.zip(story.router_changed).map(|(began, at)| began.after(at));
        let was_moved = moved.is_some_and(|at| at < until && until < at.after(MOVED));
        let amiss = was_moved || was_down(Side::Blue) || was_down(Side::Green);
        let older = story.given.jumps && amiss;
        let unseen = split.is_whole() && was_down(losing) || older;
        let excused = given.no_metrics || unseen || story.within(story.router_changed, MOVED);
        let then = self.shares.iter().rev().find(|(wall, _)| *wall < until);
        let Some((_, share)) = then.filter(|_| !excused) else { return Ok(()) };
        let meant = f64::from(split.green().basis_points()) / 10_000.0;
        let spread = (meant * (1.0 - meant) / requests as f64).sqrt();
        let average = self.average(from, until).unwrap_or(*share);
        let off = (share - meant).abs().min((average - meant).abs());
        // A few requests may all have gone the other way.
        let few = off * requests as f64 <= FEW;
        ensure(few || off <= NEAR + 4.0 * spread, || {
            format!("{split} is said to be shown, and green had {share:.4} of the requests")
        })
    }

    /// Green's share of the requests in that time, if it is known from its beginning on.
    fn average(&self, from: WallTime, until: WallTime) -> Option<f64> {
        let first = self.shares.iter().rposition(|(wall, _)| *wall <= from)?;
        let ends = self.shares.iter().skip(first + 1).map(|(wall, _)| *wall).chain([until]);
        let parts = self.shares.iter().skip(first).zip(ends).map(|((wall, share), end)| {
            end.min(until).since((*wall).max(from)).as_secs_f64() * share
        });
        let length = until.since(from).as_secs_f64();
        (length > 0.0).then(|| parts.sum::<f64>() / length)
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

/// How near to the split the requests must be, beside what chance explains.
const NEAR: f64 = 0.05;
/// So few requests on the wrong side are chance, where few come at all.
const FEW: f64 = 8.0;
/// How long after a change by another hand requests may still be moving.
const MOVED: Duration = Duration::from_secs(180);
