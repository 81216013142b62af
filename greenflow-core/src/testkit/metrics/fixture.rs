//! What the kit needs of a metric source under test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::provider::MetricSource;
use crate::testkit::{Fixture, Stimulus, cannot};
use crate::value::{Side, WallTime};

/// A fresh metric source, and the traffic that it measures.
#[async_trait]
pub trait MetricFixture: Fixture {
    /// Returns the source, the same at each call.
    fn metrics(&self) -> Arc<dyn MetricSource>;

    /// Lets requests be served for so long, all of them by one side, a few with errors, and says
    /// what was served from when to when. Requests of before, and such as linger on the other
    /// side, are over when it begins.
    async fn serve(&self, side: Side, span: Duration) -> Stimulus<Served>;

    /// Loses the measurements of both sides from now on, while requests go on (MS-3).
    async fn lose_measurements(&self) -> Stimulus {
        cannot("lose measurements")
    }
}

/// What was really served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a fixture makes it")]
pub struct Served {
    /// The first moment.
    pub start: WallTime,
    /// The first moment after.
    pub end: WallTime,
    /// How many requests were answered, also with errors.
    pub requests: u64,
}
