//! Each row of the table, as it comes over the wire.

use aws_credential_types::Credentials;
use aws_sdk_ecs as ecs;
use aws_sdk_elasticloadbalancingv2 as elb;
use aws_smithy_http_client::test_util::{NeverClient, ReplayEvent, StaticReplayClient};
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_types::body::SdkBody;
use greenflow_core::provider::{Applied, ErrorKind};

use super::*;
use crate::api::{EcsApi, Elbv2Api, SdkEcs, SdkElbv2, ServiceUpdate};

const LIMIT: Duration = Duration::from_secs(3);

fn credentials() -> Credentials {
    Credentials::new("testing", "testing", None, None, "test")
}

fn ecs_client(http: impl HttpClient + 'static) -> SdkEcs {
    let config = ecs::Config::builder()
        .behavior_version(ecs::config::BehaviorVersion::latest())
        .region(ecs::config::Region::new("eu-west-1"))
        .endpoint_url("http://127.0.0.1:9")
        .credentials_provider(credentials())
        .http_client(http)
        .build();
    SdkEcs::new(ecs::Client::from_conf(config))
}

fn elb_client(http: impl HttpClient + 'static) -> SdkElbv2 {
    let config = elb::Config::builder()
        .behavior_version(elb::config::BehaviorVersion::latest())
        .region(elb::config::Region::new("eu-west-1"))
        .endpoint_url("http://127.0.0.1:9")
        .credentials_provider(credentials())
        .http_client(http)
        .build();
    SdkElbv2::new(elb::Client::from_conf(config))
}

/// Answers every request, also a second one, with this.
fn answers(status: u16, headers: &[(&str, &str)], body: &str) -> StaticReplayClient {
    let event = || {
        let request = http::Request::builder().uri("http://127.0.0.1:9").body(SdkBody::empty());
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        ReplayEvent::new(request.unwrap(), response.body(SdkBody::from(body)).unwrap())
    };
    StaticReplayClient::new(vec![event(), event(), event()])
}

fn json(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"com.amazonaws.ecs#{code}","message":"{message}"}}"#)
}

fn xml(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
}

/// What becomes of an `UpdateService` that is answered so, and how often it was sent.
async fn write(status: u16, body: &str) -> (ApiError, usize) {
    let http = answers(status, &[], body);
    let client = ecs_client(http.clone());
    let update = ServiceUpdate {
        cluster: "shop".to_owned(),
        service: "api-a".to_owned(),
        task_definition: None,
        desired: 0,
    };
    let error = client.update_service(LIMIT, update).await.unwrap_err();
    (error, http.actual_requests().count())
}

/// What ECS says when several register a revision of one family at once.
const CONCURRENT: &str =
    "Too many concurrent attempts to create a new revision of the specified family.";

#[tokio::test]
async fn every_row_of_ecs_is_sorted_and_sent_once() {
    use Applied::{No, Unknown};
    let rows = [
        (400, "ThrottlingException", "Rate exceeded", ErrorKind::Throttled, No),
        (400, "ClientException", "Rate exceeded", ErrorKind::Throttled, No),
        (400, "ClientException", CONCURRENT, ErrorKind::Throttled, No),
        (500, "ServerException", "", ErrorKind::Unavailable, Unknown),
        (503, "ServiceUnavailable", "", ErrorKind::Unavailable, Unknown),
        (400, "RequestTimeout", "", ErrorKind::Unavailable, Unknown),
        (400, "ServiceNotFoundException", "", ErrorKind::NotFound, No),
        (400, "ClusterNotFoundException", "", ErrorKind::NotFound, No),
        (400, "ServiceNotActiveException", "", ErrorKind::Conflict, No),
        (400, "ConflictException", "", ErrorKind::Conflict, No),
        (400, "ConditionalCheckFailedException", "", ErrorKind::Conflict, No),
        (400, "InvalidParameterException", "", ErrorKind::InvalidRequest, No),
        (400, "ClientException", "no such thing", ErrorKind::InvalidRequest, No),
        (400, "UnsupportedFeatureException", "", ErrorKind::Unsupported, No),
        (400, "LimitExceededException", "", ErrorKind::QuotaExceeded, No),
        (400, "AccessDeniedException", "", ErrorKind::PermissionDenied, No),
        (400, "ExpiredTokenException", "", ErrorKind::Unauthenticated, No),
        (403, "UnrecognizedClientException", "", ErrorKind::Unauthenticated, No),
        (400, "SomethingNewException", "", ErrorKind::Unexpected, Unknown),
    ];
    for (status, code, message, kind, applied) in rows {
        let (error, sent) = write(status, &json(code, message)).await;
        assert_eq!((error.kind, error.applied), (kind, applied), "{status} {code}: {error}");
        assert_eq!((error.code.as_str(), sent), (code, 1), "{error}");
    }
}

