//! S21: a removal names what this rollout recorded or created, and nothing else.
//!
//! Excused: a creation whose answer was lost: then green is known by its digest.

use greenflow_core::fact::{Entry, Fact, Write};
use greenflow_core::value::Side;

use super::{Oracle, Story, ensure};

/// S21.
#[derive(Debug, Default)]
pub(super) struct S21;

impl Oracle for S21 {
    fn id(&self) -> &'static str {
        "S21"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Intent { write: Write::Remove { side, resources }, .. } = &entry.fact else {
            return Ok(());
        };
        let known = match side {
            Side::Blue => story.blue().map(|blue| blue.resources.clone()).unwrap_or_default(),
            Side::Green => {
                let made = story.facts().rev().find_map(|fact| {
                    let Fact::Outcome(outcome) = fact else { return None };
                    (!outcome.resources.is_empty()).then(|| outcome.resources.clone())
                });
                match made {
                    Some(made) => made,
                    None => return Ok(()),
                }
            }
        };
        let foreign = resources.iter().find(|resource| !known.contains(resource));
        ensure(foreign.is_none(), || format!("{side}: {foreign:?} is none of {known:?}"))
    }
}
