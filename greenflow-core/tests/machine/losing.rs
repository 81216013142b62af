//! While nothing can be written down, or the rules are in doubt, only the way back is open.

use std::time::Duration;

use greenflow_core::fact::{Fact, Write};
use greenflow_core::machine::{
    Action, Command, Handled, Input, InputError, Machine, Output, PhaseName,
};
use greenflow_core::value::{ControllerId, Severity};

use super::journal::{Journal, drain, now, percent, phase, who};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);

/// A hold at 10 %, since which nothing can be written down.
fn lost() -> Stage {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.journal_is(false);
    assert!(stage.machine().journal_is_lost());
    stage
}

#[test]
fn nothing_goes_forward_before_it_can_be_written_down() {
    let mut stage = lost();
    let facts = stage.entries.len();
    stage.pass(20 * MINUTE);
    assert_eq!((stage.phase(), stage.entries.len()), (PhaseName::Shifting, facts));
    stage.journal_is(true);
    assert!(!stage.machine().journal_is_lost());
    stage.pass(MINUTE);
    assert!(stage.begun().any(|write| *write == Write::Raise { split: percent(100) }));
}

#[test]
fn a_breach_leads_back_though_nothing_can_be_written_down() {
    let mut stage = lost();
    stage.errors = 50;
    stage.pass(5 * MINUTE);
    assert!(stage.begun().any(Write::is_cut));
}

#[test]
fn whoever_says_anything_but_to_go_back_is_told_to_wait() {
    let mut stage = lost();
    let facts = stage.entries.len();
    for action in [Action::Pause, Action::Promote, Action::PromoteFull] {
        let refused = stage.say(action).unwrap_err().to_string();
        assert!(refused.contains("abort is accepted while the journal"), "{refused}");
    }
    assert_eq!((stage.phase(), stage.entries.len()), (PhaseName::Shifting, facts));
    assert_eq!(stage.say(Action::Abort), Ok(Handled::Accepted));
    assert_eq!(stage.phase(), PhaseName::RollingBack);
    assert!(stage.begun().any(Write::is_cut));
}

/// A hold at 10 % that has so many facts.
fn of_facts(most: usize) -> Journal {
    let mut journal = phase("shifting (holding)");
    while journal.entries.len() < most {
        let (what, done) = ("a test".to_owned(), "nothing".to_owned());
        journal = journal.then(Fact::IssueNoted { severity: Severity::Minor, what, done });
    }
    journal
}

fn tell(machine: &mut Machine, input: Input) -> (Result<Handled, InputError>, Vec<Output>) {
    let answer = machine.handle_input(now(20_000), input);
    (answer, drain(machine))
}

fn began() -> Input {
    Input::Began { controller: ControllerId::new("c-1").unwrap() }
}

fn says(action: Action) -> Input {
    Input::Command(Command::new(who(), "a test", action))
}

#[test]
fn a_rollout_with_too_many_facts_says_so_once_and_only_goes_back() {
    let mut machine = of_facts(10_000).machine();
    let (answer, _) = tell(&mut machine, began());
    let InputError::InvariantBroken { what } = answer.unwrap_err() else { panic!("accepted") };
    assert!(what.contains("10000 facts"), "{what}");
    assert!(machine.status().waits_for.contains("only abort is accepted"));
    assert_eq!(tell(&mut machine, Input::Tick).0, Ok(Handled::Accepted), "it is said once");
    let (answer, _) = tell(&mut machine, says(Action::Pause));
    assert!(answer.unwrap_err().to_string().contains("abort is accepted since a decision"));
    let (answer, outputs) = tell(&mut machine, says(Action::Abort));
    assert_eq!(answer, Ok(Handled::Accepted));
    let is_cut = |output: &Output| matches!(output, Output::Write(order) if order.write.is_cut());
    assert!(outputs.iter().any(is_cut));
}

#[test]
fn a_rollout_with_fewer_facts_goes_on() {
    let mut machine = of_facts(9_000).machine();
    assert_eq!(tell(&mut machine, began()).0, Ok(Handled::Accepted));
    assert_eq!(tell(&mut machine, says(Action::Pause)).0, Ok(Handled::Accepted));
}
