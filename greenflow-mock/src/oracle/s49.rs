//! S49: the cut follows the decision at once, whatever else is out of order.
//!
//! Excused: a raise whose call is under way; a journal or a controller that is away, while it is; a
//! blue without a healthy target, while it has none, and where the targets cannot be read for as long as
//! the last reading counts, or as long as the readings may say so of a blue that has; a controller that was
//! stopped, for as long as it still had its lease.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move};

use super::{Oracle, Story, ensure, is_cut};
use crate::provider::Operation;
use crate::world::{Sent, Truth};
use crate::{StoreAct, StoreEvent};

/// S49.
#[derive(Debug, Default)]
pub(super) struct S49 {
    /// Since when nothing has stood in the way of a cut that was decided; `None` once it is sent.
    due: Option<Duration>,
    /// The decision is in the journal.
    decided: bool,
    /// The cut was sent before that, while the journal was away.
    ahead: bool,
}

impl Oracle for S49 {
    fn id(&self) -> &'static str {
        "S49"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        if !story.is_ours(&event.rollout) {
            return Ok(());
        }
        match event.act {
            StoreAct::Appended { after, frames, .. } => {
                let first = usize::try_from(after).unwrap_or(usize::MAX);
                let count = usize::try_from(frames).unwrap_or(usize::MAX);
                for fact in story.facts().skip(first).take(count) {
                    match fact {
                        Fact::Moved(Move::RollBack(_)) => {
                            self.decided = true;
                            self.due = (!self.ahead).then_some(event.at);
                        }
                        // People are asked whether there is anything to cut to.
                        Fact::Moved(Move::Stick(_)) => self.due = None,
                        _ => {}
                    }
                }
            }
            StoreAct::Leased { .. } | StoreAct::Failed { .. } => self.wait(event.at),
            StoreAct::Renewed { .. }
            | StoreAct::Released { .. }
            | StoreAct::Read
            | StoreAct::Damaged => story.nobody_listens(),
        }
        Ok(())
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation != Operation::SetSplit {
            story.nobody_listens();
            return Ok(());
        }
        if !story.is_ours(&sent.rollout) || !is_cut(story, sent) {
            return Ok(());
        }
        self.ahead |= !self.decided;
        // Nothing may have happened in the world since it went down.
        if story.down_since.blue.is_some() {
            self.wait(sent.at);
        }
        if story.given.undercounts {
            self.due = None;
        }
        let after = self.due.take().map(|due| sent.at.saturating_sub(due)).unwrap_or_default();
        let stopped = if story.given.stopped { LEASE } else { Duration::ZERO };
        ensure(after <= AT_ONCE + stopped, || {
            format!("the cut was sent {after:?} after the decision")
        })
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        if story.down_since.blue.is_some() || truth.sides.blue.healthy == 0 {
            let counts = if story.given.blind { READING } else { Duration::ZERO };
            self.wait(truth.at.saturating_add(counts));
        }
        Ok(())
    }
}

impl S49 {
    /// Something stands in the way until now.
    fn wait(&mut self, until: Duration) {
        self.due = self.due.max(self.due.map(|_| until));
    }
}

/// The deadlines of a forward write and of its read-back, which the cut may have to wait for.
const AT_ONCE: Duration = Duration::from_secs(20);
/// How long a reading of a blue that is down counts when no other follows.
const READING: Duration = Duration::from_secs(30);
/// How long a lease lasts.
const LEASE: Duration = Duration::from_secs(15);
