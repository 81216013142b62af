//! A raise that is tried for minutes does not outlive what it was decided on.

use greenflow_core::fact::{Fact, Write};
use greenflow_core::machine::{Input, Machine, Output, Read, Reading};
use greenflow_core::provider::{SideState, Sides};
use greenflow_core::value::EffectId;

use super::journal::{blue, drain, now, percent, phases};

const RAISE: EffectId = EffectId::new(3);

/// A machine whose first raise is under way, told that green has so many healthy targets.
fn told(healthy: u32) -> Vec<Output> {
    let (_, raising) = phases().into_iter().find(|(label, _)| label.contains("raising")).unwrap();
    let write = Write::Raise { split: percent(10) };
    let journal = raising.then(Fact::Intent { id: RAISE, write });
    let mut machine: Machine = journal.begun();
    let at = now(journal.entries.len() as u64 + 2);
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