#[tokio::test]
async fn every_row_of_elbv2_is_sorted_and_sent_once() {
    use Applied::{No, Unknown};
    let rows = [
        (400, "Throttling", ErrorKind::Throttled, No),
        (500, "InternalFailure", ErrorKind::Unavailable, Unknown),
        (400, "RuleNotFound", ErrorKind::NotFound, No),
        (400, "TargetGroupNotFound", ErrorKind::NotFound, No),
        (400, "ResourceInUse", ErrorKind::Conflict, No),
        (400, "OperationNotPermitted", ErrorKind::InvalidRequest, No),
        (400, "ValidationError", ErrorKind::InvalidRequest, No),
        (400, "TooManyTargets", ErrorKind::QuotaExceeded, No),
        (403, "AccessDenied", ErrorKind::PermissionDenied, No),
        (403, "ExpiredToken", ErrorKind::Unauthenticated, No),
        (403, "SignatureDoesNotMatch", ErrorKind::Unauthenticated, No),
    ];
    for (status, code, kind, applied) in rows {
        let http = answers(status, &[], &xml(code, "said AWS"));
        let client = elb_client(http.clone());
        let error = client.modify_rule(LIMIT, "arn", Vec::new()).await.unwrap_err();
        assert_eq!((error.kind, error.applied), (kind, applied), "{status} {code}: {error}");
        assert_eq!((error.message.as_str(), http.actual_requests().count()), ("said AWS", 1));
    }
}

#[tokio::test]
async fn an_unreadable_answer_says_nothing_of_the_effect() {
    let (error, sent) = write(200, "<html>a proxy's page").await;
    assert_eq!((error.kind, error.applied), (ErrorKind::Unexpected, Applied::Unknown), "{error}");
    let (error, again) = write(500, "<html>a proxy's page").await;
    assert_eq!(error.applied, Applied::Unknown, "{error}");
    assert_eq!((sent, again), (1, 1));
}

#[tokio::test]
async fn a_read_never_has_an_effect_and_says_how_long_to_wait() {
    let http = answers(503, &[("retry-after", "7")], "");
    let names = ["api-a".to_owned()];
    let error = ecs_client(http).services(LIMIT, "shop", &names).await.unwrap_err();
    assert_eq!((error.kind, error.applied), (ErrorKind::Unavailable, Applied::No), "{error}");
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_limit() {
    let client = elb_client(NeverClient::new());
    let started = tokio::time::Instant::now();
    let error = client.modify_rule(LIMIT, "arn", Vec::new()).await.unwrap_err();
    assert_eq!((error.kind, error.applied), (ErrorKind::Timeout, Applied::Unknown), "{error}");
    assert_eq!(started.elapsed(), LIMIT);
}

#[tokio::test]
async fn missing_credentials_are_no_network_failure() {
    let config = ecs::Config::builder()
        .behavior_version(ecs::config::BehaviorVersion::latest())
        .region(ecs::config::Region::new("eu-west-1"))
        .endpoint_url("http://127.0.0.1:9")
        .credentials_provider(Expired)
        .http_client(answers(200, &[], "{}"))
        .build();
    let client = SdkEcs::new(ecs::Client::from_conf(config));
    let error = client.services(LIMIT, "shop", &["api-a".to_owned()]).await.unwrap_err();
    assert_eq!((error.kind, error.applied), (ErrorKind::Unauthenticated, Applied::No), "{error}");
}

/// A provider of credentials that has none any more.
#[derive(Debug)]
struct Expired;

impl aws_credential_types::provider::ProvideCredentials for Expired {
    fn provide_credentials<'a>(
        &'a self,
    ) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let error = CredentialsError::provider_error("the session has ended");
        aws_credential_types::provider::future::ProvideCredentials::ready(Err(error))
    }
}

