//! What the kit needs of a journal under test.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::provider::Journal;
use crate::testkit::{Fate, Fixture, Stimulus, cannot};

/// A fresh, empty journal, and the hands that act on its store.
#[async_trait]
pub trait JournalFixture: Fixture {
    /// Returns the journal, the same at each call.
    fn journal(&self) -> Arc<dyn Journal>;

    /// Returns how long the kit's leases last; by default 15 s. Short on a real clock, but long
    /// enough for several calls.
    fn ttl(&self) -> Duration {
        Duration::from_secs(15)
    }

    /// Lets so much of the store's time pass; by default it is the clock's.
    async fn let_store_time_pass(&self, span: Duration) -> Stimulus {
        let clock = self.clock();
        clock.sleep_until(clock.monotonic().saturating_add(span)).await;
        Ok(())
    }

    /// Opens the same store anew, as another process does after this one was killed (JO-2).
    async fn reopen(&self) -> Stimulus<Arc<dyn Journal>> {
        cannot("open the store anew")
    }

    /// Decides what shall happen to the next append (JO-9).
    async fn doom_next_append(&self, _fate: Fate) -> Stimulus {
        cannot("decide the fate of an append")
    }
}
