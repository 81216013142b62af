//! How much is measured.

use std::time::Duration;

use greenflow_benches::in_full;

/// How much is measured.
pub(crate) struct Scale {
    /// How long each loop runs.
    pub(crate) span: Duration,
    /// How many rollouts are due at once.
    pub(crate) due: usize,
    /// How long PostgreSQL's servers may take to tell their figures.
    pub(crate) settling: Duration,
}

impl Scale {
    /// Everything under `cargo bench`; a little among the tests, or with `-- --test`.
    pub(crate) fn asked_for() -> Self {
        if in_full() {
            Self { span: Duration::from_secs(2), due: 20_000, settling: Duration::from_secs(11) }
        } else {
            Self { span: Duration::from_millis(50), due: 64, settling: Duration::ZERO }
        }
    }
}