#[cfg(feature = "ecr")]
mod ecr {
    use aws_sdk_ecr as ecr;

    use super::*;
    use crate::api::{EcrApi, ImageRef, ImageState, Repository, SdkEcr};

    fn client(http: impl HttpClient + 'static) -> SdkEcr {
        let config = ecr::Config::builder()
            .behavior_version(ecr::config::BehaviorVersion::latest())
            .region(ecr::config::Region::new("eu-west-1"))
            .endpoint_url("http://127.0.0.1:9")
            .credentials_provider(credentials())
            .http_client(http)
            .build();
        SdkEcr::new(ecr::Client::from_conf(config))
    }

    fn repository() -> Repository {
        Repository { registry: "123456789012".to_owned(), name: "shop/api".to_owned() }
    }

    #[tokio::test]
    async fn an_image_is_asked_for_by_tag_or_digest_and_read() {
        let body = r#"{"imageDetails":[{"imageDigest":"sha256:abc","imageTags":["v7"]}]}"#;
        for (image, asked) in [
            (ImageRef::Tag("v7".to_owned()), r#""imageTag":"v7""#),
            (ImageRef::Digest("sha256:abc".to_owned()), r#""imageDigest":"sha256:abc""#),
        ] {
            let http = answers(200, &[], body);
            let found = client(http.clone()).image(LIMIT, &repository(), &image).await.unwrap();
            let tags = vec!["v7".to_owned()];
            let expected =
                ImageState { digest: "sha256:abc".to_owned(), tags, status: String::new() };
            assert_eq!(found, expected);
            let sent = http.actual_requests().next().unwrap();
            let sent = std::str::from_utf8(sent.body().bytes().unwrap()).unwrap().to_owned();
            for part in [asked, r#""repositoryName":"shop/api""#, r#""registryId":"123456789012""#]
            {
                assert!(sent.contains(part), "{part} in {sent}");
            }
        }
    }

    #[tokio::test]
    async fn an_answer_with_no_image_or_several_is_none() {
        for details in ["[]", "[{},{}]"] {
            let http = answers(200, &[], &format!(r#"{{"imageDetails":{details}}}"#));
            let image = ImageRef::Tag("v7".to_owned());
            let error = client(http).image(LIMIT, &repository(), &image).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unexpected, "{error}");
        }
    }

    /// A read has no effect, whatever becomes of it.
    #[tokio::test]
    async fn every_row_of_ecr_is_sorted_and_sent_once() {
        for (status, code, kind) in [
            (400, "RepositoryNotFoundException", ErrorKind::NotFound),
            (400, "ImageNotFoundException", ErrorKind::NotFound),
            (400, "InvalidParameterException", ErrorKind::InvalidRequest),
            (400, "ValidationException", ErrorKind::InvalidRequest),
            (400, "AccessDeniedException", ErrorKind::PermissionDenied),
            (400, "ThrottlingException", ErrorKind::Throttled),
            (500, "ServerException", ErrorKind::Unavailable),
        ] {
            let body = format!(r#"{{"__type":"{code}","message":"said AWS"}}"#);
            let http = answers(status, &[], &body);
            let image = ImageRef::Tag("v7".to_owned());
            let call = client(http.clone());
            let error = call.image(LIMIT, &repository(), &image).await.unwrap_err();
            assert_eq!((error.kind, error.applied), (kind, Applied::No), "{code}: {error}");
            assert_eq!((error.code.as_str(), http.actual_requests().count()), (code, 1));
        }
    }
}
