//! S28: only the rollout that the service is locked for touches the world; one that is refused calls
//! nobody.
//!
//! Excused: another one once the service is free again; a page about a journal of another service.

use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::{Cause, Sent, Truth};

/// S28.
#[derive(Debug, Default)]
pub(super) struct S28;

impl Oracle for S28 {
    fn id(&self) -> &'static str {
        "S28"
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation == Operation::Notify {
            story.nobody_listens();
            return Ok(());
        }
        let free = story.phase.is_terminal() || story.phase == PhaseName::Watching;
        ensure(free || story.is_ours(&sent.rollout), || {
            format!("{} of {}, which was refused", sent.operation, sent.rollout)
        })
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let ours = story.started().map(|started| &started.rollout);
        ensure(ours == Some(&landed.rollout), || {
            format!("{} of {} beside {ours:?}", landed.operation, landed.rollout)
        })
    }
}
