//! S45: the state is a pure fold: equal facts make equal states, as values and as bytes, and the fold
//! accepts what the machine wrote.
//!
//! Excused: nothing.

use std::sync::Arc;

use greenflow_core::fact::frame::{Chain, FrameError};
use greenflow_core::fact::{Entry, Fact};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::Machine;
use greenflow_core::provider::StoredFrame;

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
        let again = bytes(entries)?;
        // A legal whole has only legal prefixes; some of them are folded on their own as well.
        let step = (entries.len() / SAMPLES).max(1);
        for length in (1..=entries.len()).rev().step_by(step) {
            let prefix = |entries: &[Entry]| fold(entries.iter().take(length).cloned());
            let (one, two) = (prefix(entries)?, prefix(&again)?);
            ensure(one.state() == two.state(), || format!("{length} facts make two states"))?;
            if length == entries.len() {
                let phase = one.state().phase().name();
                ensure(phase == story.phase, || format!("{phase}, and {} was told", story.phase))?;
            }
        }
        Ok(())
    }
}

/// How many prefixes of a journal are folded on their own.
const SAMPLES: usize = 6;

fn fold(entries: impl Iterator<Item = Entry>) -> Result<Machine, String> {
    Machine::replay(entries, Arc::new(ThresholdJudge::new())).map_err(|error| error.to_string())
}

fn bytes(entries: &[Entry]) -> Result<Vec<Entry>, String> {
    let Some(Fact::Started(started)) = entries.first().map(|entry| &entry.fact) else {
        return Err("the first fact is not the start".to_owned());
    };
    let mut chains = (Chain::of(&started.rollout), Chain::of(&started.rollout));
    let again = |entry: &Entry| {
        let Entry { sequence, epoch, .. } = *entry;
        let frame = chains.0.write(entry)?;
        chains.1.read(&StoredFrame { sequence, epoch, frame })
    };
    entries.iter().map(again).collect::<Result<_, FrameError>>().map_err(|error| error.to_string())
}
