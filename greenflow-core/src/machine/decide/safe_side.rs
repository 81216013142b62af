//! Whether blue is fit to take green's traffic, and going back if it is.

use std::time::Duration;

use super::capacity;
use crate::fact::{HoldReason, RollbackKind, RollbackReason};
use crate::judge::Judgement;
use crate::machine::cx::Cx;
use crate::machine::words;
use crate::provider::Sides;
use crate::value::{Severity, Timestamp, Verdict};

/// Goes back to blue, or holds and pages when blue is known to be no better.
///
/// Only a fresh and positive reading speaks against blue; a missing one never does.
pub(super) fn back(
    cx: &mut Cx<'_>,
    kind: RollbackKind,
    severity: Severity,
    text: String,
    breach_at: Option<Timestamp>,
    judgement: Option<&Judgement>,
) {
    if let Some(unfit) = unfit(cx, judgement) {
        mark!(NoSafeSide);
        let what = format!("{text}; but {unfit}");
        let policy = cx.plan().faults.no_safe_side.clone();
        cx.hold(HoldReason::NoSafeSide { what, breach_at }, &policy);
        return;
    }
    let common = judgement.is_some_and(|judgement| matches!(judgement.blue, Verdict::Breach(_)));
    if common {
        mark!(CommonCause);
        let what = format!("both sides are outside their limits: {text}");
        cx.issue(Severity::Critical, what.clone(), "cut to blue, which is no worse; paged");
        cx.page("common-cause", what);
    }
    cx.roll_back(RollbackReason { kind, text, severity, breach_at, who: None });
}

/// Says why blue is not fit to take green's traffic.
pub(super) fn unfit(cx: &Cx<'_>, judgement: Option<&Judgement>) -> Option<String> {
    if blue_is_down(cx) {
        return Some("blue has no healthy target".to_owned());
    }
    if let Some(overload) = sides(cx).and_then(|sides| capacity::overload(cx, sides)) {
        return Some(overload);
    }
    let judgement = judgement.filter(|judgement| judgement.blue_is_worse)?;
    Some(format!("blue is worse: {}", words::findings(&judgement.findings)))
}

/// Returns whether the last reading shows a blue without any healthy target.
pub(super) fn blue_is_down(cx: &Cx<'_>) -> bool {
    sides(cx).is_some_and(|sides| sides.blue.healthy == 0)
}

/// Wakes as soon as the last reading speaks against blue no more, should none follow.
pub(super) fn wake_when_unread(cx: &mut Cx<'_>) {
    if let Some(asked) = cx.seen.sides.asked_at() {
        cx.wake_at(asked.after(counts(cx)).after(Duration::from_millis(1)));
    }
}

/// Returns the last reading of the targets, unless a few polls since then have come to nothing.
fn sides<'a>(cx: &'a Cx<'_>) -> Option<&'a Sides> {
    cx.seen.sides.fresh(cx.now.at, counts(cx))
}

fn counts(cx: &Cx<'_>) -> Duration {
    cx.plan().timing.poll * 3
}
