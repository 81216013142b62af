//! Every phase with every input, as a golden matrix; a refused input leaves the machine as it was.

use std::fmt::Write as _;
use std::time::Duration;

use greenflow_core::fact::{NoticeResult, OutcomeClass};
use greenflow_core::machine::{
    Action, ApprovalTarget, Command, Handled, Input, Machine, Read, Reading,
};
use greenflow_core::provider::{NoticeKey, ObservedSplit};
use greenflow_core::value::{ControllerId, EffectId, Now, Split};

use super::journal::{digest, drain, ended, now, phases, plan, who};

fn inputs() -> Vec<Input> {
    let command = |action| Input::Command(Command::new(who(), "a test", action));
    let of = ApprovalTarget {
        rollout: "r-1".parse().unwrap(),
        plan: plan().hash().clone(),
        step: 0,
        digest: digest(),
    };
    let outcome = ended(EffectId::new(99), OutcomeClass::Applied);
    let split = ObservedSplit::single("route".parse().unwrap(), Split::ALL_BLUE);
    let key = NoticeKey("nobody's".to_owned());
    vec![
        Input::Tick,
        Input::Began { controller: ControllerId::new("c-2").unwrap() },
        Input::WriteEnded(outcome),
        Input::ReadEnded { read: Read::Split, result: Ok(Reading::Split(split)) },
        Input::NoticeEnded { key, result: NoticeResult::Sent },
        Input::JournalLost,
        Input::JournalBack,
        command(Action::Confirm { item: "ready".to_owned() }),
        command(Action::Approve { of }),
        command(Action::Reject),
        command(Action::Acknowledge),
        command(Action::Pause),
        command(Action::Resume),
        command(Action::Promote),
        command(Action::PromoteFull),
        command(Action::Abort),
        command(Action::Rollback),
        command(Action::ExtendRetention { by: Duration::from_secs(3600) }),
        command(Action::RetireNow { superseded_by: None }),
    ]
}

fn answer(machine: &Machine, at: Now, input: Input) -> String {
    let before = machine.clone();
    let mut after = machine.clone();
    match after.handle_input(at, input) {
        Ok(handled) => {
            drain(&mut after);
            let word = match handled {
                Handled::Accepted => "accepted",
                Handled::Ignored => "ignored",
                Handled::NoLongerPossible => "no longer possible",
            };
            let to = after.phase_name();
            if to == before.phase_name() { word.to_owned() } else { format!("{word} -> {to}") }
        }
        Err(refused) => {
            assert!(before == after, "a refused input changed the machine: {refused}");
            format!("refused: {refused}")
        }
    }
}

#[test]
fn every_phase_answers_every_input() {
    let mut text = String::new();
    for (label, journal) in phases() {
        let _ = writeln!(text, "{label}");
        let machine = journal.begun();
        let at = now(journal.entries.len() as u64 + 2);
        for input in inputs() {
            let name = input.name();
            let _ = writeln!(text, "    {name:<18} {}", answer(&machine, at, input));
        }
    }
    insta::assert_snapshot!("matrix", text);
}

#[test]
fn an_input_before_the_outputs_are_drained_is_refused() {
    let (_, journal) = phases().remove(0);
    let mut machine = journal.machine();
    let controller = ControllerId::new("c-1").unwrap();
    let _ = machine.handle_input(now(1), Input::Began { controller }).unwrap();
    let before = machine.clone();
    assert!(machine.handle_input(now(1), Input::Tick).is_err());
    assert!(machine == before);
}
