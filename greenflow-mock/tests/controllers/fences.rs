//! A late write of ours never finds a world in which it does harm (S17, S18, S31), whatever the
//! balancer can do against it.

use std::time::Duration;

use futures_util::future::join3;
use greenflow_core::fact::{Fact, OutcomeClass, Write};
use greenflow_core::machine::{Action, Command, Ended, PhaseName};
use greenflow_core::provider::Fence;
use greenflow_core::value::Who;
use greenflow_mock::faults::{Fault, FaultKind, Pick};
use greenflow_mock::{Freezable, Operation, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, plan_of};

const LATE: Fence = Fence::Late { bound: Duration::from_secs(120) };

/// The shift to 100 % gets no answer and lands late; its repeat is lost. People abort; all traffic
/// is cut off green, confirmed. Then the first, delayed shift lands.
///
/// With `dies_after`, the controller is killed so long after the cut was confirmed, and another
/// one takes over. Returns whether the late shift took effect.
fn late_shift(fence: Fence, after: Duration, dies_after: Option<Duration>) -> bool {
    let late =
        Fault::new(FaultKind::TimeoutLate { after }).on(Operation::SetSplit).picking(Pick::Nth(2));
    let lost = Fault::new(FaultKind::TimeoutLost).on(Operation::SetSplit).picking(Pick::Nth(3));
    let mut spec = WorldSpec::healthy().with_fault(late).with_fault(lost);
    spec.router.fence = fence;
    let plan = plan_of("shop").step(50, MINUTE).step(100, 5 * MINUTE).keep_blue();
    let stage = Stage::new(plan, &spec);
    let (first, second) = (stage.engine("one"), stage.engine("two"));
    let (handle, run) = stage.start(&first);
    let (run, freezer) = Freezable::new(run);
    let (drive, other) = Freezable::new(second.recovery().drive());
    let watch = async {
        while raises(&stage) < 2 {
            stage.sleep(SECOND / 4).await;
        }
        stage.sleep(13 * SECOND).await;
        handle.command(Command::new(Who::new("ann"), "", Action::Abort)).await.unwrap();
        while !cut_confirmed(&stage) {
            stage.sleep(SECOND / 4).await;
        }
        if let Some(dies_after) = dies_after {
            stage.sleep(dies_after).await;
            freezer.kill();
        }
        let ended = stage.until_ended().await;
        other.kill();
        ended
    };
    let (_, _, ended) = stage.sim().run(join3(run, drive, watch)).unwrap();
    assert_eq!(ended, PhaseName::RolledBack, "{fence:?} {after:?} {dies_after:?}");
    // Nobody was sent to a green that was not there any more; the oracles know the rest.
    stage.is_sound(Ended::RolledBack);
    // By the requests: a shift that is cut off as soon as it lands is not in the configurations.
    let history = stage.world.history();
    let cuts =
        history.windows(2).filter(|pair| pair[0].share.green > 0.4 && pair[1].share.green < 0.1);
    cuts.count() > 1
}

fn raises(stage: &Stage) -> usize {
    let is_raise = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. });
    stage.entries().iter().filter(|entry| is_raise(&entry.fact)).count()
}

fn cut_confirmed(stage: &Stage) -> bool {
    let entries = stage.entries();
    let cut = entries.iter().find_map(|entry| match &entry.fact {
        Fact::Intent { id, write } if write.is_cut() => Some(*id),
        _ => None,
    });
    entries.iter().any(|entry| {
        matches!(&entry.fact, Fact::Outcome(outcome)
            if Some(outcome.id) == cut && outcome.class == OutcomeClass::Applied)
    })
}

#[test]
fn a_shift_that_lands_after_the_cut_is_cut_again_while_green_still_stands() {
    let landed = [70, 90, 105, 119]
        .into_iter()
        .filter(|after| late_shift(LATE, Duration::from_secs(*after), None));
    assert!(landed.count() >= 2, "no shift landed after the cut: this shows nothing");
}

#[test]
fn the_same_with_a_take_over_in_between() {
    for dies_after in [0, 20, 60] {
        let dies_after = Some(Duration::from_secs(dies_after));
        let landed = late_shift(LATE, Duration::from_secs(119), dies_after);
        assert!(landed, "the shift did not land after the cut: this shows nothing");
    }
}

#[test]
fn a_balancer_that_fences_lets_no_late_shift_through() {
    for fence in [Fence::PerOperation, Fence::Conditional] {
        for after in [40, 119] {
            for dies_after in [None, Some(SECOND)] {
                let landed = late_shift(fence, Duration::from_secs(after), dies_after);
                assert!(!landed, "{fence:?} {after} {dies_after:?}");
            }
        }
    }
}
