//! S34: what another hand set is never overwritten on the way forward.
//!
//! Excused: a change within the last half minute, before two polls could show it; old or missing reads; a
//! person who said to go on; a controller that comes back.

use std::time::Duration;

use greenflow_core::fact::Write;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S34.
#[derive(Debug, Default)]
pub(super) struct S34;

impl Oracle for S34 {
    fn id(&self) -> &'static str {
        "S34"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let Some((Write::Raise { split }, _, noticed)) = intent else { return Ok(()) };
        let given = story.given;
        if given.old_reads || given.no_reads || given.late_writes || !landed.accepted {
            return Ok(());
        }
        let (Some(before), Some(changed)) = (&story.last, story.router_changed) else {
            return Ok(());
        };
        // An answer that was lost leaves our own split behind: sending it again confirms it.
        let ours = Story::shows(before, story.confirmed()) || Story::shows(before, *split);
        let old = noticed.saturating_sub(changed) > SEEN;
        ensure(ours || !old, || {
            format!("{split} overwrote {:?}, which another hand had set", before.configured)
        })
    }
}

/// How old a reading may be when a write relies on it, and the time of the calls themselves.
const SEEN: Duration = Duration::from_secs(30);
