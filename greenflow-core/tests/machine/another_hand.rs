//! What the balancer shows is ours, or another hand's.

use std::time::Duration;

use greenflow_core::machine::{Input, PhaseName, Read, Reading};
use greenflow_core::provider::{ObservedSplit, SideState, Sides};
use greenflow_core::value::Split;

use super::journal::{blue, digest, drain, now, percent, phase};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// The second step is under way for a while, and the balancer shows this. Whether it is given up.
fn is_given_up(shown: Split) -> bool {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.applies = false;
    stage.pass(6 * MINUTE);
    stage.split = shown;
    stage.pass(2 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Shifting);
    stage.stopped == [stage.orders[0].id]
}

#[test]
fn a_step_under_way_is_given_up_for_another_hand_alone() {
    assert!(!is_given_up(percent(10)), "it has not landed");
    assert!(!is_given_up(Split::ALL_GREEN), "it has landed");
    assert!(is_given_up(percent(50)));
    assert!(is_given_up(Split::ALL_BLUE));
}

/// A balancer that names no route says nothing of where requests go.
#[test]
fn a_balancer_without_routes_is_not_as_it_was_set() {
    let journal = phase("shifting (holding)");
    let mut machine = journal.begun();
    let green = SideState { digests: vec![digest()], ..blue() };
    let sides = Reading::Sides(Sides { blue: blue(), green });
    let split = Reading::Split(ObservedSplit { routes: vec![] });
    let begun = journal.entries.len() as u64 + 1;
    for seconds in [0, 10] {
        let at = now(begun + seconds);
        let _ = machine.handle_input(at, Input::Tick).unwrap();
        drain(&mut machine);
        for (read, reading) in [(Read::Sides, sides.clone()), (Read::Split, split.clone())] {
            let _ =
                machine.handle_input(at, Input::ReadEnded { read, result: Ok(reading) }).unwrap();
            drain(&mut machine);
        }
    }
    assert_eq!(machine.phase_name(), PhaseName::Held);
}
