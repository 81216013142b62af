//! S20: when a side is removed, the other one carries everything and is up.
//!
//! Excused: a side that changed by another hand within the last two minutes, targets that cannot be read, a
//! green that never came up and is cleared away.

use std::time::Duration;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};
use greenflow_core::value::Side;

/// S20.
#[derive(Debug, Default)]
pub(super) struct S20;

impl Oracle for S20 {
    fn id(&self) -> &'static str {
        "S20"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        // A green that is cleared away leaves blue as it found it.
        if landed.removed != Some(Side::Blue) || !landed.accepted {
            return Ok(());
        }
        let excused = story.given.blind
            || story.within(story.side_changed.green, SETTLED)
            || story.within(story.router_changed, SETTLED);
        let green = &truth.sides.green;
        ensure(excused || (green.exists && green.healthy > 0 && truth.share.green > 0.99), || {
            format!("blue was removed beside {green:?} with {:.4}", truth.share.green)
        })
    }
}

/// How long a change takes until readings must show it.
const SETTLED: Duration = Duration::from_secs(120);
