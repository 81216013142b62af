//! A raise that is tried for minutes does not outlive what it was decided on.

use std::time::Duration;

use greenflow_core::fact::{Fact, OutcomeClass, Write};
use greenflow_core::machine::{
    Action, Command, Handled, Input, Machine, Output, PhaseName, Read, Reading, WriteOrder,
};
use greenflow_core::provider::{ObservedSplit, SideState, Sides};
use greenflow_core::value::{Digest, EffectId, Now, Split};

use super::journal::{
    blue, digest, drain, ended, now, percent, phase, phase_of, phases, plan_with, who,
};
use super::stage::Stage;

const RAISE: EffectId = EffectId::new(3);

/// A machine whose first raise is under way, and what comes after it.
fn raising() -> (Machine, Now) {
    let (_, raising) = phases().into_iter().find(|(label, _)| label.contains("raising")).unwrap();
    let write = Write::Raise { split: percent(10) };
    let journal = raising.then(Fact::Intent { id: RAISE, write });
    (journal.begun(), now(journal.entries.len() as u64 + 2))
}

/// The answer that green has so many healthy targets, which run this.
fn sides(healthy: u32, digest: Digest) -> Input {
    let green = SideState { healthy, digests: vec![digest], ..blue() };
    let sides = Reading::Sides(Sides { blue: blue(), green });
    Input::ReadEnded { read: Read::Sides, result: Ok(sides) }
}

/// The answer that the balancer has these splits, one for each of its routes.
fn splits(shown: &[Split]) -> Input {
    let routes = shown.iter().enumerate().flat_map(|(place, split)| {
        ObservedSplit::single(format!("route-{place}").parse().unwrap(), *split).routes
    });
    let seen = ObservedSplit { routes: routes.collect() };
    Input::ReadEnded { read: Read::Split, result: Ok(Reading::Split(seen)) }
}

/// What the machine does when it is told that green has so many healthy targets meanwhile, which run this.
fn told(healthy: u32, digest: Digest) -> Vec<Output> {
    let (mut machine, at) = raising();
    let _ = machine.handle_input(at, sides(healthy, digest)).unwrap();
    drain(&mut machine)
}

/// The writes that are begun.
fn begun(outputs: &[Output]) -> impl Iterator<Item = &Write> {
    outputs.iter().filter_map(|output| match output {
        Output::Append(entry) => match &entry.fact {
            Fact::Intent { write, .. } => Some(write),
            _ => None,
        },
        _ => None,
    })
}

#[test]
fn it_is_given_up_when_green_loses_its_targets() {
    assert!(told(0, digest()).contains(&Output::StopWrite(RAISE)));
}

#[test]
fn it_is_given_up_when_green_runs_something_else() {
    let other = format!("sha256:{}", "c".repeat(64)).parse().unwrap();
    assert!(told(6, other).contains(&Output::StopWrite(RAISE)));
}

/// Unless the plan says that blue need not be whole.
#[test]
fn it_is_given_up_when_blue_could_not_take_everything_back() {
    for (healthy, dangerous, given_up) in [(6, false, false), (0, false, true), (0, true, false)] {
        let plan = plan_with(|body| body.start.dangerous_start_with_unhealthy_blue = dangerous);
        let raising = phase_of(&plan, "shifting (raising)");
        let mut stage = Stage::set(&raising, Split::ALL_BLUE, |stage| stage.applies = false);
        stage.sides.blue.healthy = healthy;
        stage.pass(Duration::from_secs(15));
        assert_eq!(!stage.stopped.is_empty(), given_up, "{healthy} {dangerous}");
    }
}

#[test]
fn it_goes_on_while_green_is_whole() {
    assert!(!told(6, digest()).contains(&Output::StopWrite(RAISE)));
}

/// It ends while the rollout goes back already: that is no cut, and the cut follows at once.
#[test]
fn one_that_takes_effect_on_the_way_back_is_cut_at_once() {
    let (mut machine, at) = raising();
    let abort = Command::new(who(), "enough", Action::Abort);
    assert_eq!(machine.handle_input(at, Input::Command(abort)), Ok(Handled::Accepted));
    let cuts = |outputs: &[Output]| begun(outputs).filter(|write| write.is_cut()).count();
    let outputs = drain(&mut machine);
    assert!(outputs.contains(&Output::StopWrite(RAISE)));
    assert_eq!(cuts(&outputs), 0, "one write at a time");
    let outcome = ended(RAISE, OutcomeClass::Applied);
    assert_eq!(machine.handle_input(at, Input::WriteEnded(outcome)), Ok(Handled::Accepted));
    assert_eq!(cuts(&drain(&mut machine)), 1);
}

/// Nobody knows what came of a raise, and once nothing of it can land any more the balancer has this
/// split: the raise that is sent again.
fn sent_again(shown: &[Split]) -> Option<WriteOrder> {
    let (mut machine, at) = raising();
    let lost = Input::WriteEnded(ended(RAISE, OutcomeClass::Ambiguous));
    let meanwhile = [splits(&[Split::ALL_BLUE]), sides(6, digest()), lost].map(|input| (at, input));
    let later = [Input::Tick, splits(shown), sides(6, digest())].map(|input| (now(150), input));
    let mut outputs = Vec::new();
    for (at, input) in meanwhile.into_iter().chain(later) {
        assert_eq!(machine.handle_input(at, input), Ok(Handled::Accepted));
        outputs.extend(drain(&mut machine));
    }
    outputs.into_iter().find_map(|output| match output {
        Output::Write(order) if matches!(order.write, Write::Raise { .. }) => Some(order),
        _ => None,
    })
}

#[test]
fn one_whose_answer_was_lost_is_confirmed_where_it_may_have_landed() {
    let (before, after) = (Split::ALL_BLUE, percent(10));
    for (shown, may_show) in
        [(&[before, before], false), (&[before, after], true), (&[after, after], true)]
    {
        // Where some of it has landed, seeing it says nothing of the one that is sent again.
        assert_eq!(sent_again(shown).unwrap().shown, may_show, "{shown:?}");
    }
}

#[test]
fn one_whose_answer_was_lost_goes_over_no_other_hand() {
    assert_eq!(sent_again(&[percent(30)]), None);
}

/// Before the first step no traffic of ours is on green, and it takes minutes until nothing can land.
#[test]
fn another_hand_is_seen_while_one_whose_answer_was_lost_may_land() {
    let mut stage = Stage::set(&phase("shifting (raising)"), Split::ALL_BLUE, |stage| {
        stage.applies = false;
    });
    stage.end(stage.orders.last().unwrap().id, OutcomeClass::Ambiguous);
    stage.split = percent(50);
    stage.pass(Duration::from_secs(30));
    assert_eq!((stage.phase(), stage.pages_about("held/drift")), (PhaseName::Held, 1));
}
