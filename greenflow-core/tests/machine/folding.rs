//! What a journal may say, and what follows from it.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::fact::{Fact, Move};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Action, Handled, Machine, PhaseName};
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::Split;

use super::journal::{Journal, now, phase, phase_of, plan_with, reason};
use super::stage::Stage;

const HOUR: Duration = Duration::from_hours(1);

fn is_refused(journal: &Journal) -> bool {
    let entries = journal.entries.iter().cloned();
    Machine::replay(entries, Arc::new(ThresholdJudge::new())).is_err()
}

#[test]
fn no_step_is_left_out_or_taken_twice() {
    for (step, refused) in [(0, true), (1, false), (2, true), (9, true)] {
        let journal = phase("shifting (holding)").go(Move::Shift { step });
        assert_eq!(is_refused(&journal), refused, "step {step}");
    }
}

#[test]
fn what_was_never_touched_is_not_rolled_back() {
    for (label, refused) in
        [("preflight", true), ("held (untouched)", true), ("held", false), ("provisioning", false)]
    {
        let journal = phase(label).go(Move::RollBack(reason()));
        assert_eq!(is_refused(&journal), refused, "{label}");
    }
}

#[test]
fn whoever_is_superseded_stays_so_whatever_is_said_after_it() {
    let retire = |by: Option<&str>| {
        let superseded_by = by.map(|name| name.parse().unwrap());
        Action::RetireNow { superseded_by }
    };
    for (says, ends) in [
        (vec![retire(Some("r-2"))], PhaseName::Completed),
        (vec![retire(Some("r-2")), retire(Some("r-2")), retire(None)], PhaseName::Completed),
        (vec![retire(None)], PhaseName::Watching),
    ] {
        let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
        for action in says {
            assert_eq!(stage.say(action), Ok(Handled::Accepted));
        }
        stage.pass(HOUR);
        assert_eq!(stage.phase(), ends);
    }
}

/// Nor is a page, or any other notice, one of them.
#[test]
fn each_report_is_sent_at_its_time() {
    let plan = plan_with(|body| {
        body.watch.reports = [5, 10].map(|hours| now(0).wall.after(hours * HOUR)).to_vec();
    });
    let mut stage = Stage::of(&phase_of(&plan, "watching"), Split::ALL_GREEN);
    stage.errors = 50;
    stage.pass(4 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1);
    for (hours, reports) in [(2, 1), (3, 1), (2, 2), (5, 2)] {
        stage.pass(hours * HOUR);
        let sent = stage.entries.iter().filter(|entry| {
            matches!(&entry.fact, Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Report)
        });
        assert_eq!(sent.count(), reports);
    }
}
