//! What an answer to a write says of its effect.

use std::time::Duration;

use crate::provider::{Applied, ErrorKind, FailureRecord, HookReport, ProviderError};
use crate::value::ResourceId;

/// What an answer to a write says. None of them is "applied": that only a read-back says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// The provider took it.
    Accepted(Evidence),
    /// It certainly did not and will not happen.
    Refused(Failure),
    /// It may have happened, or may yet.
    Unknown(Failure),
}

/// What a write produced.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Evidence {
    pub(super) resources: Vec<ResourceId>,
    pub(super) report: Option<HookReport>,
}

impl Evidence {
    /// Adds what a read-back shows; what the write itself answered stands.
    pub(super) fn fill_in(&mut self, seen: Self) {
        if self.resources.is_empty() {
            self.resources = seen.resources;
        }
        self.report = self.report.take().or(seen.report);
    }
}

/// A failed attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    pub(super) record: FailureRecord,
    pub(super) retryable: bool,
    pub(super) pause: Option<Duration>,
}

/// Sorts the answer to a write; `None` is no answer within the deadline.
pub(super) fn classify(
    answer: Option<Result<Evidence, ProviderError>>,
    operation: &str,
    limit: Duration,
) -> Answer {
    match answer {
        Some(Ok(evidence)) => Answer::Accepted(evidence),
        Some(Err(error)) => {
            let failure = Failure::of(&error);
            match error.applied() {
                Applied::No => Answer::Refused(failure),
                Applied::Unknown => Answer::Unknown(failure),
            }
        }
        None => Answer::Unknown(Failure {
            record: no_answer(operation, limit),
            retryable: true,
            pause: None,
        }),
    }
}

impl Failure {
    fn of(error: &ProviderError) -> Self {
        Self {
            record: error.to_record(),
            retryable: error.kind().is_retryable(),
            pause: error.pause(),
        }
    }
}

/// Makes the record of a call that did not answer in time.
pub(super) fn no_answer(operation: &str, limit: Duration) -> FailureRecord {
    FailureRecord {
        kind: ErrorKind::Timeout,
        operation: operation.to_owned(),
        message: format!("no answer within {limit:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_certain_no_is_a_refusal() {
        let limit = Duration::from_secs(3);
        let sort = |answer| classify(answer, "raise", limit);
        let error = || ProviderError::new(ErrorKind::Throttled, "set split");
        assert!(matches!(sort(Some(Err(error().not_applied()))), Answer::Refused(_)));
        assert!(matches!(sort(Some(Err(error()))), Answer::Unknown(_)));
        assert!(matches!(sort(Some(Ok(Evidence::default()))), Answer::Accepted(_)));
        let Answer::Unknown(failure) = sort(None) else { panic!("a time-out is unknown") };
        assert_eq!(failure.record.kind, ErrorKind::Timeout);
        assert!(failure.retryable);
    }

    #[test]
    fn what_can_never_succeed_is_not_retryable() {
        let error = ProviderError::new(ErrorKind::InvalidRequest, "set split").not_applied();
        let Answer::Refused(failure) = classify(Some(Err(error)), "raise", Duration::ZERO) else {
            panic!("refused")
        };
        assert!(!failure.retryable);
    }
}
