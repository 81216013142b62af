//! Controllers that were stopped for a while, and go on beside the one that came after them.

use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use greenflow_core::engine::{EngineError, RunEnd};
use greenflow_core::provider::Clock as _;

use crate::{Freezer, SimClock, together};

/// One run of the engine.
pub(super) type Run = Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + Send>>;

type Past<'a> = Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + 'a>>;

/// Controllers that were stopped for a while, and go on beside the one that came after them.
#[derive(Default)]
pub(super) struct Stopped<'a>(FuturesUnordered<Past<'a>>);

impl<'a> Stopped<'a> {
    /// Keeps one that is frozen, and lets it go on at a moment.
    pub(super) fn push(
        &self,
        run: Run,
        freezer: Freezer,
        following: impl Future<Output = ()> + 'a,
        (clock, until): (SimClock, Duration),
    ) {
        let thaws = async move {
            clock.sleep_until(until).await;
            freezer.thaw();
        };
        self.0.push(Box::pin(async {
            let ((end, ()), ()) = together(together(run, following), thaws).await;
            end
        }));
    }

    /// Lets them go on until one of them ends; for ever when there is none.
    ///
    /// # Cancel safety
    /// Dropping this future loses nothing.
    pub(super) async fn next(&mut self) -> Result<RunEnd, EngineError> {
        match self.0.next().await {
            Some(end) => end,
            None => std::future::pending().await,
        }
    }
}
