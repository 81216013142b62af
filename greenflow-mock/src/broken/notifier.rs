//! Notifiers that are wrong on purpose.

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{CallContext, ErrorKind, Notice, Notifier, ProviderError};
use greenflow_core::testkit::Report;

use super::memory::{Busy, Memory};
use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};

mistakes! {
    /// What a notifier does wrong.
    NotifierMistake {
        /// It says that a notice was taken which was refused.
        SwallowsRefusals = ("swallows-refusals", "NO-1"),
        /// It shows a notice each time it is handed over.
        ShowsRepeats = ("shows-repeats", "NO-2"),
        /// It stays locked when a call is dropped.
        StaysLocked = ("notifier-stays-locked", "NO-3"),
    }
}

impl NotifierMistake {
    /// Runs the test kit on a notifier that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::notifier(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenNotifier::new(self, fixture.providers().notifier))
        })
    }
}

/// A notifier that makes one mistake.
#[derive(Debug)]
pub struct BrokenNotifier {
    mistake: NotifierMistake,
    inner: Arc<dyn Notifier>,
    count: Memory<u64>,
    busy: Busy,
}

impl BrokenNotifier {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: NotifierMistake, inner: Arc<dyn Notifier>) -> Self {
        Self { mistake, inner, count: Memory::default(), busy: Busy::default() }
    }
}

#[async_trait]
impl Notifier for BrokenNotifier {
    async fn notify(&self, cx: &CallContext, mut notice: Notice) -> Result<(), ProviderError> {
        match self.mistake {
            NotifierMistake::SwallowsRefusals => {
                drop(self.inner.notify(cx, notice).await);
                Ok(())
            }
            NotifierMistake::ShowsRepeats => {
                let count = self.count.with(|count| {
                    *count += 1;
                    *count
                });
                notice.key.0.push_str(&format!("/{count}"));
                self.inner.notify(cx, notice).await
            }
            NotifierMistake::StaysLocked => {
                if self.busy.put_up() {
                    return Err(ProviderError::new(ErrorKind::Unavailable, "notify"));
                }
                let answer = self.inner.notify(cx, notice).await;
                self.busy.take_down();
                answer
            }
        }
    }
}
