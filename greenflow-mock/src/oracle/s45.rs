//! S45: the state is a pure fold: equal facts make equal states, as values and as bytes, and the fold
//! accepts what the machine wrote.
//!
//! Excused: nothing.

use std::sync::Arc;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::Machine;
use greenflow_core::machine::state::{IllegalFact, State};

use super::{Oracle, Story, ensure};

/// S45.
#[derive(Debug, Default)]
pub(super) struct S45;

impl Oracle for S45 {
    fn id(&self) -> &'static str {
        "S45"
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        let entries = &story.entries;
        let again = again(entries).map_err(|error| error.to_string())?;
        let machine = Machine::replay(entries.iter().cloned(), Arc::new(ThresholdJudge::new()));
        let machine = machine.map_err(|error| error.to_string())?;
        let phase = machine.state().phase().name();
        ensure(phase == story.phase, || format!("{phase}, and {} was told", story.phase))?;
        let state = prefixes(entries, &again)?;
        ensure(state.as_ref() == Some(machine.state()), || "replayed to another state".to_owned())
    }
}

/// Folds two journals side by side and compares what they make at some lengths. Returns the end.
fn prefixes(entries: &[Entry], again: &[Entry]) -> Result<Option<State>, String> {
    let step = (entries.len() / SAMPLES).max(1);
    let illegal = |error: IllegalFact| error.to_string();
    let mut states: Option<(State, State)> = None;
    for (length, (one, two)) in (1..).zip(entries.iter().zip(again)) {
        let (one, two) = match states.take() {
            None => (State::begin(one).map_err(illegal)?, State::begin(two).map_err(illegal)?),
            Some(mut both) => {
                both.0.evolve(one).map_err(illegal)?;
                both.1.evolve(two).map_err(illegal)?;
                both
            }
        };
        if length % step == 0 || length == entries.len() {
            ensure(one == two, || format!("{length} facts make two states"))?;
        }
        states = Some((one, two));
    }
    Ok(states.map(|(state, _)| state))
}

/// At about how many lengths the states are compared.
const SAMPLES: usize = 6;

/// Makes the facts anew, each from its bytes.
fn again(entries: &[Entry]) -> Result<Vec<Entry>, serde_json::Error> {
    let again = |entry: &Entry| {
        let fact = match &entry.fact {
            // Its bytes are all that is known of it.
            Fact::Unknown(unknown) => Fact::Unknown(unknown.clone()),
            fact => serde_json::from_slice(&serde_json::to_vec(fact)?)?,
        };
        Ok(Entry { fact, ..*entry })
    };
    entries.iter().map(again).collect()
}
