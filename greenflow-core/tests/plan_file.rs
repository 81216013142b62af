//! No bytes and no mutation of a real plan make the reader panic; what it accepts is a plan.
#![cfg(feature = "plan-file")]
#![expect(clippy::unwrap_used, reason = "a test stops at what should not happen")]

use std::fs;
use std::path::Path;

use greenflow_core::plan::Plan;
use proptest::prelude::*;

fn seed() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plans/greenflow.toml");
    fs::read_to_string(path).unwrap()
}

/// What is accepted survives its own validation; what is refused says why.
fn judged(text: &[u8]) {
    match Plan::from_toml_bytes(text) {
        Ok(plan) => assert_eq!(Plan::from_body(plan.body().clone()).as_ref(), Ok(&plan)),
        Err(error) => {
            assert!(!error.problems().is_empty());
            assert!(error.problems().len() <= 101);
            assert!(error.problems().iter().all(|problem| !problem.message.is_empty()));
        }
    }
}

#[test]
fn every_prefix_of_the_seed_plan() {
    let seed = seed();
    assert!(Plan::from_toml(&seed).is_ok());
    for end in (0..seed.len()).step_by(7) {
        judged(&seed.as_bytes()[..end]);
    }
}

#[test]
fn the_seed_plan_without_any_one_line() {
    let seed = seed();
    let lines: Vec<&str> = seed.lines().collect();
    for skipped in 0..lines.len() {
        let rest: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != skipped)
            .map(|(_, line)| *line)
            .collect();
        judged(rest.join("\n").as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        judged(&bytes);
    }

    #[test]
    fn random_text(text in "\\PC{0,500}") {
        judged(text.as_bytes());
    }

    #[test]
    fn mutated_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = seed().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        judged(&bytes);
    }

    #[test]
    fn mutated_values(
        line in any::<prop::sample::Index>(),
        value in prop::sample::select(vec![
            "-1", "0", "1", "18446744073709551616", "9223372036854775807", "0x10", "1e400", "nan",
            "-inf", "true", "[]", "{}", "\"\"", "\"-5m\"", "\"5 parsecs\"", "\"1000000000000y\"",
            "\"150 %\"", "\"0 %\"", "\"100 %\"", "\"24:61\"", "\"-262144-01-01 00:00\"",
            "\"9999-12-31 23:59\"", "9999-12-31T23:59:59Z", "07:32:00", "\"Etc/GMT+12\"",
            "[[[[]]]]", "{ a = { b = [1] } }", "\"\\u0000\"", "\"proceed\"", "\"ghost\"",
        ]),
    ) {
        let seed = seed();
        let mut lines: Vec<String> = seed.lines().map(str::to_owned).collect();
        let at = line.index(lines.len());
        if let Some((key, _)) = lines[at].split_once('=') {
            lines[at] = format!("{key}= {value}");
        }
        judged(lines.join("\n").as_bytes());
    }
}
