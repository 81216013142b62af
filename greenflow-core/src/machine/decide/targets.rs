//! The numbers of targets that were set, kept against other hands: given back a few times, then
//! left to people. More than were set are never taken away.

use super::capacity;
use crate::fact::{HoldReason, Write};
use crate::machine::PhaseName;
use crate::machine::cx::Cx;
use crate::provider::{SideState, Sides};
use crate::value::{Severity, Side};

/// Gives a side back the targets that another hand took, as often as the plan allows; then holds.
pub(super) fn keep(cx: &mut Cx<'_>) {
    // Where only the way back is open, nothing may stand before what leads to it.
    if !goes_forward(cx.state.phase().name()) || cx.seen.journal_lost || cx.seen.broken {
        return;
    }
    for side in [Side::Blue, Side::Green] {
        match cx.seen.counted.short(side) {
            0 => {}
            // One reading may be stale; two are another hand's.
            1 => cx.poll_sides(cx.plan().timing.poll),
            _ => give_back(side, cx),
        }
        if cx.decided() {
            return;
        }
    }
}

/// Returns whether a side is read with fewer targets than were set. A blue that was deleted cannot
/// be given any: what it lacks is for people.
pub(in crate::machine) fn is_short(cx: &Cx<'_>, sides: &Sides, side: Side) -> bool {
    let state = sides.side(side);
    let deleted = side == Side::Blue && state.resources.is_empty();
    !deleted && set(cx, side).is_some_and(|set| state.desired < set)
}

/// Says which side has to get its targets back before more traffic moves.
pub(super) fn missing(cx: &Cx<'_>) -> Option<String> {
    let short = [Side::Blue, Side::Green].into_iter().find(|side| {
        cx.seen.counted.short(*side) > 0 || cx.state.pending(write(cx, *side).name()).is_some()
    });
    short.map(|side| format!("{side} to have the targets again that were set"))
}

fn give_back(side: Side, cx: &mut Cx<'_>) {
    let fresh = cx.plan().timing.poll * 3;
    let (Some(set), Some(sides)) = (set(cx, side), cx.seen.sides.fresh(cx.now.at, fresh)) else {
        return;
    };
    // One write at a time.
    if !cx.state.writes.is_empty() {
        return;
    }
    let what = words(side, sides.side(side), set);
    let write = write(cx, side);
    let (done, most) = (cx.state.rescaled.of(side), cx.plan().faults.rescale_at_most);
    let refused = cx.state.failed.get(write.name()).filter(|failed| failed.is_final());
    let end = match refused {
        Some(refused) => Some(format!("{what}; they cannot be given back: {}", refused.words())),
        None if done >= most => Some(format!("{what}; they were given back {done} times")),
        None => None,
    };
    if let Some(what) = end {
        let policy = cx.plan().faults.drift.clone();
        cx.hold(HoldReason::Rescaled { what }, &policy);
        return;
    }
    let what = format!("another hand changed the number of targets: {what}");
    cx.issue(Severity::Major, what, format!("given back, {} of {most} times", done + 1));
    cx.write(write);
}

/// How many targets a side shall have at least, once that was set for sure.
fn set(cx: &Cx<'_>, side: Side) -> Option<u32> {
    let state = cx.state;
    match side {
        Side::Blue => {
            let any = cx.plan().start.dangerous_start_with_unhealthy_blue;
            let pinned = state.pinned && state.pinned_for_sure();
            (pinned && !any && !state.blue_removed).then(|| capacity::reference(cx))
        }
        Side::Green => (!state.green.is_empty()).then(|| capacity::planned_green(cx)),
    }
}

fn write(cx: &Cx<'_>, side: Side) -> Write {
    match side {
        Side::Blue => Write::PinBlue { minimum: Some(capacity::reference(cx)) },
        Side::Green => Write::Provision {
            revision: cx.plan().green.clone(),
            capacity: capacity::planned_green(cx),
        },
    }
}

fn words(side: Side, state: &SideState, set: u32) -> String {
    let names: Vec<String> = state.resources.iter().map(ToString::to_string).collect();
    let name = if names.is_empty() { "nothing of it is left".to_owned() } else { names.join(", ") };
    format!("{side} ({name}) shall have {} targets; {set} were set", state.desired)
}

/// Whether a phase needs both sides as they were set. On the way back the cut comes first, and green
/// is going; from the removal of blue on there is no other side.
const fn goes_forward(phase: PhaseName) -> bool {
    match phase {
        PhaseName::Provisioning
        | PhaseName::Verifying
        | PhaseName::AwaitingApproval
        | PhaseName::Shifting
        | PhaseName::Baking
        | PhaseName::Confirming
        | PhaseName::Retaining
        | PhaseName::Assessing => true,
        PhaseName::Scheduled
        | PhaseName::Preflight
        | PhaseName::Retiring
        | PhaseName::Watching
        | PhaseName::Completed
        | PhaseName::Held
        | PhaseName::RollingBack
        | PhaseName::RolledBack
        | PhaseName::Refused
        | PhaseName::Stuck => false,
    }
}
