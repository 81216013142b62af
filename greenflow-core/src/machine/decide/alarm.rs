//! The answer to an alarm in a phase that goes forward.

use super::safe_side;
use super::vigil::Alarm;
use crate::fact::{Fact, HoldReason, Move, RollbackKind};
use crate::machine::cx::Cx;
use crate::machine::words;
use crate::provider::{Audience, NoticeKind, ObservedSplit};
use crate::value::Severity;

/// How many assessments one phase may have before the next bad sample counts as major: a release
/// that comes and goes is no good release.
const MOST_ASSESSMENTS: u32 = 3;

/// Answers an alarm: alert at once, then assess, hold, or go back.
pub(super) fn answer(cx: &mut Cx<'_>, alarm: Alarm, assessments: u32) {
    let now = cx.now.at;
    match alarm {
        Alarm::Drift(seen) => drift(cx, seen),
        Alarm::GreenUnfit(text) => {
            mark!(GreenUnfit);
            safe_side::back(cx, RollbackKind::GreenUnfit, Severity::Major, text, Some(now), None);
        }
        Alarm::Blind(text) => {
            mark!(Blind);
            safe_side::back(cx, RollbackKind::Unknown, Severity::Major, text, Some(now), None);
        }
        Alarm::Bad(judgement) if assessments >= MOST_ASSESSMENTS => {
            mark!(BadTooOften);
            let text = format!(
                "bad for the {}th time: {}",
                assessments + 1,
                words::findings(&judgement.findings)
            );
            let (kind, severity) = (RollbackKind::Breach, Severity::Major);
            safe_side::back(cx, kind, severity, text, Some(now), Some(&judgement));
        }
        Alarm::Bad(judgement) => {
            let what = words::findings(&judgement.findings);
            let occasion = format!("bad-sample/{}", cx.state.head);
            let text = format!("first bad sample, measuring again: {what}");
            cx.notify(NoticeKind::Alert, Audience::Channel, &occasion, text);
            cx.go(Move::Assess { findings: judgement.findings.clone() });
        }
    }
}

/// The balancer shows what we did not set: freeze, tell, and never overwrite it.
pub(super) fn drift(cx: &mut Cx<'_>, seen: ObservedSplit) {
    mark!(DriftHeld);
    let expected = cx.state.traffic.expected();
    let what = format!("it shows {seen}; {expected} was set");
    cx.fact(Fact::Drifted { seen, expected });
    let policy = cx.plan().faults.drift.clone();
    cx.hold(HoldReason::Drift { what }, &policy);
}

/// Notes what could not be cleaned up, and tells people.
pub(super) fn leftover(cx: &mut Cx<'_>, what: &str) {
    mark!(LeftOver);
    let text = format!("left over: {what}");
    cx.issue(Severity::Minor, text.clone(), "people were told");
    cx.notify(NoticeKind::Alert, Audience::Channel, &format!("leftover/{what}"), text);
}
