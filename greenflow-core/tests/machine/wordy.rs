//! Names and reasons that are longer than what is kept of them.

use greenflow_core::fact::Fact;
use greenflow_core::machine::{Action, Command, Handled, Input, InputError, Machine, Output};
use greenflow_core::value::Who;

use super::journal::{drain, now, phases};

/// Tells a rollout in its first step; returns the answer, and what was recorded.
fn told(action: Action, letters: usize) -> (Result<Handled, InputError>, Option<Command>) {
    let (_, raising) = phases().into_iter().find(|(label, _)| label.contains("raising")).unwrap();
    let mut machine: Machine = raising.begun();
    let at = now(raising.entries.len() as u64 + 2);
    // One byte and then two for each letter, so that the bound falls into a letter.
    let name = format!("a{}", "\u{e4}".repeat(letters));
    let command = Command::new(Who::new(name.clone()), name, action);
    let answer = machine.handle_input(at, Input::Command(command));
    let recorded = drain(&mut machine).into_iter().find_map(|output| match output {
        Output::Append(entry) => match entry.fact {
            Fact::Commanded(command) => Some(command),
            _ => None,
        },
        _ => None,
    });
    (answer, recorded)
}

#[test]
fn whoever_wants_to_go_back_may_say_as_much_as_they_like() {
    for action in [Action::Abort, Action::Rollback] {
        let (answer, recorded) = told(action, 3000);
        assert_eq!(answer, Ok(Handled::Accepted));
        let recorded = recorded.unwrap();
        assert_eq!((recorded.why.len(), recorded.who.name.len()), (499, 499));
        assert!(recorded.why.starts_with("a\u{e4}"));
    }
}

#[test]
fn everybody_else_is_told_the_bound() {
    for action in [Action::Pause, Action::PromoteFull] {
        let (answer, recorded) = told(action.clone(), 250);
        assert!(answer.unwrap_err().to_string().contains("at most 500 bytes"));
        assert_eq!(recorded, None);
        assert_eq!(told(action, 249).0, Ok(Handled::Accepted));
    }
}
