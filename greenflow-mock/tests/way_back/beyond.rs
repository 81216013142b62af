//! Past those bounds people are paged at five minutes, and it is back within a minute of the end of
//! whatever kept it.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::{Clock as _, Notice};
use greenflow_core::record::{Record, RollbackRecord};
use greenflow_core::value::Side;
use greenflow_mock::faults::{Fault, FaultKind, Pick};
use greenflow_mock::world::{Change, Health, Planned, SideChange, Trigger};
use greenflow_mock::{Kill, Operation, Rehearsed, WorldSpec};

use super::{SECOND, at_percent, cuts, green_fails, rehearsal, t_rb, way_back};

const BUDGET: Duration = Duration::from_secs(300);

/// A world whose green fails, and in which these calls fail too, for so long from the first look at
/// that on.
fn kept_by(kind: FaultKind, operations: &[Operation], lasts: Duration) -> WorldSpec {
    let from = Trigger::on(PhaseName::Assessing);
    let fault = Fault::new(kind).from(from).lasting(lasts);
    let fault = operations.iter().fold(fault, |fault, operation| fault.on(*operation));
    WorldSpec::healthy().with_planned(green_fails(at_percent(50, SECOND))).with_fault(fault)
}

fn pages(done: &Rehearsed) -> Vec<(Duration, Notice)> {
    let overdue = |notice: &Notice| notice.key.0.contains("rollback-overdue");
    done.world.notices().into_iter().filter(|(_, notice)| overdue(notice)).collect()
}

/// The spans from the decision to the end of what kept the way back, and to each page.
fn since_the_decision(
    done: &Rehearsed,
    rollback: &RollbackRecord,
    lasts: Duration,
) -> (Duration, Vec<Duration>) {
    let assesses = |fact: &Fact| matches!(fact, Fact::Moved(Move::Assess { .. }));
    let begun = done.entries.iter().find(|entry| assesses(&entry.fact)).unwrap().wall;
    let decided = rollback.decided_at.wall();
    let clock = done.world.clock();
    let start = clock.true_wall().before(clock.monotonic());
    let paged = |(at, _): &(Duration, Notice)| start.after(*at).since(decided);
    (begun.after(lasts).since(decided), pages(done).iter().map(paged).collect())
}

#[test]
fn a_balancer_that_is_away_for_long_is_paged_at_five_minutes_and_cut_soon_after_it_is_back() {
    let balancer = [Operation::SetSplit, Operation::ReadSplit];
    for kind in [FaultKind::Outage, FaultKind::Hang, FaultKind::TimeoutLost, FaultKind::Denied] {
        for operations in [&balancer[..], &balancer[..1], &balancer[1..]] {
            for minutes in [9, 20] {
                let lasts = minutes * 60 * SECOND;
                let (done, rollback) = way_back(&rehearsal(kept_by(kind, operations, lasts)), 1);
                let what = format!("{kind:?} of {operations:?} for {minutes} min");
                let (ends, paged) = since_the_decision(&done, &rollback, lasts);
                let took = t_rb(&rollback);
                assert!(took > BUDGET && took <= ends + 60 * SECOND, "{what}: {took:?}, {ends:?}");
                assert_eq!(done.ended, Ended::RolledBack, "{what}");
                let [paged] = paged[..] else { panic!("{what}: {paged:?}") };
                assert!(paged >= BUDGET && paged <= BUDGET + SECOND, "{what}: {paged:?}");
            }
        }
    }
}

#[test]
fn the_same_when_its_controller_dies_meanwhile() {
    let balancer = [Operation::SetSplit, Operation::ReadSplit];
    for after in [10, 250, 400] {
        let lasts = 600 * SECOND;
        let kill = Kill::new(PhaseName::RollingBack, after * SECOND, 10 * SECOND);
        let spec = kept_by(FaultKind::Outage, &balancer, lasts);
        let (done, rollback) = way_back(&rehearsal(spec).with_kills(vec![kill]), 1);
        let (ends, _) = since_the_decision(&done, &rollback, lasts);
        assert!(t_rb(&rollback) <= ends + 60 * SECOND, "{:?}, {ends:?}", t_rb(&rollback));
        let keys: std::collections::BTreeSet<_> =
            pages(&done).into_iter().map(|(_, notice)| notice.key.0).collect();
        assert_eq!(keys.len(), 1, "one key, whoever pages: {keys:?}");
    }
}

#[test]
fn the_cut_needs_the_balancer_alone() {
    let others: Vec<Operation> = Operation::ALL
        .iter()
        .copied()
        .filter(|operation| {
            !operation.is_journal()
                && !matches!(operation, Operation::SetSplit | Operation::ReadSplit)
        })
        .collect();
    for kind in [FaultKind::Outage, FaultKind::Hang] {
        let (done, rollback) = way_back(&rehearsal(kept_by(kind, &others, 900 * SECOND)), 1);
        assert!(t_rb(&rollback) <= 25 * SECOND, "{kind:?}: {:?}", t_rb(&rollback));
        assert_eq!((done.ended, cuts(&done)), (Ended::RolledBack, 1), "{kind:?}");
        // It waits for who can say that blue serves and that green is gone, and then ends.
        let whole = rollback.finished_at.unwrap().wall().since(rollback.decided_at.wall());
        let (ends, _) = since_the_decision(&done, &rollback, 900 * SECOND);
        assert!(whole >= ends && whole <= ends + 300 * SECOND, "{kind:?}: {whole:?}, {ends:?}");
    }
}

#[test]
fn green_stands_beside_a_blue_that_crashes_again_and_again() {
    let rhythms = [(5 * SECOND, 53 * SECOND), (11 * SECOND, 15 * SECOND)];
    for (offset, (up, down)) in (0..29).flat_map(|offset| rhythms.map(|rhythm| (offset, rhythm))) {
        let loops = Change::Side(Side::Blue, SideChange::Health(Health::CrashLoop { up, down }));
        let begins = at_percent(50, offset * 2 * SECOND);
        let spec = WorldSpec::healthy()
            .with_planned(green_fails(at_percent(50, SECOND)))
            .with_planned(Planned::new(begins, loops));
        let done = rehearsal(spec).run(1).unwrap();
        assert!(done.violations.is_empty(), "{offset}: {:?}", done.violations);
        let removed = |entry: &Entry| {
            matches!(
                &entry.fact,
                Fact::Intent { write: Write::Remove { side: Side::Green, .. }, .. }
            )
        };
        assert!(!done.entries.iter().any(removed), "{offset}: green was taken away");
    }
}

#[test]
fn providers_that_refuse_nine_of_ten_calls_are_brought_through_each_step_or_left() {
    let mut completed = 0;
    for seed in 1..=40 {
        let throttled = Fault::new(FaultKind::Throttle { retry_after: None })
            .on(Operation::SetSplit)
            .on(Operation::ReadSplit)
            .on(Operation::Describe)
            .picking(Pick::Chance(0.9));
        let done = rehearsal(WorldSpec::healthy().with_fault(throttled)).run(seed).unwrap();
        assert!(done.violations.is_empty(), "seed {seed}: {:?}", done.violations);
        let record = Record::from_entries(&done.entries).unwrap();
        match record.rollback {
            None => completed += 1,
            // Fifteen minutes without a fresh reading.
            Some(rollback) => assert!(rollback.reason.contains("stalled"), "{}", rollback.reason),
        }
        assert!(matches!(done.ended, Ended::Completed | Ended::RolledBack), "seed {seed}");
    }
    assert!(completed >= 30, "{completed} of 40 completed");
}
