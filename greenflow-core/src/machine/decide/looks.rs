//! The long watch: a look now and then, with nothing held in between.

use std::sync::Arc;

use super::vigil::Alarm;
use super::{capacity, vigil};
use crate::fact::Scope;
use crate::judge::Judgement;
use crate::machine::cx::Cx;
use crate::machine::observe::Look;
use crate::machine::{WaitReason, words};
use crate::plan::Analysis;
use crate::provider::{Audience, NoticeKind, Sides};
use crate::value::{Severity, Timestamp, Verdict, duration};

/// Takes the next look when it is due, and returns all that it found wrong, what to answer first first.
pub(super) fn look(cx: &mut Cx<'_>, minor: bool) -> Vec<Alarm> {
    let Some(started) = cx.seen.look.or_else(|| begin(cx)) else { return Vec::new() };
    let plan = cx.plan();
    let analysis = &plan.watch.analysis;
    let delay = cx.state.started().capabilities.metrics.delay;
    let split = cx.split_since(started.at).is_some();
    let sides = cx.sides_since(started.at).is_some();
    let clip = started.wall.before(delay);
    let reaches = |cx: &Cx<'_>, wall| cx.seen.sampler.cursor.is_some_and(|cursor| cursor >= wall);
    let sampled = reaches(cx, clip);
    if !sampled || cx.seen.sampler.scope() != Some(Scope::Watch) {
        let part = cx.seen.missed.filter(|missed| !reaches(cx, *missed));
        cx.sample(Scope::Watch, analysis, LONGEST, Some(part.unwrap_or(clip)));
    }
    // One reading may be stale; two are a drift.
    let drifting = cx.seen.drift_reads == 1;
    if drifting {
        cx.poll_split(plan.timing.poll);
    }
    let latest = started.at.after(PATIENCE);
    // The parts of a long sample that are still to come would hide it.
    let bad = breach(cx, minor).is_some() && cx.seen.sampler.known_at >= started.at;
    if !(split && sides && sampled && !drifting || bad) && cx.now.at < latest {
        cx.wake_at(latest);
        cx.waits_for("a look at split, targets and measurements");
        return Vec::new();
    }
    cx.seen.look = None;
    cx.seen.last_look = Some(started);
    // It is there by the next look, also where the source is later than it says.
    let missed = cx.seen.missed.filter(|missed| !reaches(cx, *missed));
    cx.seen.missed = (!sampled).then(|| missed.unwrap_or(clip));
    let found = found(cx, minor);
    let measured = cx.seen.sampler.taken != started.taken;
    let known = measured && cx.seen.sampler.known_at >= started.at;
    if !measured {
        skip_what_is_long_gone(cx, started, analysis);
    }
    if known || found.iter().any(|alarm| matches!(alarm, Alarm::Blind(_))) {
        cx.seen.next_look = started.at.after(analysis.every);
        let counted = cx.seen.sampler.tally_from.zip(cx.seen.sampler.taken);
        if counted.is_some_and(|(from, until)| until.since(from) >= UNWRITTEN) {
            cx.write_down(None);
        }
    } else {
        // So soon that the lease is kept: whoever comes next would not know since when nothing is known.
        cx.seen.next_look = cx.now.at.after(AGAIN);
    }
    await_next(cx);
    found
}

/// Waits for the next look, and says what for.
fn await_next(cx: &mut Cx<'_>) {
    let every = cx.plan().watch.analysis.every;
    let next = cx.seen.next_look;
    cx.wake_at(next);
    if cx.seen.last_look.is_some_and(|last| next < last.at.after(every)) {
        cx.waits_for("measurements, which the last look missed");
    } else {
        cx.waits_for(WaitReason::look(every));
    }
}

/// A source that cannot tell of a time more than a day ago is asked for the time since the look before:
/// what is lost is better than to know nothing for ever.
fn skip_what_is_long_gone(cx: &mut Cx<'_>, look: Look, analysis: &Analysis) {
    let delay = cx.state.started().capabilities.metrics.delay;
    let is_long_ago = |cursor| look.wall.since(cursor) > LONGEST;
    if cx.seen.sampler.cursor.is_some_and(is_long_ago) {
        cx.seen.sampler.restart(look.wall.before(analysis.every).before(delay));
    }
}

/// The longest interval of one look's sample: longer ones are taken in parts.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(86_400);
/// How long one look may take; what has not answered by then is missing.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
/// How long what looks have measured is kept in memory only. Whoever takes over measures it again.
const UNWRITTEN: std::time::Duration = std::time::Duration::from_secs(8 * 3600);
/// How soon after a look without measurements the next one begins.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(60);

