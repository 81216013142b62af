//! The example `custom_provider`: the world in a folder keeps every clause and carries the seed
//! plan to its end.

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../custom_provider.rs"]
mod custom_provider;

use std::error::Error;
use std::path::Path;

use greenflow_core::machine::Ended;
use greenflow_examples::file_provider::conformance;

#[test]
fn every_clause_is_kept_and_only_what_a_folder_cannot_do_is_skipped() {
    let reports = conformance();
    reports.assert_conformant();
    let clauses = reports.0.iter().flat_map(|report| &report.clauses);
    let skipped =
        clauses.filter(|clause| clause.result.is_skipped()).map(|clause| clause.id.as_str());
    // Nothing in a folder ever gives a start up.
    assert_eq!(skipped.collect::<Vec<_>>(), ["CO-11"]);
}

#[test]
fn the_seed_plan_completes_in_a_folder() {
    let (done, text) = in_a_folder("done", custom_provider::run).unwrap();
    assert!(done.is_ok(), "{done:?}\n{text}");
    for phase in ["2026-02-11 10:35:00  shifting", "  baking", "  retiring", "  completed"] {
        assert!(text.contains(phase), "{phase:?} is not in\n{text}");
    }
    // In whatever order the keys are: that follows from the features of all that is built together.
    let compute = text.lines().find_map(|line| line.strip_prefix("compute.json: ")).unwrap();
    let compute: serde_json::Value = serde_json::from_str(compute).unwrap();
    let nothing = serde_json::json!({ "pinned_at": null, "targets": [] });
    assert_eq!(compute["blue"], nothing, "blue is not removed:\n{text}");
}

#[test]
fn a_bad_green_goes_back_in_a_folder() {
    let drive = |folder: &Path, out: &mut Vec<u8>| custom_provider::drive(folder, 300_000, out);
    let (ended, text) = in_a_folder("back", drive).unwrap();
    assert_eq!(ended.unwrap(), Ended::RolledBack, "{text}");
    assert!(text.contains(r#""public":{"blue":100,"green":0,"other":0}"#), "{text}");
}

fn in_a_folder<T>(
    name: &str,
    act: impl FnOnce(&Path, &mut Vec<u8>) -> T,
) -> Result<(T, String), Box<dyn Error>> {
    let name = format!("greenflow-test-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder)?;
    let mut out = Vec::new();
    let done = act(&folder, &mut out);
    std::fs::remove_dir_all(&folder)?;
    Ok((done, String::from_utf8(out)?))
}
