//! Faults of calls.

use std::time::Duration;

use super::draw::Draw;
use super::trouble::What;
use crate::Operation;
use crate::faults::{Fault, FaultKind, Pick};

const READS: &[Operation] = &[
    Operation::Describe,
    Operation::Sample,
    Operation::Probe,
    Operation::Check,
    Operation::FindHook,
];
const WRITES: &[Operation] =
    &[Operation::Provision, Operation::Pin, Operation::Remove, Operation::RunHook];
const JOURNAL: &[Operation] = &[
    Operation::JournalClaim,
    Operation::JournalRenew,
    Operation::JournalRelease,
    Operation::JournalRead,
];

pub(super) fn throttled(draw: &mut Draw) -> Vec<What> {
    let retry_after = draw.chance(30).then(|| draw.secs(1, 30));
    some(draw, FaultKind::Throttle { retry_after }, 600)
}

pub(super) fn lost(draw: &mut Draw) -> Vec<What> {
    some(draw, FaultKind::TimeoutLost, 600)
}

pub(super) fn applied_unanswered(draw: &mut Draw) -> Vec<What> {
    writes(draw, FaultKind::TimeoutApplied)
}

pub(super) fn applied_late_unanswered(draw: &mut Draw) -> Vec<What> {
    let after = draw.secs(1, LATE);
    writes(draw, FaultKind::TimeoutLate { after })
}

pub(super) fn acknowledged_only(draw: &mut Draw) -> Vec<What> {
    writes(draw, FaultKind::AckLost)
}

pub(super) fn duplicated(draw: &mut Draw) -> Vec<What> {
    let (times, spacing) = (draw.small(1, 2), draw.secs(1, LATE / 2));
    writes(draw, FaultKind::Duplicate { times, spacing })
}

pub(super) fn overtaken(draw: &mut Draw) -> Vec<What> {
    let after = draw.secs(1, LATE);
    writes(draw, FaultKind::AppliedLate { after })
}

pub(super) fn partly_provisioned(draw: &mut Draw) -> Vec<What> {
    let parts = draw.small(1, 3);
    one(draw, FaultKind::Partial { parts }, Operation::Provision, 300)
}

pub(super) fn partly_set(draw: &mut Draw) -> Vec<What> {
    one(draw, FaultKind::Partial { parts: 1 }, Operation::SetSplit, 300)
}

pub(super) fn stale(draw: &mut Draw) -> Vec<What> {
    let age = draw.secs(1, 120);
    one(draw, FaultKind::StaleRead { age }, Operation::ReadSplit, 600)
}

pub(super) fn new_and_old(draw: &mut Draw) -> Vec<What> {
    let age = draw.secs(10, 120);
    let fault = at(draw, FaultKind::StaleRead { age }, 600).on(Operation::ReadSplit);
    vec![What::Calls(fault.picking(Pick::Every(2)))]
}

pub(super) fn slow(draw: &mut Draw) -> Vec<What> {
    let kind =
        if draw.chance(30) { FaultKind::Hang } else { FaultKind::Slow { by: draw.secs(1, 30) } };
    some(draw, kind, 600)
}

pub(super) fn not_found(draw: &mut Draw) -> Vec<What> {
    let operation = draw.pick(Operation::SetSplit, WRITES);
    one(draw, FaultKind::NotFound, operation, 30)
}

pub(super) fn denied(draw: &mut Draw) -> Vec<What> {
    let kind = draw.pick(FaultKind::Denied, &[FaultKind::Expired]);
    let operation = draw.pick(Operation::Remove, &[Operation::SetSplit, Operation::Sample]);
    let fault = at(draw, kind, 600).on(operation);
    vec![What::Calls(fault)]
}

pub(super) fn malformed(draw: &mut Draw) -> Vec<What> {
    some(draw, FaultKind::Malformed, 300)
}

pub(super) fn incomplete(draw: &mut Draw) -> Vec<What> {
    let targets = draw.small(1, 3);
    one(draw, FaultKind::Misses { targets }, Operation::Describe, 600)
}

pub(super) fn journal_away(draw: &mut Draw) -> Vec<What> {
    let fault = at(draw, FaultKind::Outage, 600).on(Operation::JournalAppend);
    let also = draw.pick(Operation::JournalRenew, JOURNAL);
    vec![What::Calls(fault.on(also))]
}

pub(super) fn journal_full(draw: &mut Draw) -> Vec<What> {
    one(draw, FaultKind::Full, Operation::JournalAppend, 300)
}

/// One append, or a few after each other, cannot be synced.
pub(super) fn not_synced(draw: &mut Draw) -> Vec<What> {
    let (times, from) = (draw.pick(1, &[1, 2]), draw.moment());
    let fault = Fault::new(FaultKind::SyncFailed).on(Operation::JournalAppend).from(from);
    vec![What::Calls(fault.picking(Pick::First(times)))]
}

pub(super) fn journal_unanswered(draw: &mut Draw) -> Vec<What> {
    let operation = draw.pick(Operation::JournalAppend, &[Operation::JournalRenew]);
    one(draw, FaultKind::AnswerLost, operation, 300)
}

/// Half of all calls of every provider fail, for up to twenty minutes.
pub(super) fn brown_out(draw: &mut Draw) -> Vec<What> {
    let fault = at(draw, FaultKind::Outage, 1200).picking(Pick::Chance(0.5));
    let providers = Operation::ALL.iter().filter(|operation| !operation.is_journal());
    vec![What::Calls(providers.fold(fault, |fault, operation| fault.on(*operation)))]
}

/// A fault of one or two operations of any kind.
fn some(draw: &mut Draw, kind: FaultKind, longest: u64) -> Vec<What> {
    let first = draw.pick(Operation::SetSplit, &[Operation::ReadSplit, Operation::Notify]);
    let others = if draw.chance(50) { READS } else { WRITES };
    let more = draw.pick(Operation::Describe, others);
    let fault = at(draw, kind, longest).on(first);
    vec![What::Calls(if draw.chance(50) { fault.on(more) } else { fault })]
}

/// A fault of writes; the balancer's is the one that matters most.
fn writes(draw: &mut Draw, kind: FaultKind) -> Vec<What> {
    let operation =
        if draw.chance(60) { Operation::SetSplit } else { draw.pick(Operation::Pin, WRITES) };
    one(draw, kind, operation, 600)
}

fn one(draw: &mut Draw, kind: FaultKind, operation: Operation, longest: u64) -> Vec<What> {
    vec![What::Calls(at(draw, kind, longest).on(operation))]
}

fn at(draw: &mut Draw, kind: FaultKind, longest: u64) -> Fault {
    let pick = match draw.pick(100, &[5, 25, 50, 95]) {
        100 => Pick::First(draw.between(1, 5)),
        percent => Pick::Chance(f64::from(percent) / 100.0),
    };
    let (from, lasts) = (draw.moment(), draw.secs(5, longest));
    Fault::new(kind).from(from).lasting(lasts).picking(pick)
}

/// A late write lands within what the simulated balancer declares: later is a fault that only
/// drift handling can answer, F4x.
const LATE: u64 = Duration::from_secs(100).as_secs();
