//! Green has all traffic and is watched closely.

use std::time::Duration;

use super::alarm;
use super::hold_over::{self, Span};
use super::vigil::{self, Pace};
use crate::fact::{Move, Scope};
use crate::machine::cx::Cx;
use crate::machine::phases::Baking;

pub(super) fn decide(phase: &Baking, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let span = Span {
        scope: Scope::Bake,
        analysis: &plan.bake.analysis,
        since: phase.since,
        length: plan.bake.duration,
        skip: phase.skip || cx.state.promote_full,
    };
    let mut pace = Pace::new(Scope::Bake, &plan.bake.analysis);
    pace.clip = Some(span.end_wall(cx));
    pace.minor = phase.minor;
    if let Some(found) = vigil::vigil(cx, pace) {
        alarm::answer(cx, found, phase.assessments);
        return;
    }
    // Each sample of the bake is told in the record, unless they come too thick for that.
    if plan.bake.analysis.every >= TOLD_FROM && cx.seen.sampler.tally_from.is_some() {
        cx.write_down(None);
    }
    if cx.decided() {
        return;
    }
    if span.may_end(cx) && !cx.may_begin(plan.confirm.not_before) {
        cx.waits_for("the time of the final checks");
        return;
    }
    if hold_over::is_over(cx, span) {
        cx.go(Move::Confirm);
    }
}

/// Samples of at least this length are written down one by one.
const TOLD_FROM: Duration = Duration::from_secs(60);
