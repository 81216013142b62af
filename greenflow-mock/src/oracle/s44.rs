//! S44: a rollout whose journal is damaged is left alone: no call, no fact, but for pages.
//!
//! Excused: nothing.

use greenflow_core::value::RolloutId;

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::Sent;
use crate::{StoreAct, StoreEvent};

/// S44.
#[derive(Debug, Default)]
pub(super) struct S44 {
    /// The rollouts whose journals were damaged.
    damaged: Vec<RolloutId>,
}

impl Oracle for S44 {
    fn id(&self) -> &'static str {
        "S44"
    }

    fn stored(&mut self, _: &Story, event: &StoreEvent) -> Result<(), String> {
        match event.act {
            StoreAct::Damaged => {
                self.damaged.push(event.rollout.clone());
                Ok(())
            }
            StoreAct::Appended { .. } => ensure(!self.damaged.contains(&event.rollout), || {
                format!("{} goes on behind damaged facts", event.rollout)
            }),
            StoreAct::Leased { .. }
            | StoreAct::Renewed { .. }
            | StoreAct::Released { .. }
            | StoreAct::Failed { .. }
            | StoreAct::Read => Ok(()),
        }
    }

    fn sent(&mut self, _: &Story, sent: &Sent) -> Result<(), String> {
        let may = sent.operation == Operation::Notify || !self.damaged.contains(&sent.rollout);
        ensure(may, || format!("{} of {}, whose facts are damaged", sent.operation, sent.rollout))
    }
}
