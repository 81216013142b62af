//! The list of calls is what is called, and the policy is made from it.
#![expect(clippy::unwrap_used, reason = "a test stops at what should not happen")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use greenflow_aws::api::Operation;
use greenflow_aws::{Layout, Policy, Route, Slot};

const ACCOUNT: &str = "eu-west-1:123456789012";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The calls to the SDK's clients, from the source: every one of them is in the list, and each that
/// is in the list is called.
#[test]
fn the_list_of_operations_is_what_is_called() {
    let mut called = BTreeSet::new();
    for entry in std::fs::read_dir(here("src/api/sdk")).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let source: String = source.split_whitespace().collect();
        called.extend(source.split("self.0.").skip(1).map(|call| {
            let (name, _) = call.split_once('(').unwrap();
            camel(name)
        }));
    }
    let listed: BTreeSet<String> =
        Operation::ALL.iter().map(|operation| format!("{operation:?}")).collect();
    assert_eq!(called, listed);
    let actions: BTreeSet<&str> =
        Operation::ALL.iter().map(|operation| operation.action()).collect();
    assert_eq!(actions.len(), Operation::ALL.len(), "each has a permission of its own");
    for operation in Operation::ALL {
        let (_, action) = operation.action().split_once(':').unwrap();
        assert_eq!(action, format!("{operation:?}"));
        let reads = action.starts_with("Describe")
            || action.starts_with("List")
            || action.starts_with("Get");
        assert_eq!(operation.is_write(), !reads, "{action}");
    }
}

/// Nothing else is asked for than the calls, and what registering a revision needs beside its own.
#[test]
fn the_policy_allows_each_call_once_and_nothing_else() {
    let layout = layout(true);
    let policy = whole(&layout).to_json();
    let mut allowed: Vec<&str> = policy.split('"').filter(|word| is_action(word)).collect();
    allowed.sort_unstable();
    let mut expected: Vec<&str> =
        Operation::ALL.iter().map(|operation| operation.action()).collect();
    expected.extend(["ecs:TagResource", "iam:PassRole"]);
    expected.sort_unstable();
    assert_eq!(allowed, expected);
    // What changes something is never allowed on everything, but for the registration, which AWS
    // limits to nothing.
    let parsed: serde_json::Value = serde_json::from_str(&policy).unwrap();
    for statement in parsed["Statement"].as_array().unwrap() {
        if statement["Resource"][0] == "*" {
            for operation in Operation::ALL.iter().filter(|operation| operation.is_write()) {
                let has = statement["Action"].as_array().unwrap().iter();
                let has = has.filter(|action| *action == operation.action()).count();
                assert!(has == 0 || *operation == Operation::RegisterTaskDefinition, "{operation}");
            }
        }
    }
}

/// What is not used is not asked for.
#[test]
fn a_part_that_is_not_used_needs_no_permission() {
    let layout = layout(false);
    let policy = Policy::new(&layout).to_json();
    for part in ["cloudwatch:", "application-autoscaling:", "ecr:", "iam:", "ModifyListener"] {
        assert!(!policy.contains(part), "{part} in {policy}");
    }
    assert!(policy.contains("elasticloadbalancing:ModifyRule"), "{policy}");
}

/// The policy in the documentation is the one that the code makes. After a change of the list, write
/// it anew: `WRITE_POLICY=1 cargo test -p greenflow-aws --test permissions`.
#[test]
fn the_documented_policy_is_what_the_code_makes() {
    let policy = whole(&layout(true)).to_json();
    let file = here("policy.json");
    if std::env::var_os("WRITE_POLICY").is_some() {
        std::fs::write(&file, &policy).unwrap();
    }
    // The order of the keys depends on who else of a build uses the JSON library, and says nothing.
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(parsed(&std::fs::read_to_string(&file).unwrap()), parsed(&policy));
}

fn whole(layout: &Layout) -> Policy<'_> {
    Policy::new(layout)
        .with_autoscaling()
        .with_cloudwatch()
        .with_role("arn:aws:iam::123456789012:role/api-task")
        .with_role("arn:aws:iam::123456789012:role/api-execution")
        .with_repository(format!("arn:aws:ecr:{ACCOUNT}:repository/api"))
}

fn layout(listener: bool) -> Layout {
    let balancing = format!("arn:aws:elasticloadbalancing:{ACCOUNT}");
    let slot = |name: &str, id: &str| Slot {
        service: format!("arn:aws:ecs:{ACCOUNT}:service/production/api-{name}"),
        target_group: format!("{balancing}:targetgroup/api-{name}/{id}"),
    };
    let slots = [slot("a", "6d0ecf831eec9f09"), slot("b", "73e2d6bc24d8a067")];
    let place = "app/public/50dc6c495c0c9188/f2f7dc8efc522ab2";
    let mut routes =
        vec![Route::Rule(format!("{balancing}:listener-rule/{place}/9683b2d02a6cabee"))];
    if listener {
        let other = "app/public/50dc6c495c0c9188/a5f3b6c7d8e9f0a1";
        routes.push(Route::Listener(format!("{balancing}:listener/{other}")));
    }
    Layout::new("api", "production", slots, routes, "api").unwrap()
}

/// `describe_rules` as `DescribeRules`.
fn camel(name: &str) -> String {
    let word = |word: &str| format!("{}{}", word[..1].to_uppercase(), &word[1..]);
    name.split('_').map(word).collect()
}

/// A text of the form `service:Action` that is no key of a condition.
fn is_action(word: &str) -> bool {
    word.split_once(':').is_some_and(|(_, action)| {
        action.starts_with(char::is_uppercase) && action.chars().all(char::is_alphanumeric)
    }) && !matches!(word, "ecs:CreateAction" | "iam:PassedToService")
}
