//! S20: when a side is removed, the other one carries everything and is up.
//!
//! Excused: a side that changed by another hand within the last two minutes, or went down since it can last
//! have been looked at; targets that cannot be read; a green that never came up and is cleared away, one that
//! another hand had deleted before.

use std::time::Duration;

use greenflow_core::fact::{Fact, Write};

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S20.
#[derive(Debug, Default)]
pub(super) struct S20;

impl Oracle for S20 {
    fn id(&self) -> &'static str {
        "S20"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(side) = landed.removed.filter(|_| landed.accepted) else { return Ok(()) };
        let other = side.other();
        // A green that never had traffic is cleared away from beside a blue as it was found.
        let had_traffic = story
            .facts()
            .any(|fact| matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. }));
        let gone = story.last.as_ref().is_some_and(|last| !last.sides.get(side).exists);
        let unseen = story.plan().map_or(Duration::ZERO, |plan| plan.timing.poll * 3);
        let excused = story.given.blind
            || !had_traffic
            || gone
            || story.within(*story.side_changed.get(other), SETTLED)
            || story.within(*story.down_since.get(other), unseen)
            || story.within(story.router_changed, SETTLED);
        let (left, share) = (truth.sides.get(other), *truth.share.get(other));
        ensure(excused || (left.exists && left.healthy > 0 && share > 0.99), || {
            format!("{side} was removed beside {left:?} with {share:.4} of the requests")
        })
    }
}

/// How long a change takes until readings must show it.
const SETTLED: Duration = Duration::from_secs(120);
