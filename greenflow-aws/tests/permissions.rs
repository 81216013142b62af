//! The policy in the README names each call that is made, and no other.
#![expect(clippy::unwrap_used, reason = "a test stops at what should not happen")]

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_policy_is_what_the_adapter_calls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut called = BTreeSet::new();
    read(&root.join("src"), &mut called);
    // Not called by name: tasks are listed before they are described, a revision is registered
    // with tags and roles.
    called.extend(["ecs:ListTasks", "ecs:TagResource", "iam:PassRole"].map(str::to_owned));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let policy = readme.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let allowed = actions(policy);
    assert_eq!(called, allowed);
}

fn read(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else {
            found.extend(actions(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// Every text of the form `service:Action`.
fn actions(text: &str) -> BTreeSet<String> {
    let services = ["ecs", "elasticloadbalancing", "cloudwatch", "application-autoscaling", "iam"];
    text.split('"')
        .filter(|word| {
            word.split_once(':').is_some_and(|(service, action)| {
                services.contains(&service)
                    && action.starts_with(char::is_uppercase)
                    && action.chars().all(char::is_alphanumeric)
            })
        })
        .filter(|word| *word != "iam:PassedToService")
        .map(str::to_owned)
        .collect()
}
