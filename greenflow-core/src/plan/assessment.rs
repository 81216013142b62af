//! How long an assessment takes until a breach can be confirmed.

use std::time::Duration;

use super::{Analysis, PlanBody};
use crate::value::duration;

/// Says that an assessment may take less time than the slowest of the plan's analyses needs, with a
/// metric source whose intervals are at least `shortest` long.
///
/// What the source is late by is not in it: that has passed when the first bad sample comes.
pub(super) fn too_short(plan: &PlanBody, shortest: Duration) -> Option<String> {
    let needed = |analysis: &Analysis| match more(analysis) {
        0 => Duration::ZERO,
        more => {
            let samples = apart(plan, analysis, shortest).saturating_mul(more);
            samples.saturating_add(plan.timing.forward_read)
        }
    };
    // Of several that need the same, the first is named.
    let analyses = plan.analyses().into_iter().rev();
    let (path, analysis) = analyses.max_by_key(|(_, analysis)| needed(analysis))?;
    let (allowed, needed) = (plan.faults.assess_within, needed(analysis));
    if allowed >= needed {
        return None;
    }
    let apart = apart(plan, analysis, shortest);
    let [allowed, apart, read, needed] =
        [allowed, apart, plan.timing.forward_read, needed].map(duration::format);
    Some(format!(
        "{allowed} is too short to confirm a breach of {path}: after the first bad sample {} more \
         must come, one every {apart}, and the last may take {read} to read; write {needed} or \
         more, or lower {path}.consecutive",
        more(analysis)
    ))
}

/// How many bad samples must follow the first.
const fn more(analysis: &Analysis) -> u32 {
    analysis.consecutive.saturating_sub(1)
}

fn apart(plan: &PlanBody, analysis: &Analysis, shortest: Duration) -> Duration {
    analysis.every.min(plan.faults.remeasure_within).max(shortest)
}
