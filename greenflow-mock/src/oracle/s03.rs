//! S03: no raise of ours gives traffic to a side that has long had no healthy target.
//!
//! Excused: a side that went down after the last reading that a send may rely on, targets that cannot be read,
//! writes that land late.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::value::Side;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S03.
#[derive(Debug, Default)]
pub(super) struct S03;

impl Oracle for S03 {
    fn id(&self) -> &'static str {
        "S03"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let Some((Write::Raise { split }, _, noticed)) = intent else { return Ok(()) };
        if !landed.accepted || story.given.blind || story.given.late_writes {
            return Ok(());
        }
        for (side, weight) in [(Side::Green, split.green()), (Side::Blue, split.blue())] {
            let down = story.down_since.get(side).map(|since| noticed.saturating_sub(since));
            ensure(weight.basis_points() == 0 || down.unwrap_or_default() <= READ_AGE, || {
                format!("{split} was sent, and {side} had been down for {down:?}")
            })?;
        }
        Ok(())
    }
}

/// How old a reading may be when a write relies on it, and the time of the calls themselves.
const READ_AGE: Duration = Duration::from_secs(25);
