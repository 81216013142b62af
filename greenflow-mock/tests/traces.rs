//! The same seed gives the same trace, byte for byte, in another process too.
//!
//! `GREENFLOW_TRACES` says how many seeds; a child of this test prints a hash for each of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::process::Command;
use std::time::Duration;

use greenflow_core::plan::{Limit, Plan};
use greenflow_core::value::{Digest, Revision};
use greenflow_mock::swarm::{Faults, Trouble};
use greenflow_mock::{Rehearsal, WorldSpec};

/// Set in the child, which only prints.
const CHILD: &str = "GREENFLOW_TRACES_CHILD";
/// Between these lines the child prints the hashes.
const MARK: &str = "== hashes";

fn rehearsal() -> Rehearsal {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .step(10, Duration::from_secs(120))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .bake(Duration::from_secs(120))
        .retain(Duration::from_secs(600))
        .remove_blue()
        .watch(Duration::ZERO)
        .build();
    Rehearsal::new(plan.unwrap(), WorldSpec::healthy())
}

/// One line for each seed: a hash of the whole trace and of every fact, or why there is none.
fn hashes(seeds: u64) -> String {
    let plain = rehearsal();
    let mut text = String::new();
    for seed in 1..=seeds {
        let troubles = Faults::Swarm.draw(seed);
        let mut hasher = DefaultHasher::new();
        match Trouble::add_all(&troubles, plain.clone()).run(seed) {
            Ok(done) => {
                done.world.trace().to_text().hash(&mut hasher);
                serde_json::to_string(&done.entries).unwrap().hash(&mut hasher);
            }
            Err(error) => error.to_string().hash(&mut hasher),
        }
        let _ = writeln!(text, "{seed} {:016x}", hasher.finish());
    }
    text
}

#[test]
fn two_processes_write_the_same_traces() {
    let seeds = std::env::var("GREENFLOW_TRACES").map_or(1000, |text| text.parse().unwrap());
    if std::env::var_os(CHILD).is_some() {
        println!("{MARK}\n{}{MARK}", hashes(seeds));
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "two_processes_write_the_same_traces", "--nocapture"]);
    let child = child.env(CHILD, "1").stdout(std::process::Stdio::piped()).spawn().unwrap();
    let ours = hashes(seeds);
    let printed = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let Some(theirs) = printed.split(MARK).nth(1) else { panic!("{printed}") };
    let differs = ours.lines().zip(theirs.trim().lines()).find(|(ours, theirs)| ours != theirs);
    assert_eq!(differs, None);
    assert_eq!(ours.lines().count(), theirs.trim().lines().count());
    let distinct: std::collections::BTreeSet<_> =
        ours.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    // A hash of nothing would always be the same.
    assert!(distinct.len() as u64 > seeds * 9 / 10, "{} of {seeds}", distinct.len());
}
