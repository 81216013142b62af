//! Where time comes from.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::value::WallTime;

/// Where time comes from. The only way the engine ever waits.
///
/// # Contract
/// - **CL-1** `monotonic` never goes back and is not moved by changes of the wall clock. It may
///   stand still while the host is suspended, but then `wall` must not.
/// - **CL-2** `sleep_until` returns at or after the given moment, at once if it has passed.
/// - **CL-3** Dropping a sleep cancels it.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the time since some fixed moment of this process.
    fn monotonic(&self) -> Duration;

    /// Returns the wall time.
    fn wall(&self) -> WallTime;

    /// Waits until `monotonic` is at least `deadline`.
    async fn sleep_until(&self, deadline: Duration);
}