/// Begins a look if one is due; otherwise wakes when the next one is.
fn begin(cx: &mut Cx<'_>) -> Option<Look> {
    let watch = &cx.plan().watch;
    if watch.duration.is_zero() {
        return None;
    }
    if cx.seen.last_look.is_none() && !cx.may_begin(watch.not_before) {
        cx.waits_for("the time to watch");
        return None;
    }
    if cx.now.at < cx.seen.next_look {
        await_next(cx);
        return None;
    }
    let taken = cx.seen.sampler.taken;
    let look = Look { at: cx.now.at, wall: cx.now.wall, taken };
    if cx.seen.last_look.is_none() {
        // Another controller may have looked before, and nobody knows when. The time since is judged by
        // itself, or what is bad now would be lost in the well hours before.
        let delay = cx.state.started().capabilities.metrics.delay;
        cx.seen.missed = Some(look.wall.before(watch.analysis.every).before(delay));
    }
    cx.seen.look = Some(look);
    Some(look)
}

/// Lists what is wrong: what stands for days must hide nothing else.
fn found(cx: &mut Cx<'_>, minor: bool) -> Vec<Alarm> {
    let unfit = cx.seen.sides.fresh(cx.now.at, PATIENCE).and_then(|sides| unfit(cx, sides));
    if !cx.state.blue_removed {
        vigil::short_of_blue(cx);
    }
    let bad = breach(cx, minor).map(Alarm::Bad);
    let drifted = cx.seen.split.fresh(cx.now.at, PATIENCE).filter(|_| cx.seen.drift_reads >= 2);
    // After what green does itself: what another hand has set may stand for days.
    let drift = drifted.cloned().map(Alarm::Drift);
    [unfit, bad, drift, blind(cx)].into_iter().flatten().collect()
}

fn unfit(cx: &Cx<'_>, sides: &Sides) -> Option<Alarm> {
    if sides.green.healthy == 0 {
        let reasons = sides.green.reasons.join("; ");
        return Some(Alarm::GreenUnfit(format!("green has no healthy target left; {reasons}")));
    }
    capacity::stranger(cx, sides).map(Alarm::GreenUnfit)
}

/// Measurements missing beyond their budget.
fn blind(cx: &Cx<'_>) -> Option<Alarm> {
    let analysis = &cx.plan().watch.analysis;
    cx.judgement(analysis)?;
    let delay = cx.state.started().capabilities.metrics.delay;
    let allowed = analysis.unknown_budget.saturating_add(analysis.every).saturating_add(delay);
    let silent = cx.now.at.since(cx.seen.sampler.known_at);
    (silent > allowed).then(|| Alarm::Blind(words::nothing_known(silent, cx.clock_behind())))
}

/// Returns what the last sample says, where it is bad and not known to be so.
fn breach(cx: &Cx<'_>, minor: bool) -> Option<Arc<Judgement>> {
    let judgement = cx.judgement(&cx.plan().watch.analysis)?;
    let known = minor && judgement.last == Verdict::Breach(Severity::Minor);
    (matches!(judgement.last, Verdict::Breach(_)) && !known).then_some(judgement)
}

/// Sends the reports that are due; of several that were missed, the last.
pub(super) fn report(cx: &mut Cx<'_>) {
    let reports = &cx.plan().watch.reports;
    let due = reports.iter().filter(|time| **time <= cx.now.wall).count();
    let next = cx.state.reports;
    if let Some(time) = reports.get(due) {
        cx.wake_wall(*time);
    }
    if due <= next {
        return;
    }
    // A controller that has just come looks first.
    let began = cx.seen.sampler.boundary.filter(|_| cx.seen.sampler.taken.is_none());
    let looked = began.map(|began| began.at.after(PATIENCE * 2)).filter(|at| cx.now.at < *at);
    if let Some(looked) = looked {
        cx.wake_at(looked);
        return;
    }
    let text = counted(cx);
    cx.write_down(None);
    for number in next..due {
        let text = if number + 1 == due {
            text.clone()
        } else {
            "no report: no controller ran when it was due".to_owned()
        };
        let occasion = format!("report/{}", number + 1);
        cx.notify(NoticeKind::Report, Audience::Channel, &occasion, text);
    }
}

/// Says what was counted since the last report. What is not measured yet, as after a take-over, is for the
/// next one.
fn counted(cx: &Cx<'_>) -> String {
    let service = &cx.plan().service;
    let sampler = &cx.seen.sampler;
    let here = sampler.tally_from.filter(|_| sampler.scope() == Some(Scope::Watch));
    let here = here.map(|from| (from, sampler.tally));
    let all =
        [cx.state.unreported, here].into_iter().flatten().reduce(|(from, mut sum), (_, more)| {
            sum.add(&more);
            (from, sum)
        });
    let Some((from, totals)) = all else {
        return format!(
            "daily report of {service}: nothing is known yet of the time since the last one"
        );
    };
    let until = sampler.taken.or(cx.state.sampled_until).unwrap_or(from);
    format!(
        "daily report of {service}, of {}: {} requests on green, {} failed, {} slow; {} served by nobody",
        duration::format(until.since(from)),
        totals.green.requests,
        totals.green.errors,
        totals.green.slow,
        totals.unserved
    )
}

/// Returns when the long watch ends.
pub(super) fn end(cx: &Cx<'_>) -> Timestamp {
    let since = cx.state.confirmed_at.unwrap_or(cx.state.at);
    since.after(cx.plan().watch.duration)
}
