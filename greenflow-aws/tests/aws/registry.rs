//! Images in the registry: found, pinned, and looked for before a rollout starts.

use std::sync::Arc;
use std::time::Duration;

use greenflow_aws::api::ImageState;
use greenflow_aws::{IMAGE, ImageCheck, Registry};
use greenflow_core::provider::{
    CallContext, Check as _, CheckOutcome, CheckReport, CheckRequest, CheckStage, ErrorKind,
    FenceToken, NoChecks, ProviderError,
};
use greenflow_core::value::{CheckName, Revision, RolloutId};

use crate::support::run::Bench;
use crate::support::world::digest;
use crate::support::{Fault, Kind, Op};

const NAME: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api";
const LIMIT: Duration = Duration::from_secs(5);

/// Of two images the second has the tag `v7`.
fn bench() -> Bench {
    let bench = Bench::new();
    let image = |fill, tag: &str| ImageState {
        digest: digest(fill).to_string(),
        tags: vec![tag.to_owned()],
        status: "ACTIVE".to_owned(),
    };
    bench.aws.change(|state, _| {
        state.images.insert("shop/api".to_owned(), vec![image('a', "v6"), image('b', "v7")]);
    });
    bench
}

fn registry(bench: &Bench) -> Arc<Registry> {
    Arc::new(Registry::new(bench.account(), Arc::new(bench.aws.clone()), "eu-west-1"))
}

fn resolve(bench: &Bench, image: &str) -> Result<Revision, ProviderError> {
    bench.sim.run(registry(bench).resolve(LIMIT, image)).unwrap()
}

fn check(bench: &Bench, revision: Revision) -> Result<CheckReport, ProviderError> {
    let check = ImageCheck::new(registry(bench), Arc::new(NoChecks));
    let rollout = RolloutId::new("r-1").unwrap();
    let cx = CallContext::new(rollout, FenceToken::default(), LIMIT);
    let name = CheckName::new(IMAGE).unwrap();
    let request = CheckRequest::new(name, CheckStage::Preflight, revision);
    bench.sim.run(check.run(&cx, request)).unwrap()
}

#[test]
fn a_tag_is_pinned_to_what_it_stands_for_now() {
    let bench = bench();
    let pinned = Revision::new(NAME, digest('b'));
    assert_eq!(resolve(&bench, &format!("{NAME}:v7")).unwrap(), pinned);
    assert_eq!(resolve(&bench, &format!("{NAME}@{}", digest('b'))).unwrap(), pinned);
    // Of both the digest counts.
    assert_eq!(resolve(&bench, &format!("{NAME}:v6@{}", digest('b'))).unwrap(), pinned);
}

#[test]
fn what_cannot_be_pinned_is_told_by_name() {
    let bench = bench();
    let other = NAME.replace("eu-west-1", "eu-west-2");
    for (image, kind) in [
        (format!("{NAME}:v8"), ErrorKind::NotFound),
        (format!("{NAME}/other:v7"), ErrorKind::NotFound),
        (NAME.to_owned(), ErrorKind::InvalidRequest),
        ("docker.io/api:v7".to_owned(), ErrorKind::InvalidRequest),
        // A repository of that name is here too: it is not asked.
        (format!("{other}:v7"), ErrorKind::InvalidRequest),
    ] {
        let error = resolve(&bench, &image).unwrap_err();
        assert_eq!(error.kind(), kind, "{image}: {error}");
        assert!(error.to_string().contains(&image), "{error}");
    }
    bench.aws.now().faults.push(Fault {
        op: Op::DescribeImages,
        after: 0,
        times: 9,
        kind: Kind::Denied,
    });
    let error = resolve(&bench, &format!("{NAME}:v7")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("ecr:DescribeImages"), "{error}");
}

#[test]
fn the_check_finds_the_image_or_says_that_it_is_not_there() {
    let bench = bench();
    let report = check(&bench, Revision::new(NAME, digest('b'))).unwrap();
    assert_eq!(report.outcome, CheckOutcome::Passed, "{}", report.detail);
    let report = check(&bench, Revision::new(NAME, digest('c'))).unwrap();
    assert_eq!(report.outcome, CheckOutcome::Failed);
    assert!(report.detail.contains("ImageNotFoundException"), "{}", report.detail);
    bench.aws.change(|state, _| {
        state.images.get_mut("shop/api").unwrap()[1].status = "ARCHIVED".to_owned();
    });
    let report = check(&bench, Revision::new(NAME, digest('b'))).unwrap();
    assert_eq!(report.outcome, CheckOutcome::Failed);
    assert!(report.detail.contains("ARCHIVED"), "{}", report.detail);
}

#[test]
fn a_registry_that_does_not_answer_is_no_missing_image() {
    let bench = bench();
    let fault = Fault { op: Op::DescribeImages, after: 0, times: 1, kind: Kind::Throttled };
    bench.aws.now().faults.push(fault);
    let error = check(&bench, Revision::new(NAME, digest('b'))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
}
