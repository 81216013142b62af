//! S45: the state is a pure fold: equal facts make equal states, and the fold accepts what the
//! machine wrote.
//!
//! Excused: nothing.

use std::sync::Arc;

use greenflow_core::fact::Entry;
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
        let machine = Machine::replay(entries.iter().cloned(), Arc::new(ThresholdJudge::new()));
        let machine = machine.map_err(|error| error.to_string())?;
        let phase = machine.state().phase().name();
        ensure(phase == story.phase, || format!("{phase}, and {} was told", story.phase))?;
        let state = fold(entries).map_err(|error| error.to_string())?;
        ensure(state.as_ref() == Some(machine.state()), || "replayed to another state".to_owned())
    }
}

/// Folds a journal once more. That the facts are equal as bytes too, whoever reads them sees: a frame
/// whose bytes this release would write otherwise is refused.
fn fold(entries: &[Entry]) -> Result<Option<State>, IllegalFact> {
    let Some((first, rest)) = entries.split_first() else { return Ok(None) };
    let mut state = State::begin(first)?;
    for entry in rest {
        state.evolve(entry)?;
    }
    Ok(Some(state))
}
