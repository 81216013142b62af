//! What a report says.

use crate::testkit::{ClauseResult, Report, Reports};

fn report() -> Report {
    let mut report = Report::new("chat", "Notifier");
    report.add("NO-1", "ok_means_taken", ClauseResult::Pass);
    report.add("NO-2", "a_key_is_shown_once", ClauseResult::Fail("shown twice".to_owned()));
    report.add("NO-3", "usable", ClauseResult::Skipped("no means".to_owned()));
    report
}

#[test]
fn it_is_a_table() {
    let expected = "\
chat as Notifier: 1 passed, 1 failed, 1 skipped
  NO-1   ok_means_taken       pass
  NO-2   a_key_is_shown_once  FAIL  shown twice
  NO-3   usable               skip  no means
";
    assert_eq!(report().to_string(), expected);
    let both: Reports = [report(), report()].into_iter().collect();
    assert_eq!(both.to_string(), format!("{expected}\n{expected}"));
}

#[test]
fn it_survives_json() {
    let json = serde_json::to_value(report()).unwrap();
    let second = &json["clauses"][1];
    assert_eq!((&second["id"], &second["result"]), (&"NO-2".into(), &"fail".into()));
    assert_eq!(second["why"], "shown twice");
    assert!(json["clauses"][0].get("why").is_none());
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report());
}

#[test]
fn nothing_checked_is_not_conformant() {
    let mut none = Report::new("chat", "Notifier");
    assert!(!none.is_conformant());
    none.add("NO-1", "ok_means_taken", ClauseResult::Skipped("no means".to_owned()));
    assert!(!none.is_conformant());
    none.add("NO-2", "a_key_is_shown_once", ClauseResult::Pass);
    assert!(none.is_conformant());
    assert!(!Reports::default().is_conformant());
}

#[test]
fn failures_name_where_they_are() {
    let reports = Reports(vec![report()]);
    let failed: Vec<_> =
        reports.failed().into_iter().map(|(who, what, clause)| (who, what, &*clause.id)).collect();
    assert_eq!(failed, [("chat", "Notifier", "NO-2")]);
}

#[test]
#[should_panic(expected = "NO-2   a_key_is_shown_once  FAIL  shown twice")]
fn it_is_a_test() {
    report().assert_conformant();
}
