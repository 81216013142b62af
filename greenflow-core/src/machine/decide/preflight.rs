//! Checking before anything is touched. Every problem is named, then refused or gone on.

use super::checks::{self, Standing};
use super::{scheduled, vigil};
use crate::fact::{Fact, Move, Scope};
use crate::machine::cx::Cx;
use crate::machine::phases::Preflight;
use crate::machine::words;
use crate::provider::{CheckStage, ObservedSplit, SideState};
use crate::value::{Split, Timestamp, Verdict, duration};

pub(super) fn decide(phase: &Preflight, cx: &mut Cx<'_>) {
    if scheduled::refuse_open_items(cx) {
        return;
    }
    let plan = cx.plan();
    let mut problems = Vec::new();
    let mut waiting = Vec::new();
    frozen(cx, &mut problems);
    let standing = checks::run(cx, CheckStage::Preflight, &plan.preflight.checks, true, 1);
    match standing {
        Standing::Passed => {}
        Standing::Running => waiting.push("preflight checks".to_owned()),
        Standing::Failed(failed) => problems.extend(failed),
    }
    let blue = match &cx.state.blue {
        Some(recorded) => Some(recorded.clone()),
        None => look(phase, cx, &mut problems, &mut waiting),
    };
    undated_items(cx, &mut waiting);
    if waiting.is_empty() && !problems.is_empty() {
        scheduled::refuse(cx, problems);
        return;
    }
    if !waiting.is_empty() {
        wait(phase.since, waiting, problems, cx);
        return;
    }
    let Some(blue) = blue else { return };
    if cx.state.blue.is_none() {
        cx.fact(Fact::BlueRecorded(blue));
        return;
    }
    if !cx.may_begin(plan.provision.not_before) {
        cx.waits_for("the time to provision green");
        return;
    }
    // A list that is due later is a gate too: what it asks for comes before anything is touched.
    if dated_items(cx) {
        return;
    }
    // Hours may have passed since blue was recorded: it must still be whole and healthy. Who waits
    // for that counts from here, for no controller may have been there when the time came.
    let since = *cx.seen.second_look.get_or_insert(cx.now.at);
    look(phase, cx, &mut problems, &mut waiting);
    if !waiting.is_empty() {
        wait(since, waiting, problems, cx);
    } else if problems.is_empty() {
        cx.go(Move::Provision);
    } else {
        scheduled::refuse(cx, problems);
    }
}

/// Waits for what has not answered yet, until it has had its time.
fn wait(since: Timestamp, waiting: Vec<String>, mut problems: Vec<String>, cx: &mut Cx<'_>) {
    let allowed = cx.plan().preflight.deadline;
    let deadline = since.after(allowed);
    if cx.now.at >= deadline {
        let allowed = duration::format(allowed);
        problems.extend(waiting.into_iter().map(|what| format!("no answer in {allowed}: {what}")));
        scheduled::refuse(cx, problems);
    } else {
        cx.wake_at(deadline);
        cx.waits_for(waiting.join("; "));
    }
}

/// Looks at the world as it is now: all traffic on blue, blue whole, and its signals healthy.
fn look(
    phase: &Preflight,
    cx: &mut Cx<'_>,
    problems: &mut Vec<String>,
    waiting: &mut Vec<String>,
) -> Option<SideState> {
    let oldest = oldest_reading(phase, cx);
    balancer(oldest, cx, problems, waiting);
    let blue = blue(oldest, cx, problems, waiting);
    signals(cx, problems, waiting);
    blue
}

fn frozen(cx: &Cx<'_>, problems: &mut Vec<String>) {
    let window = cx.plan().start.freeze_windows.iter().find(|window| window.contains(cx.now.wall));
    if let Some(window) = window {
        problems.push(format!("inside the freeze window \"{}\"", window.name));
    }
}

/// Returns how old a reading may be. They keep up with whatever else is waited for: what was seen
/// when the phase began may be minutes old by then.
fn oldest_reading(phase: &Preflight, cx: &Cx<'_>) -> Timestamp {
    let fresh = u64::try_from((cx.plan().timing.poll * 3).as_millis()).unwrap_or(u64::MAX);
    let oldest = cx.now.at.as_millis().saturating_sub(fresh);
    phase.since.max(Timestamp::from_millis(oldest))
}

/// All traffic must be on blue: the world is as the plan believes.
fn balancer(
    since: Timestamp,
    cx: &mut Cx<'_>,
    problems: &mut Vec<String>,
    waiting: &mut Vec<String>,
) {
    match cx.split_since(since) {
        Some(split) if split.agreed() == Some(Split::ALL_BLUE) => {}
        Some(split) => problems.push(elsewhere(split)),
        None => {
            let why = cx.seen.split.failure().map(|failure| format!(" ({failure})"));
            waiting.push(format!("the balancer's split{}", why.unwrap_or_default()));
        }
    }
}

