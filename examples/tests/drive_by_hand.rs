//! The example `drive_by_hand`: it ends on green, having kept, written, read and told things.

#[expect(dead_code, reason = "its `main` is for `cargo run`")]
#[path = "../drive_by_hand.rs"]
mod drive_by_hand;

use greenflow_core::machine::Ended;

#[test]
fn it_ends_on_green() {
    let mut out = Vec::new();
    assert_eq!(drive_by_hand::run(&mut out).unwrap(), Ended::Completed);
    let text = String::from_utf8(out).unwrap();
    for line in [
        "     0 s  keep   1 started ",
        "     0 s  write  PinBlue { minimum: Some(4) }",
        "    10 s  write  Raise { split: Split { green: Weight(1000) } }",
        "259350 s  keep   45 moved complete",
        "ended: completed",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line:?} is not in\n{text}");
    }
}
