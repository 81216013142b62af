//! Our values as PostgreSQL's.

use std::time::Duration;

use greenflow_core::provider::JournalError;

/// Returns a number as a bigint; one that is too large for it fits nothing that is stored.
pub(super) fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns whole milliseconds, a hundred years at most: timestamps do not reach much further.
pub(super) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX).min(CENTURY)
}

/// Returns a span of milliseconds; a negative one is none.
pub(super) fn span(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Returns a number that is never negative, unless the row is damaged.
pub(super) fn number(found: i64) -> Result<u64, JournalError> {
    u64::try_from(found).map_err(|_| JournalError::Damaged(format!("a count of {found}")))
}

const CENTURY: i64 = 100 * 365 * 24 * 3600 * 1000;
