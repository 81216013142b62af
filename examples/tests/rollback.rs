//! The example `rollback`: the bad release is found at 10 %, and is away within the budget.

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../rollback.rs"]
mod rollback;

#[test]
fn the_bad_release_goes_back_at_the_first_step() {
    let mut out = Vec::new();
    let played = rollback::run(&mut out).unwrap();
    let highest = played.record.splits.iter().map(|split| split.green_bp).max();
    assert_eq!(highest, Some(1000), "it never got more than 10 %");
    assert!(played.truth.harmed > 0 && played.truth.harmed < 1000, "{:?}", played.truth);
    let text = String::from_utf8(out).unwrap();
    for what in ["exposed ", "detected ", "decided ", "cut ", "done ", "\"t_rb_seconds\": 0.1"] {
        assert!(text.contains(what), "{what:?} is not in\n{text}");
    }
}
