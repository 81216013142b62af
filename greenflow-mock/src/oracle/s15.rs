//! S15: no raise goes to a green that has long run something else, and such a green is answered.
//!
//! Excused: targets that cannot be read, writes that land late; a controller or a journal that is
//! away, while it is.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::PhaseName;

use super::{Oracle, Story, ensure};
use crate::world::{Cause, Truth};

/// S15.
#[derive(Debug, Default)]
pub(super) struct S15 {
    /// Since when a green target runs something else.
    stranger: Option<Duration>,
}

impl Oracle for S15 {
    fn id(&self) -> &'static str {
        "S15"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(pinned) = story.plan().map(|plan| &plan.green.digest) else { return Ok(()) };
        if truth.sides.green.digests.iter().all(|digest| digest == pinned) {
            self.stranger = None;
            return Ok(());
        }
        let since = *self.stranger.get_or_insert(truth.at);
        let given = story.given;
        if given.blind || given.late_writes {
            return Ok(());
        }
        let lasts = truth.at.saturating_sub(since).min(story.attended(truth.at));
        let watched = matches!(story.phase, PhaseName::Baking | PhaseName::Confirming);
        ensure(!watched || lasts <= ANSWERED, || {
            format!("green has run something else for {lasts:?} in {}", story.phase)
        })?;
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let Some((Write::Raise { split }, _, noticed)) = intent else { return Ok(()) };
        let before = noticed.saturating_sub(since);
        ensure(before <= READ_AGE || !landed.accepted, || {
            format!("{split} was sent though green had run something else for {before:?}")
        })
    }
}

/// How old a reading may be when a write relies on it, and the time of the calls themselves.
const READ_AGE: Duration = Duration::from_secs(25);
/// Within which time the rollout must have left the way forward.
const ANSWERED: Duration = Duration::from_secs(90);
