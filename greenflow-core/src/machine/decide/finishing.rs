//! The end of the way back: the state is checked, the pin taken back, and what is left is told.

use std::time::Duration;

use super::rolling_back::PATIENCE;
use super::{alarm, pin};
use crate::fact::Move;
use crate::machine::cx::Cx;
use crate::machine::phases::RollingBack;
use crate::provider::{Audience, NoticeKind, Sides};
use crate::value::{Severity, duration};

/// Checks the state, takes the pin back, tells people, and ends.
pub(super) fn finish(phase: &RollingBack, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    if !cx.state.writes.is_empty() {
        cx.waits_for("the last writes");
        return;
    }
    if !pin::taken_back(cx) {
        return;
    }
    // Where nobody knows what was made for green, what is left of it is seen only after its removal: what
    // was asked for in that very millisecond may be older.
    let stopped_at = phase.stopped_at.filter(|_| cx.state.green_unsure);
    let after = stopped_at.map(|at| at.after(Duration::from_millis(1)));
    let since = after.or(phase.cut_at).unwrap_or(phase.since);
    if cx.now.at < since {
        cx.wake_at(since);
        cx.waits_for("a look at what is left of green");
        return;
    }
    let sides = cx.sides_since(since).cloned();
    let latest = since.after(plan.rollback.budget + PATIENCE);
    if sides.is_none() && cx.now.at < latest {
        cx.wake_at(latest);
        cx.waits_for("the state of blue");
        return;
    }
    match sides.as_ref().map(|sides| sides.blue.healthy) {
        Some(0) => {
            mark!(BlueUnhealthyAfterwards);
            let what = "blue has no healthy target after the rollback";
            cx.issue(Severity::Critical, what, "paged");
            cx.page("blue-down-afterwards", what);
        }
        Some(_) => {}
        None => {
            let what = "the state of blue could not be read after the rollback";
            cx.issue(Severity::Major, what, "people were told");
            cx.notify(NoticeKind::Alert, Audience::Channel, "blue-unknown-afterwards", what);
        }
    }
    let mut leftovers = Vec::new();
    if phase.stopped_at.is_none() {
        let green = cx.state.green.iter();
        leftovers.extend(green.map(|resource| format!("green: {resource}")));
    } else if stopped_at.is_some() {
        strangers(sides.as_ref(), cx, &mut leftovers);
    }
    if cx.state.pinned {
        alarm::leftover(cx, pin::LEFT);
        leftovers.push(pin::LEFT.to_owned());
    }
    let text = format!(
        "{} is back on blue: {}; the rollback took {}",
        plan.service,
        phase.reason.text,
        duration::format(cx.now.at.since(phase.since))
    );
    cx.notify(NoticeKind::Info, Audience::Channel, "rolled-back", text.clone());
    cx.notify(NoticeKind::Info, Audience::Team, "rolled-back", text);
    cx.go(Move::FinishRollback { leftovers });
}

/// Tells of what is on the green side after the removal, as it may or may not be of this rollout.
fn strangers(sides: Option<&Sides>, cx: &mut Cx<'_>, leftovers: &mut Vec<String>) {
    let Some(sides) = sides else {
        let what = "green: whether anything of it is left could not be read";
        alarm::leftover(cx, what);
        leftovers.push(what.to_owned());
        return;
    };
    if sides.green.resources.is_empty() {
        return;
    }
    mark!(StrangersLeft);
    let named: Vec<_> = sides.green.resources.iter().map(ToString::to_string).collect();
    let named = named.join(", ");
    alarm::leftover(
        cx,
        &format!("green: {named}, of which nobody knows whether this rollout made it"),
    );
    leftovers.extend(sides.green.resources.iter().map(|resource| format!("green: {resource}")));
}
