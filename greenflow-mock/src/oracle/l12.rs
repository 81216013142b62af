//! L12: a rollout that waits is taken up when it is due, by whoever is up then: controllers look all
//! the time, not at their start only.
//!
//! Excused: a journal that is away; nobody else who is up.

use std::time::Duration;

use super::{Oracle, Story, ensure};
use crate::{StoreAct, StoreEvent};

/// L12.
#[derive(Debug, Default)]
pub(super) struct L12 {
    /// When it is due, while it waits.
    due: Option<Duration>,
}

impl Oracle for L12 {
    fn id(&self) -> &'static str {
        "L12"
    }

    fn stored(&mut self, story: &Story, event: &StoreEvent) -> Result<(), String> {
        if !story.is_ours(&event.rollout) {
            return Ok(());
        }
        match event.act {
            StoreAct::Released { due } => {
                self.due = due;
                Ok(())
            }
            StoreAct::Leased { .. } => {
                let found = self.soon(story, event.at);
                self.due = None;
                found
            }
            _ => {
                story.nobody_listens();
                Ok(())
            }
        }
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        self.soon(story, story.now)
    }
}

impl L12 {
    fn soon(&self, story: &Story, at: Duration) -> Result<(), String> {
        let given = story.given;
        let excused = !given.standby || given.no_journal || story.phase.is_terminal();
        let late = self.due.map_or(Duration::ZERO, |due| at.saturating_sub(due));
        ensure(excused || late <= SOON, || format!("it was due {late:?} before anybody took it"))
    }
}

/// One poll, with its jitter and on a slow clock, and a fold.
const SOON: Duration = Duration::from_secs(10);
