//! The quickstart as people run it.

#[expect(dead_code, reason = "a test needs no main")]
#[path = "../quickstart.rs"]
mod quickstart;

#[test]
fn it_completes() {
    let mut out = Vec::new();
    quickstart::run(&mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("  preflight\n"), "{out}");
    assert!(out.contains("api: Completed after "), "{out}");
    assert!(include_str!("../quickstart.rs").lines().count() < 60);
}
