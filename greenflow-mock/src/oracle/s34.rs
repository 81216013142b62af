//! S34: what another hand set is never overwritten on the way forward, also not by a raise that was
//! under way before and is tried again.
//!
//! Excused: a change within the half minute before the call left, in which two polls could not show
//! it; old or missing reads; a person who said to go on; a controller that comes back.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::value::EffectId;

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::{Cause, Sent, Truth};

/// S34.
#[derive(Debug, Default)]
pub(super) struct S34 {
    /// When each write to the balancer left last.
    left: BTreeMap<EffectId, Duration>,
}

impl Oracle for S34 {
    fn id(&self) -> &'static str {
        "S34"
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation == Operation::SetSplit
            && story.is_ours(&sent.rollout)
            && let Some(effect) = sent.effect
        {
            self.left.insert(effect, sent.at);
        }
        Ok(())
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
        let left = landed.effect.and_then(|id| self.left.get(&id)).copied();
        let old = left.unwrap_or(noticed).saturating_sub(changed) > SEEN;
        ensure(ours || !old, || {
            format!("{split} overwrote {:?}, which another hand had set", before.configured)
        })
    }
}

/// How old a reading may be when a write relies on it, and the time of the calls themselves.
const SEEN: Duration = Duration::from_secs(30);
