//! S31: when something is removed or green is given more, no older write to the balancer can land
//! any more, of whichever controller.
//!
//! Excused: writes that land later than declared, or past a fence that was not told of those after them;
//! for a raise also writes that were acknowledged and land again or late, as no answer tells that, and
//! those to the same split.

use greenflow_core::fact::Write;
use greenflow_core::provider::FenceToken;
use greenflow_core::value::Split;

use super::{Oracle, Story, changes, ensure};
use crate::world::{Cause, Sent, Truth};

/// S31.
#[derive(Debug, Default)]
pub(super) struct S31 {
    /// The newest removal or raise that was sent, and what it sets; `None` where it destroys.
    newest: Option<(FenceToken, Option<Split>)>,
}

impl Oracle for S31 {
    fn id(&self) -> &'static str {
        "S31"
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if !changes(sent.operation) {
            story.nobody_listens();
            return Ok(());
        }
        if !story.is_ours(&sent.rollout) {
            return Ok(());
        }
        let sets = match sent.effect.and_then(|id| story.intent(id)) {
            Some((Write::Remove { .. }, ..)) => None,
            Some((Write::Raise { split }, ..)) => Some(*split),
            Some(_) | None => return Ok(()),
        };
        let sequence = self.newest.map_or(0, |(token, _)| token.sequence);
        if sent.fence.sequence > sequence {
            self.newest = Some((sent.fence, sets));
        }
        Ok(())
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some((newest, sets)) = self.newest else { return Ok(()) };
        let Some(split) = landed.split.filter(|_| landed.accepted) else { return Ok(()) };
        let changed = story.last.as_ref().is_some_and(|last| last.configured != truth.configured);
        let given = story.given;
        let excused = given.too_late_writes
            || given.hollow_fence
            || (sets.is_some() && given.doubled_writes)
            || sets == Some(split);
        let older = landed.fence.sequence < newest.sequence;
        ensure(excused || !older || !changed, || {
            format!("{split} of {:?} landed after {newest:?} was sent", landed.fence)
        })
    }
}
