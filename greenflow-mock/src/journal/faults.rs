//! What goes wrong between a controller and its journal.

use std::future::pending;

use greenflow_core::provider::{Clock, JournalError};

use crate::faults::FaultKind;

/// Carries an operation through a fault.
pub(crate) async fn travel<T>(
    clock: &dyn Clock,
    fault: FaultKind,
    act: impl FnOnce() -> Result<T, JournalError>,
) -> Result<T, JournalError> {
    match fault {
        FaultKind::Outage
        | FaultKind::Throttle { .. }
        | FaultKind::NotFound
        | FaultKind::Denied
        | FaultKind::Expired => Err(unavailable("the store cannot be reached")),
        FaultKind::Full | FaultKind::NearlyFull => Err(unavailable("no space left")),
        FaultKind::SyncFailed => Err(unavailable("fsync failed")),
        FaultKind::AnswerLost
        | FaultKind::TimeoutApplied
        | FaultKind::Malformed
        | FaultKind::Partial { .. } => {
            act()?;
            Err(unavailable("the connection was reset"))
        }
        FaultKind::TimeoutLost | FaultKind::Hang => pending().await,
        // Half of it on the way there: what is done is done before its answer is heard.
        FaultKind::Slow { by } => {
            clock.sleep_until(clock.monotonic().saturating_add(by / 2)).await;
            let answer = act();
            clock.sleep_until(clock.monotonic().saturating_add(by / 2)).await;
            answer
        }
        // These are about providers; of the journal's operations only appends come late, and those
        // do not come here.
        FaultKind::TimeoutLate { .. }
        | FaultKind::AckLost
        | FaultKind::Duplicate { .. }
        | FaultKind::AppliedLate { .. }
        | FaultKind::StaleRead { .. }
        | FaultKind::Misses { .. } => act(),
    }
}

fn unavailable(reason: &str) -> JournalError {
    JournalError::Unavailable { reason: reason.to_owned(), source: None }
}
