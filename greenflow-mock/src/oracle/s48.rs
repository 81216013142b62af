//! S48: people are told, in the journal, before the first write of a way back; every alert and page
//! is handed over in the end, and none counts as sent that nobody took.
//!
//! Excused at the end: a notifier that does not take everything, a journal that fails, a controller that was
//! away within the last minute: nothing waits for longer than that for the last notices.

use std::collections::BTreeSet;
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, NoticeResult};
use greenflow_core::provider::{Notice, NoticeKey, NoticeKind};

use super::{Oracle, RunOver, Story, ensure};
use crate::world::Truth;

/// S48.
#[derive(Debug, Default)]
pub(super) struct S48 {
    /// An alert was queued since the rollout last did something else.
    told: bool,
    /// Alerts and pages that wait.
    waiting: BTreeSet<NoticeKey>,
    /// Notices that are said to be sent, until it is known whether they were taken.
    sent: Vec<NoticeKey>,
    /// Notices that the notifier has taken.
    taken: BTreeSet<NoticeKey>,
    /// When a controller was last lost.
    lost: Option<Duration>,
}

impl Oracle for S48 {
    fn id(&self) -> &'static str {
        "S48"
    }

    fn fact(&mut self, _: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::NoticeQueued(notice) => {
                if is_urgent(notice) {
                    self.told = true;
                    self.waiting.insert(notice.key.clone());
                }
                Ok(())
            }
            Fact::NoticeEnded { key, result } => {
                self.waiting.remove(key);
                if *result == NoticeResult::Sent {
                    self.sent.push(key.clone());
                }
                Ok(())
            }
            Fact::Moved(Move::RollBack(reason)) => {
                let told = std::mem::take(&mut self.told);
                ensure(told, || format!("back without a word to anybody: {}", reason.text))
            }
            Fact::Moved(_) | Fact::Intent { .. } => {
                self.told = false;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn truth(&mut self, _: &Story, truth: &Truth) -> Result<(), String> {
        self.taken.extend(truth.noticed.iter().cloned());
        let invented = self.sent.drain(..).find(|key| !self.taken.contains(key));
        ensure(invented.is_none(), || format!("nobody took what is said to be sent: {invented:?}"))
    }

    fn over(&mut self, story: &Story, over: &RunOver) -> Result<(), String> {
        if *over != RunOver::Well {
            self.lost = Some(story.now);
        }
        Ok(())
    }

    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        let away = story.within(self.lost, LATELY) || story.within(story.failed_at, LATELY);
        let given = story.given;
        let excused = !story.phase.is_terminal() || given.no_notifier || given.no_journal || away;
        // What was handed over after the end is in no record.
        let left = self.waiting.difference(&self.taken).next();
        ensure(excused || left.is_none(), || format!("nobody was told in the end: {left:?}"))
    }
}

/// Returns whether somebody has to see a notice.
const fn is_urgent(notice: &Notice) -> bool {
    matches!(notice.kind, NoticeKind::Alert | NoticeKind::Page)
}

/// How long before the end somebody may have been away who had notices to hand over.
const LATELY: Duration = Duration::from_secs(60);
