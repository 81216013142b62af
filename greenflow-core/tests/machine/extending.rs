//! Keeping blue longer, by what the journal can keep.

use std::time::Duration;

use greenflow_core::fact::Fact;
use greenflow_core::machine::{Action, Command, Handled, Input, InputError, Machine, Output};

use super::journal::{drain, now, phases, who};

/// Asks a rollout that retains blue; returns the answer, and what was recorded of it.
fn asked(by: Duration) -> (Result<Handled, InputError>, Vec<Fact>) {
    let (_, retaining) = phases().into_iter().find(|(label, _)| label == "retaining").unwrap();
    let mut machine: Machine = retaining.begun();
    let at = now(retaining.entries.len() as u64 + 2);
    let command = Command::new(who(), "a test", Action::ExtendRetention { by });
    let answer = machine.handle_input(at, Input::Command(command));
    let facts = drain(&mut machine).into_iter().filter_map(|output| match output {
        Output::Append(entry) if matches!(entry.fact, Fact::Commanded(_)) => Some(entry.fact),
        _ => None,
    });
    (answer, facts.collect())
}

#[test]
fn what_is_accepted_can_be_read_again() {
    let ten_years = Duration::from_hours(10 * 366 * 24);
    for by in [Duration::from_millis(1), Duration::from_hours(72), ten_years] {
        let (answer, facts) = asked(by);
        assert_eq!((answer, facts.len()), (Ok(Handled::Accepted), 1), "{by:?}");
        let json = serde_json::to_string(&facts[0]).unwrap();
        assert_eq!(serde_json::from_str::<Fact>(&json).unwrap(), facts[0]);
    }
}

#[test]
fn what_could_not_be_read_again_is_rejected() {
    let ten_years = Duration::from_hours(10 * 366 * 24);
    for by in [ten_years + Duration::from_millis(1), Duration::MAX, Duration::from_micros(1500)] {
        let (answer, facts) = asked(by);
        let message = answer.unwrap_err().to_string();
        assert!(message.contains("whole milliseconds, at most by 10 years"), "{message}");
        assert_eq!(facts, []);
    }
}
