//! Names and reasons that are longer than what is kept of them.

use greenflow_core::fact::Fact;
use greenflow_core::machine::{Action, Command, Handled, Input, InputError, Machine, Output};
use greenflow_core::value::Who;

use super::journal::{drain, now, phases};

/// So many bytes, in letters of two bytes where there may be any.
fn words(bytes: usize) -> String {
    format!("{}{}", "a".repeat(bytes % 2), "\u{e4}".repeat(bytes / 2))
}

/// Tells a rollout in its first step, with a name and a reason of so many bytes; returns the answer, and
/// what was recorded.
fn told(action: Action, name: usize, why: usize) -> (Result<Handled, InputError>, Option<Command>) {
    let (_, raising) = phases().into_iter().find(|(label, _)| label.contains("raising")).unwrap();
    let mut machine: Machine = raising.begun();
    let at = now(raising.entries.len() as u64 + 2);
    let command = Command::new(Who::new(words(name)), words(why), action);
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
        // The bound falls into a letter.
        let (answer, recorded) = told(action, 6001, 6001);
        assert_eq!(answer, Ok(Handled::Accepted));
        let recorded = recorded.unwrap();
        assert_eq!((recorded.why.len(), recorded.who.name.len()), (499, 499));
        assert!(recorded.why.starts_with("a\u{e4}"));
    }
}

#[test]
fn everybody_else_is_told_the_bound() {
    for action in [Action::Pause, Action::PromoteFull] {
        for (name, why) in [(501, 10), (10, 501), (5000, 5000)] {
            let (answer, recorded) = told(action.clone(), name, why);
            assert!(answer.unwrap_err().to_string().contains("at most 500 bytes"));
            assert_eq!(recorded, None);
        }
        assert_eq!(told(action, 500, 500).0, Ok(Handled::Accepted));
    }
}
