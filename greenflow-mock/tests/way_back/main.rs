//! How fast traffic is back on blue: within the bounds that are promised, and past them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

mod beyond;
mod envelope;

use std::time::Duration;

use greenflow_core::fact::{Fact, Write};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::record::{Record, RollbackRecord};
use greenflow_core::value::{Digest, Revision, Side, Weight};
use greenflow_mock::world::{Change, Planned, SideChange, Trigger};
use greenflow_mock::{Rehearsal, Rehearsed, WorldSpec};

const SECOND: Duration = Duration::from_secs(1);

/// Three steps of two minutes, sampled every 30 s, with the usual five minutes for the way back.
fn plan() -> Plan {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .step(10, 120 * SECOND)
        .step(50, 120 * SECOND)
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .bake(600 * SECOND)
        .keep_blue()
        .build()
        .unwrap()
}

/// Green fails every third request, from this moment on.
fn green_fails(when: Trigger) -> Planned {
    Planned::new(when, Change::Side(Side::Green, SideChange::Errors(0.33)))
}

/// So long after green has got this many percent of the requests.
fn at_percent(percent: u8, after: Duration) -> Trigger {
    Trigger::Green { at_least: Weight::from_percent(percent).unwrap(), after }
}

/// Runs the plan on this world with every guarantee watched, and returns its way back.
fn way_back(rehearsal: &Rehearsal, seed: u64) -> (Rehearsed, RollbackRecord) {
    let done = rehearsal.run(seed).unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    assert!(done.violations.is_empty(), "seed {seed}: {:?}", done.violations);
    let record = Record::from_entries(&done.entries).unwrap();
    let rollback = record.rollback.unwrap_or_else(|| panic!("seed {seed}: it never went back"));
    (done, rollback)
}

/// How long it took until green was read back as 0.
fn t_rb(rollback: &RollbackRecord) -> Duration {
    rollback.t_rb_seconds.unwrap().as_duration()
}

/// How often the cut was ordered.
fn cuts(done: &Rehearsed) -> usize {
    let is_cut = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Cut, .. });
    done.entries.iter().filter(|entry| is_cut(&entry.fact)).count()
}

/// A watched rehearsal of the plan, without a trace.
fn rehearsal(spec: WorldSpec) -> Rehearsal {
    Rehearsal::new(plan(), spec).without_trace().watched()
}
