//! S44: a rollout whose journal is damaged, or of a release that it cannot read, is left alone: no
//! call, no fact, but for pages.
//!
//! Excused: whoever had read the facts before they were damaged, and was stopped since.

use greenflow_core::value::RolloutId;

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::Sent;
use crate::{StoreAct, StoreEvent};

/// S44.
#[derive(Debug, Default)]
pub(super) struct S44 {
    /// The rollouts whose journals were damaged, and the epoch of the last who read them whole.
    damaged: Vec<(RolloutId, u64)>,
}

impl Oracle for S44 {
    fn id(&self) -> &'static str {
        "S44"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        match event.act {
            StoreAct::Damaged => {
                self.damaged.push((event.rollout.clone(), event.epoch));
                Ok(())
            }
            StoreAct::Appended { .. } => {
                ensure(!self.is_damaged(&event.rollout, event.epoch), || {
                    format!("{} goes on behind damaged facts", event.rollout)
                })
            }
            StoreAct::Leased { .. }
            | StoreAct::Renewed { .. }
            | StoreAct::Released { .. }
            | StoreAct::Failed { .. }
            | StoreAct::Read => {
                story.nobody_listens();
                Ok(())
            }
        }
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation == Operation::Notify {
            story.nobody_listens();
            return Ok(());
        }
        ensure(!self.is_damaged(&sent.rollout, sent.fence.epoch), || {
            format!("{} of {}, whose facts are damaged", sent.operation, sent.rollout)
        })
    }
}

impl S44 {
    fn is_damaged(&self, rollout: &RolloutId, epoch: u64) -> bool {
        self.damaged.iter().any(|(damaged, last)| damaged == rollout && epoch > *last)
    }
}
