//! Blue is being removed. There is no way back, but every removal still looks first.

use std::time::Duration;

use super::removal::{self, Again};
use super::{alarm, looks, pin, retaining, watching};
use crate::fact::{Move, Write};
use crate::machine::cx::Cx;
use crate::machine::phases::Retiring;
use crate::provider::{Audience, NoticeKind};
use crate::value::{Severity, Side, Split, duration};

pub(super) fn decide(phase: &Retiring, cx: &mut Cx<'_>) {
    looks::report(cx);
    if cx.decided() {
        return;
    }
    watching::look(cx);
    if cx.decided() {
        return;
    }
    if let Some(id) = cx.state.pending("remove")
        && (phase.frozen || green_is_unfit(cx))
    {
        mark!(RemovalStopped);
        cx.stop(id);
    }
    if !cx.state.writes.is_empty() {
        cx.waits_for("the removal of blue");
        return;
    }
    if !cx.state.blue_removed && retaining::may_remove(cx) {
        if let Some(obstacle) = remove(phase, cx) {
            leave(phase, cx, &obstacle);
        }
        return;
    }
    finish(cx);
}

/// A removal may wait for minutes until it is sent. Only a fresh and positive reading of green speaks
/// against it.
fn green_is_unfit(cx: &mut Cx<'_>) -> bool {
    let poll = cx.plan().timing.poll;
    cx.poll_sides(poll);
    let sides = cx.seen.sides.fresh(cx.now.at, poll * 3);
    sides.is_some_and(|sides| !retaining::fits(cx, sides))
}

/// Removes blue once a reading of this very moment shows it out of use. Returns what is in the
/// way.
fn remove(phase: &Retiring, cx: &mut Cx<'_>) -> Option<String> {
    if phase.frozen {
        mark!(RemovalFrozen);
        return Some("a person asked to go back, and the removal was frozen".to_owned());
    }
    if let Again::Later(failed) | Again::Never(failed) = removal::again(cx) {
        return Some(failed);
    }
    if cx.may_land() {
        mark!(RemovalWaitsForLateWrite);
        return Some("an earlier write may still land".to_owned());
    }
    cx.poll_split(cx.plan().timing.fresh);
    let Some(split) = cx.split_now("remove") else {
        cx.waits_for("a reading of the split just before the removal");
        return Some("the split cannot be read".to_owned());
    };
    if split.agreed() != Some(Split::ALL_GREEN) {
        mark!(BlueInUse);
        return Some(format!("blue is in use: {split}"));
    }
    let fresh = cx.plan().timing.fresh;
    cx.poll_sides(fresh);
    let sides = cx.seen.sides.fresh(cx.now.at, fresh * 2);
    if !sides.is_some_and(|sides| retaining::fits(cx, sides)) {
        return Some("green is not seen to be able to carry everything".to_owned());
    }
    let resources = cx.state.blue.as_ref().map(|blue| blue.resources.clone()).unwrap_or_default();
    cx.write(Write::Remove { side: Side::Blue, resources });
    None
}

/// How long an obstacle is waited for before blue is left over.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Waits for the obstacle to go; after a while leaves blue over. A failed clean-up never fails
/// the rollout.
fn leave(phase: &Retiring, cx: &mut Cx<'_>, obstacle: &str) {
    let latest = phase.since.after(PATIENCE);
    let in_vain = phase.frozen || matches!(removal::again(cx), Again::Never(_));
    if cx.now.at < latest && !in_vain {
        cx.wake_at(latest);
        cx.waits_for(format!("the removal of blue: {obstacle}"));
        return;
    }
    mark!(BlueLeft);
    let waited = duration::format(cx.now.at.since(phase.since));
    let what = format!("blue was not removed after {waited}: {obstacle}");
    cx.issue(Severity::Minor, what.clone(), "it is left over, and people were told");
    cx.notify(NoticeKind::Alert, Audience::Channel, "blue-left", what);
    finish(cx);
}

/// Takes the pin back and goes on to the long watch.
fn finish(cx: &mut Cx<'_>) {
    if !pin::taken_back(cx) {
        return;
    }
    if cx.state.pinned {
        alarm::leftover(cx, pin::LEFT);
    }
    if cx.state.blue_removed {
        let text = format!("blue of {} is removed", cx.plan().service);
        cx.notify(NoticeKind::Info, Audience::Channel, "retired", text);
    }
    cx.go(Move::Watch);
}