/// Says what to do about traffic that is not on blue, as when the journal of the rollout that moved
/// it is lost.
fn elsewhere(split: &ObservedSplit) -> String {
    let remedy = if split.agreed() == Some(Split::ALL_GREEN) {
        "green has all of it already: the next rollout, by another name, takes it for its blue"
    } else {
        "go on with the journal of the rollout that moved it, or put all of it back on blue"
    };
    format!("traffic is not all on blue: {split}; {remedy}")
}

/// Blue must be whole and healthy: it is what the way back leads to.
fn blue(
    since: Timestamp,
    cx: &mut Cx<'_>,
    problems: &mut Vec<String>,
    waiting: &mut Vec<String>,
) -> Option<SideState> {
    let dangerous = cx.plan().start.dangerous_start_with_unhealthy_blue;
    let Some(sides) = cx.sides_since(since) else {
        let why = cx.seen.sides.failure().map(|failure| format!(" ({failure})"));
        waiting.push(format!("the targets of both sides{}", why.unwrap_or_default()));
        return None;
    };
    let blue = sides.blue.clone();
    if blue.resources.is_empty() {
        problems.push("blue has no resources: there would be nothing to go back to".to_owned());
    }
    if blue.healthy < blue.desired.max(1) && !dangerous {
        let (has, wants) = (blue.healthy, blue.desired.max(1));
        let reasons = blue.reasons.join("; ");
        problems.push(format!("blue has {has} healthy targets of {wants}; {reasons}"));
    }
    Some(blue)
}

/// No signal that gates this rollout may be breaching already, or unknown.
fn signals(cx: &mut Cx<'_>, problems: &mut Vec<String>, waiting: &mut Vec<String>) {
    if cx.plan().start.dangerous_start_with_unhealthy_blue {
        return;
    }
    let analysis = &cx.plan().shift.analysis;
    let pace = vigil::Pace::new(Scope::Preflight, analysis);
    let every = pace.every.max(cx.state.started().capabilities.metrics.shortest);
    // The past is as good as the future here: the sample need not be waited for.
    // A source that knows nothing of it is asked about a later past, not about the same one again.
    let latest = cx.now.wall.before(every + cx.state.started().capabilities.metrics.delay);
    let oldest = latest.before(cx.plan().timing.poll * 3);
    let recent = cx.seen.sampler.taken.is_some_and(|until| until >= oldest);
    let judged = |cx: &Cx<'_>| cx.judgement(analysis).map(|judgement| judgement.blue);
    let known = recent && judged(cx).is_some_and(|blue| blue != Verdict::Unknown);
    if !known && !cx.seen.sampler.asked {
        let cursor = cx.seen.sampler.cursor;
        cx.seen.sampler.cursor = Some(cursor.map_or(latest, |cursor| cursor.max(latest)));
    }
    cx.sample(Scope::Preflight, analysis, every, None);
    match judged(cx) {
        Some(Verdict::Healthy) if recent => {}
        Some(Verdict::Healthy | Verdict::Unknown) | None => {
            waiting.push("a measurement of blue".to_owned());
        }
        Some(Verdict::Breach(_)) => {
            let of_blue = cx.seen.sampler.blue_findings();
            problems.push(format!("blue is in breach already: {}", words::findings(&of_blue)));
        }
    }
}

/// Waits for the open items of lists that are due later; at their time the rollout is refused. Returns
/// whether there are any.
fn dated_items(cx: &mut Cx<'_>) -> bool {
    let now = cx.now.wall;
    let mut open = Vec::new();
    let mut running = false;
    for list in cx.plan().checklists.iter().filter(|list| list.due.is_some_and(|due| due > now)) {
        open.extend(scheduled::open_items(cx, list, &mut running));
    }
    if running {
        open.push("automatic checklist items".to_owned());
    }
    if open.is_empty() {
        return false;
    }
    mark!(WaitsForALaterList);
    cx.waits_for(open.join("; "));
    true
}

/// Items of lists without a due time must be confirmed before green is provisioned.
fn undated_items(cx: &mut Cx<'_>, waiting: &mut Vec<String>) {
    for list in cx.plan().checklists.iter().filter(|list| list.due.is_none()) {
        let mut running = false;
        waiting.extend(scheduled::open_items(cx, list, &mut running));
        if running {
            waiting.push(format!("automatic items of checklist {}", list.name));
        }
    }
}
