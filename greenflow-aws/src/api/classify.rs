//! The one table from what AWS answers to what the engine does about it.

use std::error::Error;
use std::io;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use greenflow_core::provider::ErrorKind;

use super::{ApiError, Operation};

/// Sorts the failure of a call.
pub(super) fn classify<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let mut sorted = match error {
        // Nothing was sent.
        SdkError::ConstructionFailure(_) => not_sent(error),
        SdkError::TimeoutError(_) => {
            ApiError::new(ErrorKind::Timeout, "timeout", "no answer within the call's limit")
        }
        SdkError::DispatchFailure(_) => dispatch(error),
        SdkError::ServiceError(service) => service_error(
            service.err().code().unwrap_or_default(),
            service.err().message().unwrap_or_default(),
            service.raw().status().as_u16(),
        ),
        // An answer that cannot be read says nothing of the effect.
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            let down = ErrorKind::Unavailable;
            let kind = if status >= 500 { down } else { ErrorKind::Unexpected };
            ApiError::new(kind, "unreadable answer", format!("HTTP {status}"))
        }
        _ => ApiError::new(ErrorKind::Unexpected, "unknown failure", error.to_string()),
    };
    // A read has no effect, whatever becomes of it.
    if !operation.is_write() {
        sorted = sorted.not_applied();
    }
    match error.raw_response().and_then(asked_to_wait) {
        Some(pause) => sorted.retry_after(pause),
        None => sorted,
    }
}

/// Sorts an error that AWS named. An unknown one leaves the effect unknown.
fn service_error(code: &str, message: &str, status: u16) -> ApiError {
    let name = if code.is_empty() { "unnamed error" } else { code };
    let error = |kind| ApiError::new(kind, name, message);
    // ECS hides in a general code what will pass.
    if code == "ClientException" && PASSING.iter().any(|passing| message.contains(passing)) {
        return error(ErrorKind::Throttled).not_applied();
    }
    if let Some((_, kind)) = REFUSALS.iter().find(|(codes, _)| codes.contains(&code)) {
        return error(*kind).not_applied();
    }
    match status {
        429 => error(ErrorKind::Throttled).not_applied(),
        500.. => error(ErrorKind::Unavailable),
        _ if UNAVAILABLE.contains(&code) => error(ErrorKind::Unavailable),
        _ => error(ErrorKind::Unexpected),
    }
}

/// A request that could not be made, for want of credentials or of sense.
fn not_sent<E: Error + 'static>(error: &E) -> ApiError {
    match credentials(error) {
        Some(missing) => missing,
        None => ApiError::new(ErrorKind::InvalidRequest, "not sent", chain(error)).not_applied(),
    }
}

fn dispatch<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> ApiError {
    // Missing credentials come in the dress of a network failure.
    if let Some(missing) = credentials(error) {
        return missing;
    }
    let SdkError::DispatchFailure(failure) = error else {
        return ApiError::new(ErrorKind::Unavailable, "dispatch", chain(error));
    };
    if failure.is_user() {
        return not_sent(error);
    }
    let refused = sources(error).any(|source| {
        let io = source.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused)
    });
    let kind = if failure.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Unavailable };
    let sorted = ApiError::new(kind, "connection", chain(error));
    if refused { sorted.not_applied() } else { sorted }
}

fn credentials(error: &(dyn Error + 'static)) -> Option<ApiError> {
    sources(error).any(<dyn Error>::is::<CredentialsError>).then(|| {
        ApiError::new(ErrorKind::Unauthenticated, "credentials", chain(error)).not_applied()
    })
}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

fn chain(error: &(dyn Error + 'static)) -> String {
    sources(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// How long the answer asks to wait, at most five minutes.
fn asked_to_wait(response: &HttpResponse) -> Option<Duration> {
    let header = |name: &str| response.headers().get(name)?.parse::<u64>().ok();
    let pause = header("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| header("retry-after").map(Duration::from_secs))?;
    Some(pause.min(Duration::from_secs(300)))
}

/// What ECS says where it was asked too often, or by several at once.
const PASSING: [&str; 2] =
    ["Rate exceeded", "Too many concurrent attempts to create a new revision"];

/// Errors by which AWS says that it did not do what it was asked to.
const REFUSALS: [(&[&str], ErrorKind); 8] = [
    (
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "SlowDown",
        ],
        ErrorKind::Throttled,
    ),
    (
        &[
            "ServiceNotFoundException",
            "ClusterNotFoundException",
            "TaskSetNotFoundException",
            "ServiceDeploymentNotFoundException",
            "TargetNotFoundException",
            "TargetGroupNotFound",
            "ListenerNotFound",
            "RuleNotFound",
            "LoadBalancerNotFound",
            "ImageNotFoundException",
            "RepositoryNotFoundException",
            "ObjectNotFoundException",
            "ResourceNotFoundException",
            "ResourceNotFound",
        ],
        ErrorKind::NotFound,
    ),
    (
        &[
            "ResourceInUse",
            "ResourceInUseException",
            "ConflictException",
            "ConcurrentUpdateException",
            "UpdateInProgressException",
            "ServiceNotActiveException",
            "TransactionConflictException",
            "TransactionInProgressException",
            // A lease that somebody else has taken.
            "ConditionalCheckFailedException",
            "TransactionCanceledException",
        ],
        ErrorKind::Conflict,
    ),
    (
        &[
            "LimitExceededException",
            "TooManyTargets",
            "TooManyRules",
            "TooManyActions",
            "TooManyTargetGroups",
            "TooManyUniqueTargetGroupsPerLoadBalancer",
            "TargetGroupAssociationLimit",
            "TooManyRegistrationsForTargetId",
        ],
        ErrorKind::QuotaExceeded,
    ),
    (
        &[
            "ClientException",
            "InvalidParameterException",
            "InvalidParameterValueException",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "MissingParameter",
            "MissingRequiredParameterException",
            "ValidationError",
            "ValidationException",
            "InvalidTarget",
            "InvalidLoadBalancerAction",
            "InvalidConfigurationRequest",
            "IncompatibleProtocols",
            "OperationNotPermitted",
            "PlatformUnknownException",
            "PlatformTaskDefinitionIncompatibilityException",
        ],
        ErrorKind::InvalidRequest,
    ),
    (
        &["UnsupportedFeatureException", "UnsupportedOperation", "UnsupportedOperationException"],
        ErrorKind::Unsupported,
    ),
    (
        &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "BlockedException"],
        ErrorKind::PermissionDenied,
    ),
    (
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "InvalidSignatureException",
            "IncompleteSignature",
            "SignatureDoesNotMatch",
        ],
        ErrorKind::Unauthenticated,
    ),
];

/// Errors after which the effect is unknown although the status says that the caller is at fault.
const UNAVAILABLE: [&str; 6] = [
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalFailure",
    "InternalServerError",
    "ServerException",
    "ServiceUnavailable",
];

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
