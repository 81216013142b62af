//! Green after the cut: whether it serves nothing any more, and what of it may be stopped.

use std::time::Duration;

use super::rolling_back::PATIENCE;
use crate::machine::cx::Cx;
use crate::value::{ResourceId, Side, Timestamp, duration};

/// Whether green serves nothing any more and nothing of ours can still land (S18).
pub(super) enum Calm {
    /// Then this is what to stop.
    Yes(Vec<ResourceId>),
    /// So much is missing.
    NotYet(String),
    /// So much was missing for too long: green is left running.
    Never(String),
}

pub(super) fn calm(cut_at: Timestamp, cx: &mut Cx<'_>) -> Calm {
    let plan = cx.plan();
    let now = cx.now.at;
    let mut missing = Vec::new();
    let shown = cx.seen.no_green_since.filter(|first| *first >= cut_at);
    if !cx.seen.split.spans(shown, TWICE) {
        missing.push("the balancer to show green at 0 twice, 10 s apart".to_owned());
    }
    let traffic = &cx.state.traffic;
    // A green that never had traffic, nor a write that could still bring it some, is calm already; but
    // a creation of which nobody knows may still land.
    let late = if traffic.raised {
        traffic.quiet_from(cx.state.late_effect_bound())
    } else {
        traffic.late_until
    };
    if now < late {
        cx.wake_at(late);
        missing.push("earlier writes to be certain not to land any more".to_owned());
    }
    if cx.state.traffic.raised {
        let delay = cx.state.started().capabilities.metrics.delay;
        // One that is down gets no requests, whatever the balancer does: that they stay away is seen
        // only since it came up.
        let since = cx.seen.green_up_since.map_or(cut_at, |up| up.max(cut_at));
        let quiet = cx.seen.sampler.green_quiet_since(since, cx.now, delay);
        if quiet < plan.timing.quiet && !plan.start.dangerous_trust_read_back {
            missing.push("measurements that show no request on green".to_owned());
            missing.extend(cx.clock_behind());
        }
        // Whoever destroys one side must have seen the other one serve, and not only between two
        // crashes.
        let poll = plan.timing.poll;
        cx.poll_sides(poll);
        let is_fresh = cx.seen.sides.fresh(now, poll * 3).is_some();
        if !is_fresh || !cx.seen.sides.spans(cx.seen.blue_up_since, plan.timing.quiet) {
            let quiet = duration::format(plan.timing.quiet);
            missing.push(format!("a healthy target of blue in each reading for {quiet}"));
        }
    }
    if missing.is_empty() {
        match green_resources(late, cx) {
            Some(green) if is_off_green_now(cx) => return Calm::Yes(green),
            Some(_) => {
                mark!(LookedOnceMore);
                missing.push("a reading of the split just before green is stopped".to_owned());
            }
            None => missing.push("a reading of green's resources".to_owned()),
        }
    }
    let missing = missing.join("; ");
    let latest = cut_at.after(cx.state.late_effect_bound()).after(PATIENCE);
    if now >= latest {
        mark!(GreenKeptRunning);
        return Calm::Never(format!("waited {} for {missing}", duration::format(PATIENCE)));
    }
    cx.wake_at(latest);
    Calm::NotYet(missing)
}

/// Looks once more: since the last reading a late write may have landed, or another hand been there.
/// What it finds wrong is a drift.
fn is_off_green_now(cx: &mut Cx<'_>) -> bool {
    let late = cx.state.traffic.quiet_from(cx.state.late_effect_bound());
    let late = if cx.state.traffic.raised { late } else { Timestamp::ZERO };
    cx.split_now("remove").is_some()
        && cx.split_since(late).is_some_and(|split| !split.may_reach(Side::Green))
}

/// Exactly what this rollout created, by identity. Where nobody knows what came of a creation, also
/// what is read on the green side once nothing can land any more, if it runs nothing but our digest.
fn green_resources(late: Timestamp, cx: &mut Cx<'_>) -> Option<Vec<ResourceId>> {
    let mut known = cx.state.green.clone();
    if !cx.state.green_unsure {
        return Some(known);
    }
    mark!(GreenKnownByItsDigest);
    let poll = cx.plan().timing.poll;
    cx.poll_sides(poll);
    let sides = cx.seen.sides.since(late).and_then(|_| cx.seen.sides.fresh(cx.now.at, poll))?;
    if sides.green.digests.iter().all(|digest| *digest == cx.plan().green.digest) {
        let more =
            sides.green.resources.iter().filter(|resource| !cx.state.green.contains(resource));
        known.extend(more.cloned());
    }
    Some(known)
}

/// How far apart the two readings of green at 0 must be.
const TWICE: Duration = Duration::from_secs(10);
