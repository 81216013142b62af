//! What a rollout waits for.

use std::time::Duration;

use greenflow_core::value::WallTime;

/// What a rollout waits for, as far as it is worth a line: for long, and for something new.
///
/// Between two lines the first long wait is told.
#[derive(Debug, Default)]
pub(super) struct Waits {
    present: Option<(WallTime, String)>,
    long: Option<(WallTime, String)>,
    told: String,
}

impl Waits {
    /// It waits for something else now.
    pub(super) fn begins(&mut self, now: WallTime, reason: &str) {
        if self.present.as_ref().is_some_and(|(_, present)| present == reason) {
            return;
        }
        self.note_long(now);
        self.present = Some((now, reason.to_owned()));
    }

    /// Something happens: returns since when it has waited for long, and for what. What it waits
    /// for it goes on waiting for, until it says otherwise.
    pub(super) fn end(&mut self, now: WallTime) -> Option<(WallTime, String)> {
        self.note_long(now);
        if let Some((since, _)) = &mut self.present {
            *since = now;
        }
        let (since, reason) = self.long.take()?;
        if reason == self.told {
            return None;
        }
        self.told.clone_from(&reason);
        Some((since, reason))
    }

    /// Another phase begins: a wait that was told before is news again.
    pub(super) fn enter(&mut self) {
        self.told.clear();
    }

    /// Returns what it waits for at the end, if for anything.
    pub(super) fn last(&self) -> Option<(WallTime, String)> {
        let (since, reason) = self.present.as_ref()?;
        (reason != "nothing").then(|| (*since, reason.clone()))
    }

    fn note_long(&mut self, now: WallTime) {
        if let Some((since, reason)) = &self.present
            && self.long.is_none()
            && now.since(*since) >= LONG
        {
            self.long = Some((*since, reason.clone()));
        }
    }
}

/// A shorter wait explains itself.
const LONG: Duration = Duration::from_secs(60);
