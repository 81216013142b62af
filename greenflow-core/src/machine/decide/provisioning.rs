//! Green is coming up. Blue is pinned first, so that nothing takes its capacity meanwhile.

use super::capacity;
use crate::fact::{Move, RollbackKind, RollbackReason, Write};
use crate::machine::Read;
use crate::machine::cx::Cx;
use crate::machine::phases::Provisioning;
use crate::value::{Severity, Side, duration};

pub(super) fn decide(phase: &Provisioning, cx: &mut Cx<'_>) {
    let plan = cx.plan();
    let deadline = phase.since.after(plan.provision.deadline);
    let missing = missing(phase, cx);
    if cx.decided() {
        return;
    }
    if missing.is_empty() {
        // At once: that green came up is known to whoever takes over, long after the deadline too.
        cx.go(Move::Verify);
    } else if cx.now.at >= deadline {
        mark!(GreenNotInTime);
        let allowed = duration::format(plan.provision.deadline);
        fail(cx, format!("green was not healthy within {allowed}: {}", missing.join("; ")));
    } else {
        cx.wake_at(deadline);
        cx.waits_for(missing.join("; "));
    }
}

fn fail(cx: &mut Cx<'_>, text: String) {
    cx.roll_back(RollbackReason {
        kind: RollbackKind::ProvisionFailed,
        text,
        severity: Severity::Major,
        breach_at: None,
        who: None,
    });
}

/// Makes the next write or read, and lists what green still lacks.
fn missing(phase: &Provisioning, cx: &mut Cx<'_>) -> Vec<String> {
    if let Some((kind, failed)) = cx
        .state
        .failed
        .iter()
        .find(|(_, failed)| failed.is_final())
        .map(|(kind, failed)| (*kind, failed.words()))
    {
        mark!(ProvisionRefused);
        fail(cx, format!("{kind} cannot succeed: {failed}"));
        return Vec::new();
    }
    if let Some(pending) = cx.state.writes.values().next() {
        return vec![format!("the provider to carry out {}", pending.write.name())];
    }
    if cx.state.started().capabilities.compute.pins && !cx.state.pinned_for_sure() {
        cx.write(Write::PinBlue { minimum: Some(capacity::reference(cx)) });
        return Vec::new();
    }
    if cx.state.green.is_empty() {
        let made = cx.state.green_unsure && !cx.state.failed.contains_key("provision");
        if made {
            // Another one would be as nameless, and no part of it could be removed by name.
            mark!(GreenWithoutAName);
            fail(cx, "the provider brought green up and named none of its resources".to_owned());
            return Vec::new();
        }
        let revision = cx.plan().green.clone();
        cx.write(Write::Provision { revision, capacity: capacity::planned_green(cx) });
        return Vec::new();
    }
    let mut missing = targets(phase, cx);
    if missing.is_empty() || !given_up(phase, cx) {
        missing.extend(probes(cx));
    }
    missing
}

/// Goes back at once where the platform has stopped trying to bring green up.
fn given_up(phase: &Provisioning, cx: &mut Cx<'_>) -> bool {
    let since = phase.since.max(cx.seen.counted.set_at(Side::Green));
    let green = cx.seen.sides.since(since).map(|sides| &sides.green);
    let Some((why, green)) = green.and_then(|green| Some((green.given_up.as_ref()?, green))) else {
        return false;
    };
    let words: Vec<&str> = [why].into_iter().chain(&green.reasons).map(String::as_str).collect();
    let text = format!("green cannot start: {}", words.join("; "));
    fail(cx, text);
    true
}

fn targets(phase: &Provisioning, cx: &mut Cx<'_>) -> Vec<String> {
    let planned = capacity::planned_green(cx);
    let poll = cx.plan().timing.poll;
    if let Some(sides) = cx.seen.sides.since(phase.since) {
        let stranger = capacity::stranger(cx, sides);
        if sides.green.healthy >= planned && stranger.is_none() && !sides.green.digests.is_empty() {
            return Vec::new();
        }
        let has = sides.green.healthy;
        let mut missing = vec![format!("{planned} healthy green targets; {has} are")];
        missing.extend(sides.green.reasons.iter().cloned());
        missing.extend(stranger);
        cx.poll_sides(poll);
        return missing;
    }
    cx.poll_sides(poll);
    vec!["the first reading of green's targets".to_owned()]
}

fn probes(cx: &mut Cx<'_>) -> Vec<String> {
    let mut missing = Vec::new();
    let (poll, now) = (cx.plan().timing.poll, cx.now.at);
    for spec in &cx.plan().provision.probes {
        let run = cx.seen.probes.entry((spec.name.clone(), Side::Green)).or_default();
        if run.successes >= spec.successes {
            continue;
        }
        let detail = if run.detail.is_empty() { "not asked yet" } else { &run.detail };
        missing.push(format!("probe {}: {detail}", spec.name));
        let due = run.last.map_or(now, |last| last.after(poll));
        if run.asked {
            continue;
        }
        if due > now {
            cx.wake_at(due);
            continue;
        }
        run.asked = true;
        cx.read(Read::Probe { probe: spec.name.clone(), side: Side::Green });
    }
    missing
}
