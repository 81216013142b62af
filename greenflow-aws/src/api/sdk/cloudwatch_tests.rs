//! Alarms of more than one page, as they come over the wire.

use aws_credential_types::Credentials;
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_types::body::SdkBody;

use super::*;

const LIMIT: Duration = Duration::from_secs(3);

/// CBOR of a text, of fewer than 24 bytes.
fn text(text: &str) -> Vec<u8> {
    [&[0x60 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// A page with one alarm, and where the next one begins.
fn page(kind: &str, alarm: &str, next: Option<&str>) -> Vec<u8> {
    let (map_of_one, map_of_two, list_of_one) = (0xa1, 0xa2, 0x81);
    let mut body = vec![if next.is_some() { map_of_two } else { map_of_one }];
    body.extend([text(kind), vec![list_of_one, map_of_two]].concat());
    body.extend([text("AlarmName"), text(alarm), text("StateValue"), text("OK")].concat());
    if let Some(next) = next {
        body.extend([text("NextToken"), text(next)].concat());
    }
    body
}

fn client(pages: Vec<Vec<u8>>) -> (SdkCloudWatch, StaticReplayClient) {
    let event = |page: Vec<u8>| {
        let request = http::Request::builder().uri("http://127.0.0.1:9").body(SdkBody::empty());
        let response = http::Response::builder()
            .header("smithy-protocol", "rpc-v2-cbor")
            .header("content-type", "application/cbor")
            .body(SdkBody::from(page));
        ReplayEvent::new(request.unwrap(), response.unwrap())
    };
    let http = StaticReplayClient::new(pages.into_iter().map(event).collect());
    let config = sdk::Config::builder()
        .behavior_version(sdk::config::BehaviorVersion::latest())
        .region(sdk::config::Region::new("eu-west-1"))
        .endpoint_url("http://127.0.0.1:9")
        .credentials_provider(Credentials::new("testing", "testing", None, None, "test"))
        .http_client(http.clone())
        .build();
    (SdkCloudWatch::new(Client::from_conf(config)), http)
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn alarms_of_every_page_are_told_and_a_page_has_a_hundred() {
    let pages = vec![
        page("MetricAlarms", "first", Some("page-2")),
        page("CompositeAlarms", "second", None),
    ];
    let (client, http) = client(pages);
    let names = ["first", "second"].map(str::to_owned);
    let found = client.alarms(LIMIT, &names).await.unwrap();
    let found: Vec<(&str, &str)> =
        found.iter().map(|(name, state)| (name.as_str(), state.as_str())).collect();
    assert_eq!(found, [("first", "OK"), ("second", "OK")]);
    let bodies: Vec<&[u8]> =
        http.actual_requests().map(|request| request.body().bytes().unwrap()).collect();
    let [first, second] = bodies.as_slice() else { panic!("{} requests", bodies.len()) };
    let hundred = [text("MaxRecords"), vec![0x18, 100]].concat();
    assert!(holds(first, &hundred) && !holds(first, b"NextToken"));
    assert!(holds(second, &[text("NextToken"), text("page-2")].concat()));
}

#[tokio::test]
async fn pages_without_end_are_no_answer() {
    let pages = vec![page("MetricAlarms", "first", Some("again")); 20];
    let (client, http) = client(pages);
    let error = client.alarms(LIMIT, &["first".to_owned()]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    assert_eq!(http.actual_requests().count(), 10);
}
