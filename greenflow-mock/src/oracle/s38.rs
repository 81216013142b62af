//! S38: wherever a rollout waits, is held or was drifted, an accepted abort is decided upon at once.
//! That the cut follows the decision is S49.
//!
//! Excused: nothing.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::machine::{Action, PhaseName};
use greenflow_core::value::Timestamp;

use super::{Oracle, Story, ensure};

/// S38.
#[derive(Debug, Default)]
pub(super) struct S38 {
    /// Where the rollout waited when an abort was accepted, and when that was.
    wanted: Option<(PhaseName, Timestamp)>,
}

impl Oracle for S38 {
    fn id(&self) -> &'static str {
        "S38"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Commanded(command) if command.action == Action::Abort => {
                if waits(story.phase) {
                    self.wanted = Some((story.phase, entry.at));
                }
                Ok(())
            }
            Fact::Moved(Move::Refuse(_)) => self.follows(entry.at, "the refusal"),
            Fact::Moved(Move::RollBack(_)) => self.follows(entry.at, "the decision"),
            _ => Ok(()),
        }
    }
}

impl S38 {
    fn follows(&mut self, at: Timestamp, what: &str) -> Result<(), String> {
        let Some((phase, since)) = self.wanted.take() else { return Ok(()) };
        let after = at.since(since);
        ensure(after <= TICK, || {
            format!("{what} came {after:?} after an abort was accepted in {phase}")
        })
    }
}

/// Returns whether a rollout waits for something here, rather than doing it.
const fn waits(phase: PhaseName) -> bool {
    match phase {
        PhaseName::Scheduled
        | PhaseName::AwaitingApproval
        | PhaseName::Retaining
        | PhaseName::Watching
        | PhaseName::Assessing
        | PhaseName::Held
        | PhaseName::Stuck => true,
        PhaseName::Preflight
        | PhaseName::Provisioning
        | PhaseName::Verifying
        | PhaseName::Shifting
        | PhaseName::Baking
        | PhaseName::Confirming
        | PhaseName::Retiring
        | PhaseName::RollingBack
        | PhaseName::Completed
        | PhaseName::RolledBack
        | PhaseName::Refused => false,
    }
}

/// Within which time it is decided.
const TICK: Duration = Duration::from_secs(1);
