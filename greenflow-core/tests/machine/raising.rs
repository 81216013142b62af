//! A raise that is tried for minutes does not outlive what it was decided on.

use greenflow_core::fact::{Fact, Outcome, OutcomeClass, Write};
use greenflow_core::machine::{Action, Command, Handled, Input, Machine, Output, Read, Reading};
use greenflow_core::provider::{SideState, Sides};
use greenflow_core::value::{EffectId, Now};

use super::journal::{blue, drain, now, percent, phases, who};

const RAISE: EffectId = EffectId::new(3);

/// A machine whose first raise is under way, and what comes after it.
fn raising() -> (Machine, Now) {
    let (_, raising) = phases().into_iter().find(|(label, _)| label.contains("raising")).unwrap();
    let write = Write::Raise { split: percent(10) };
    let journal = raising.then(Fact::Intent { id: RAISE, write });
    (journal.begun(), now(journal.entries.len() as u64 + 2))
}

/// The same, told that green has so many healthy targets.
fn told(healthy: u32) -> Vec<Output> {
    let (mut machine, at) = raising();
    let green = SideState { healthy, ..blue() };
    let green = SideState { digests: vec![super::journal::digest()], ..green };
    let sides = Reading::Sides(Sides { blue: blue(), green });
    let answer = Input::ReadEnded { read: Read::Sides, result: Ok(sides) };
    let _ = machine.handle_input(at, answer).unwrap();
    drain(&mut machine)
}

#[test]
fn it_is_given_up_when_green_loses_its_targets() {
    assert!(told(0).contains(&Output::StopWrite(RAISE)));
}

#[test]
fn it_goes_on_while_green_is_whole() {
    assert!(!told(6).contains(&Output::StopWrite(RAISE)));
}

/// It ends while the rollout goes back already: that is no cut, and the cut follows at once.
#[test]
fn one_that_takes_effect_on_the_way_back_is_cut_at_once() {
    let (mut machine, at) = raising();
    let abort = Command::new(who(), "enough", Action::Abort);
    assert_eq!(machine.handle_input(at, Input::Command(abort)), Ok(Handled::Accepted));
    let cuts = |outputs: &[Output]| {
        let cut = |output: &&Output| match output {
            Output::Append(entry) => {
                matches!(&entry.fact, Fact::Intent { write, .. } if write.is_cut())
            }
            _ => false,
        };
        outputs.iter().filter(cut).count()
    };
    assert_eq!(cuts(&drain(&mut machine)), 0, "one write at a time");
    let outcome = Outcome {
        id: RAISE,
        class: OutcomeClass::Applied,
        attempts: 1,
        last_sent_at: None,
        may_land_late: false,
        resources: vec![],
        report: None,
        failure: None,
    };
    assert_eq!(machine.handle_input(at, Input::WriteEnded(outcome)), Ok(Handled::Accepted));
    assert_eq!(cuts(&drain(&mut machine)), 1);
}
