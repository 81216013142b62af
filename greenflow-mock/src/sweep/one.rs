//! One run of a sweep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::Ended;
use greenflow_core::provider::Clock as _;
use greenflow_core::record::Record;

use crate::oracle::Violation;
use crate::swarm::Trouble;
use crate::{Rehearsal, RehearsalError, Rehearsed, Unreadable, World};

/// What one run of a sweep showed.
#[derive(Debug, Default)]
pub(super) struct One {
    /// `None` when it came to no end, which is a violation too unless its journal is unreadable.
    pub(super) ended: Option<Ended>,
    /// Whether every controller refused its journal, which was damaged.
    pub(super) unreadable: bool,
    pub(super) violations: Vec<Violation>,
    pub(super) harmed: u64,
    /// The greatest share that green was given, in percent, when harm was done.
    pub(super) harmed_at: Option<u16>,
    pub(super) detected: Option<Duration>,
    pub(super) decided: Option<Duration>,
    pub(super) t_rb: Option<Duration>,
    /// From the decision to go back until everything was done.
    pub(super) whole: Option<Duration>,
    pub(super) calls: u64,
    /// How much time passed in the world.
    pub(super) simulated: Duration,
    /// The last events before the first violation, when the world keeps a trace.
    pub(super) events: Vec<String>,
}

impl One {
    /// Runs once, with every guarantee watched. A panic is a violation like any other.
    pub(super) fn run(rehearsal: &Rehearsal, troubles: &[Trouble], seed: u64) -> Self {
        let rehearsal = Trouble::add_all(troubles, rehearsal.clone()).watched();
        match catch_unwind(AssertUnwindSafe(|| rehearsal.run(seed))) {
            Ok(Ok(done)) => Self::of(&done),
            Ok(Err(RehearsalError::Unreadable(unreadable))) => Self::refused(&unreadable),
            Ok(Err(error)) => Self::broke(id_of(&error), with_causes(&error)),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Self::broke("S52", format!("panicked: {}", text.unwrap_or("with no text")))
            }
        }
    }

    fn of(done: &Rehearsed) -> Self {
        let totals = done.world.totals();
        let record = Record::from_entries(&done.entries).ok();
        let record = record.map(|record| match done.world.harm_began() {
            Some(onset) => record.with_onset(onset),
            None => record,
        });
        let rollback = record.as_ref().and_then(|record| record.rollback.as_ref());
        let whole = rollback.and_then(|rollback| {
            let finished = rollback.finished_at?;
            Some(finished.wall().since(rollback.decided_at.wall()))
        });
        let span = |seconds: greenflow_core::record::Seconds| seconds.as_duration();
        Self {
            ended: Some(done.ended),
            unreadable: false,
            violations: done.violations.clone(),
            harmed: totals.harmed,
            harmed_at: (totals.harmed > 0).then(|| greatest_share(&done.entries)),
            detected: record.as_ref().and_then(|record| record.time_to_detect_seconds).map(span),
            decided: record.as_ref().and_then(|record| record.time_to_decide_seconds).map(span),
            t_rb: rollback.and_then(|rollback| rollback.t_rb_seconds).map(span),
            whole,
            calls: done.world.calls().values().sum(),
            simulated: done.world.clock().monotonic(),
            events: events(&done.world, &done.violations),
        }
    }

    /// What was done until the journal could not be read any more.
    fn refused(unreadable: &Unreadable) -> Self {
        let Unreadable { entries, world, violations, .. } = unreadable;
        let totals = world.totals();
        Self {
            unreadable: true,
            violations: violations.clone(),
            harmed: totals.harmed,
            harmed_at: (totals.harmed > 0).then(|| greatest_share(entries)),
            calls: world.calls().values().sum(),
            simulated: world.clock().monotonic(),
            events: events(world, violations),
            ..Self::default()
        }
    }

    fn broke(id: &'static str, what: String) -> Self {
        let violation = Violation::new(id, Duration::ZERO, what);
        Self { violations: vec![violation], ..Self::default() }
    }
}

/// Returns the last events of the world before the first violation.
fn events(world: &World, violations: &[Violation]) -> Vec<String> {
    let first = violations.iter().map(|violation| violation.at).min();
    let lines = |at| world.trace().last_until(at, EVENTS).map(str::to_owned).collect();
    first.map(lines).unwrap_or_default()
}

/// A rollout that stands still or never ends breaks L1; an engine that gives up breaks L5, for
/// every fault of a sweep ends.
const fn id_of(error: &RehearsalError) -> &'static str {
    match error {
        RehearsalError::Sim(_) => "L1",
        RehearsalError::Engine(_)
        | RehearsalError::Unreadable(_)
        | RehearsalError::Plan(_)
        | RehearsalError::Name(_)
        | RehearsalError::HandedOver => "L5",
    }
}

/// Returns the greatest share that green was meant to have before the way back, in percent.
fn greatest_share(entries: &[Entry]) -> u16 {
    let forward =
        entries.iter().take_while(|entry| !matches!(entry.fact, Fact::Moved(Move::RollBack(_))));
    let shares = forward.filter_map(|entry| {
        let Fact::Intent { write: Write::Raise { split }, .. } = &entry.fact else { return None };
        Some(split.green().basis_points() / 100)
    });
    shares.max().unwrap_or(0)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// How many events are shown before a violation.
const EVENTS: usize = 20;
