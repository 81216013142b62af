//! S22: nothing is asked to be removed while the router still uses it, and whoever asks has just
//! read that it does not.
//!
//! Excused: another hand at the router since that look, old reads, writes that land later than
//! declared.

use std::time::Duration;

use greenflow_core::value::Side;

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::{Cause, Sent, Truth};

/// S22.
#[derive(Debug, Default)]
pub(super) struct S22 {
    /// When the split was last asked for.
    looked: Option<Duration>,
    /// When it had been, when a removal left last.
    relied_on: Option<Duration>,
}

impl Oracle for S22 {
    fn id(&self) -> &'static str {
        "S22"
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if !story.is_ours(&sent.rollout) {
            return Ok(());
        }
        match sent.operation {
            Operation::ReadSplit => self.looked = Some(sent.at),
            Operation::Remove => {
                self.relied_on = self.looked;
                let age = self.looked.map(|looked| sent.at.saturating_sub(looked));
                return ensure(age.is_some_and(|age| age <= LATELY), || {
                    format!("a removal left, and the split was last read {age:?} before")
                });
            }
            _ => story.nobody_listens(),
        }
        Ok(())
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(side) = landed.removed else { return Ok(()) };
        let given = story.given;
        let since = story.router_changed.is_some_and(|changed| Some(changed) > self.relied_on);
        let excused = since || given.old_reads || given.too_late_writes;
        let used = truth.configured.iter().any(|weights| match side {
            Side::Blue => weights.blue > 0,
            Side::Green => weights.green > 0,
        });
        ensure(excused || !used, || format!("{side} was to be removed while it was in use"))
    }
}

/// How old the last look may be when a removal leaves.
const LATELY: Duration = Duration::from_secs(30);
