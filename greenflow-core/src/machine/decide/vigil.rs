//! The watch over green while it has traffic: split, targets, measurements.

use std::sync::Arc;
use std::time::Duration;

use super::capacity;
use crate::fact::Scope;
use crate::judge::Judgement;
use crate::machine::cx::Cx;
use crate::machine::phases::Phase;
use crate::machine::words;
use crate::plan::Analysis;
use crate::provider::ObservedSplit;
use crate::value::{Severity, Side, Split, Verdict, WallTime};

/// How one phase watches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace<'a> {
    pub(super) scope: Scope,
    pub(super) analysis: &'a Analysis,
    /// How often a sample is taken.
    pub(super) every: Duration,
    /// An edge that no sample reaches across.
    pub(super) clip: Option<WallTime>,
    /// Whether a minor breach is known and stands.
    pub(super) minor: bool,
    /// Whether a drift is an alarm. In a hold it is told by itself, and must hide no breach.
    pub(super) drift: bool,
}

impl<'a> Pace<'a> {
    pub(super) const fn new(scope: Scope, analysis: &'a Analysis) -> Self {
        Self { scope, analysis, every: analysis.every, clip: None, minor: false, drift: true }
    }
}

/// What the watch found, the most serious first.
#[derive(Debug)]
pub(super) enum Alarm {
    /// The balancer shows what we did not set, twice.
    Drift(ObservedSplit),
    /// Green has no healthy target, or runs something else.
    GreenUnfit(String),
    /// The last sample was outside a limit.
    Bad(Arc<Judgement>),
    /// Nothing was known for longer than allowed.
    Blind(String),
}

/// Keeps reading, and returns what is wrong.
pub(super) fn vigil(cx: &mut Cx<'_>, pace: Pace<'_>) -> Option<Alarm> {
    let poll = cx.plan().timing.poll;
    cx.poll_split(poll);
    cx.poll_sides(poll);
    cx.sample(pace.scope, pace.analysis, pace.every, pace.clip);
    // While a raise of ours is under way it is stopped first.
    if pace.drift
        && cx.seen.drift_reads >= 2
        && cx.state.pending("raise").is_none()
        && let Some(seen) = cx.seen.split.fresh(cx.now.at, poll * 3)
    {
        return Some(Alarm::Drift(seen.clone()));
    }
    if let Some(why) = unfit(cx) {
        return Some(Alarm::GreenUnfit(why));
    }
    short_of_blue(cx);
    if let Some(judgement) = cx.judgement(pace.analysis) {
        let known_minor = pace.minor && judgement.last == Verdict::Breach(Severity::Minor);
        if matches!(judgement.last, Verdict::Breach(_)) && !known_minor {
            return Some(Alarm::Bad(judgement));
        }
    }
    blind(cx, pace)
}

/// Measurements missing beyond their budget are a breach.
fn blind(cx: &mut Cx<'_>, pace: Pace<'_>) -> Option<Alarm> {
    let delay = cx.state.started().capabilities.metrics.delay;
    let every = pace.every.max(pace.analysis.every);
    let allowed = pace.analysis.unknown_budget.saturating_add(every).saturating_add(delay);
    let due = cx.seen.sampler.known_at.after(allowed);
    if cx.now.at < due {
        cx.wake_at(due);
        return None;
    }
    let silent = cx.now.at.since(cx.seen.sampler.known_at);
    Some(Alarm::Blind(words::nothing_known(silent, cx.clock_behind())))
}

/// Says why green cannot serve, from a fresh and positive reading only.
fn unfit(cx: &Cx<'_>) -> Option<String> {
    if !cx.state.traffic.on_green() {
        return None;
    }
    let sides = cx.seen.sides.fresh(cx.now.at, cx.plan().timing.poll * 3)?;
    if sides.green.healthy == 0 {
        let reasons = sides.green.reasons.join("; ");
        return Some(format!("green has no healthy target left; {reasons}"));
    }
    capacity::stranger(cx, sides)
}

/// Blue must keep the capacity to take everything back, until its removal is decided.
pub(super) fn short_of_blue(cx: &mut Cx<'_>) {
    let goes = matches!(cx.state.phase(), Phase::Retiring(_));
    if goes || cx.plan().start.dangerous_start_with_unhealthy_blue {
        return;
    }
    let Some(sides) = cx.seen.sides.fresh(cx.now.at, cx.plan().timing.poll * 3) else { return };
    let Some(shortage) = capacity::shortage(cx, sides, Side::Blue, Split::ALL_BLUE) else {
        return;
    };
    if cx.state.blue_removed {
        return;
    }
    let what = format!("blue could not take all traffic back: {shortage}");
    cx.issue(Severity::Major, what.clone(), "paged; no further step until it is mended");
    // It may be mended and come again: once in each phase, and once a day of a long one.
    let (phase, day) = (cx.state.phase().name(), cx.now.at.as_millis() / DAY);
    cx.page(&format!("blue-short/{phase}/{day}"), what);
}

/// A day of rollout time, in milliseconds.
pub(super) const DAY: u64 = 86_400_000;
