//! S51: a plan that is changed after the start changes nothing: every epoch acts on the plan of the
//! first fact.
//!
//! Excused: nothing.

use greenflow_core::fact::{Entry, Fact, Write};

use super::{Oracle, Story, ensure};

/// S51.
#[derive(Debug, Default)]
pub(super) struct S51;

impl Oracle for S51 {
    fn id(&self) -> &'static str {
        "S51"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Some(plan) = story.plan() else { return Ok(()) };
        match &entry.fact {
            Fact::Intent { write: Write::Provision { revision, .. }, .. } => {
                ensure(*revision == plan.green, || format!("{revision} is not of the plan"))
            }
            Fact::Intent { write: Write::RunHook { hook, .. }, .. } => {
                let known = plan.retire.backup.as_ref() == Some(hook);
                ensure(known, || format!("hook {hook} is not of the plan"))
            }
            _ => Ok(()),
        }
    }
}
