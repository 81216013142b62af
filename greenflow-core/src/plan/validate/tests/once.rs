//! A check of the checklists is run once, and confirms one item.

use super::{each_is_found, problems};
use crate::plan::{ConfirmedBy, PlanBody};

fn by_check(body: &mut PlanBody, list: usize, item: usize, check: &str) {
    body.checklists[list].items[item].confirmed_by = ConfirmedBy::Check(check.parse().unwrap());
}

#[test]
fn a_check_confirms_one_item() {
    each_is_found(&[
        (
            |b| by_check(b, 0, 1, "health"),
            "checklists[1].items[0].check: check \"health\" confirms \"backup made\" already, and is \
             run once; give each item a check of its own name",
        ),
        (
            |b| {
                by_check(b, 0, 0, "backup");
                by_check(b, 0, 1, "backup");
            },
            "checklists[0].items[1].check: check \"backup\" confirms \"tests pass\" already",
        ),
    ]);
    assert_eq!(problems(|b| by_check(b, 0, 1, "backup")), Vec::<String>::new());
}
