//! Names that no provider knows.

use super::bench::Bench;
use super::result::{Checked, ensure};
use crate::provider::{ErrorKind, ProviderError};

/// A name that no provider knows.
pub(crate) const UNKNOWN: &str = "testkit-no-such-name";

/// Calls with an unknown name, and fails unless that is `NotFound`; a call that changes nothing
/// need not say whether it was applied.
pub(crate) async fn not_found<T: std::fmt::Debug>(
    bench: &Bench<'_>,
    what: &str,
    call: impl Future<Output = Result<T, ProviderError>> + Send,
) -> Checked {
    match bench.answer(what, call).await? {
        Err(error) => ensure(error.kind() == ErrorKind::NotFound, || {
            format!("{what} with an unknown name is \"{}\", not \"not found\"", error.kind())
        }),
        Ok(answer) => ensure(false, || format!("{what} with an unknown name answers {answer:?}")),
    }
}
