//! S28: only the rollout that the service is locked for touches the world.
//!
//! Excused: nothing.

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S28.
#[derive(Debug, Default)]
pub(super) struct S28;

impl Oracle for S28 {
    fn id(&self) -> &'static str {
        "S28"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let ours = story.started().map(|started| &started.rollout);
        ensure(ours == Some(&landed.rollout), || {
            format!("{} of {} beside {ours:?}", landed.operation, landed.rollout)
        })
    }
}
