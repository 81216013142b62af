//! The example `custom_provider`: the world in a folder keeps every clause and carries the seed
//! plan to its end.

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../custom_provider.rs"]
mod custom_provider;

use greenflow_examples::file_provider::conformance;

#[test]
fn every_clause_is_kept_and_none_is_skipped() {
    let reports = conformance();
    reports.assert_conformant();
    let skipped: Vec<_> = reports
        .0
        .iter()
        .flat_map(|report| &report.clauses)
        .filter(|clause| clause.result.is_skipped())
        .collect();
    assert!(skipped.is_empty(), "{skipped:?}");
}

#[test]
fn the_seed_plan_completes_in_a_folder() {
    let folder = std::env::temp_dir().join(format!("greenflow-test-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let mut out = Vec::new();
    let done = custom_provider::run(&folder, &mut out);
    std::fs::remove_dir_all(&folder).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(done.is_ok(), "{done:?}\n{text}");
    for phase in ["2026-02-11 10:35:00  Shifting", "  Baking", "  Retiring", "  Completed"] {
        assert!(text.contains(phase), "{phase:?} is not in\n{text}");
    }
}
