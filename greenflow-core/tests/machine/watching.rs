//! The long watch tells of each thing that begins.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, Write};
use greenflow_core::machine::{Action, Handled, PhaseName, Read};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::provider::{IntervalSample, NoticeKind};
use greenflow_core::value::{Severity, Split};

use super::journal::{now, percent, phase, phase_of, plan_with};
use super::stage::Stage;

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn a_drift_that_stands_hides_no_breach() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.split = percent(90);
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages().len(), 1, "{:?}", stage.pages());
    stage.errors = 50;
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1);
    stage.sides.green.healthy = 0;
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages_about("watch/green-unfit"), 1);
}

#[test]
fn controllers_that_take_turns_page_once() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.errors = 50;
    for _ in 0..5 {
        stage.pass(2 * HOUR);
        stage.taken_over_after(Duration::from_secs(10));
    }
    assert_eq!(stage.pages_about("watch/breach"), 1);
}

/// A source that is later than it says is asked for what was missed, and not only for what it cannot
/// know yet.
#[test]
fn a_source_that_has_fallen_behind_is_still_heard() {
    for label in ["watching", "retaining"] {
        let mut stage = Stage::set(&phase(label), Split::ALL_GREEN, |stage| {
            stage.metrics_behind = Duration::from_mins(5);
        });
        stage.pass(12 * HOUR);
        assert_eq!(stage.pages(), Vec::<&str>::new(), "{label}");
        assert_eq!(stage.phase().as_str(), label);
    }
}

#[test]
fn a_source_that_has_fallen_behind_tells_of_a_breach_at_the_next_look() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.metrics_behind = Duration::from_mins(5);
    stage.pass(2 * HOUR);
    stage.errors = 50;
    stage.pass(2 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1, "{:?}", stage.pages());
}

/// Nobody watched for days: what was bad in the first of them is told, though the last is well.
#[test]
fn a_breach_in_the_first_part_of_a_long_sample_is_not_hidden() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR);
    stage.bad_until = Some(stage.now.wall.after(20 * HOUR));
    stage.taken_over_after(50 * HOUR);
    stage.pass(3 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1, "{:?}", stage.pages());
}

/// Half of green's requests fail, wherever a sample is no longer than the time between two looks.
fn bad_lately(sample: &mut IntervalSample) {
    if sample.end.since(sample.start) <= HOUR / 2
        && let Some(green) = &mut sample.green
    {
        green.errors = green.requests / 2;
    }
}

/// Whoever takes over measures all that was not written down: what is bad now must not be lost in the
/// well hours before.
#[test]
fn a_breach_is_not_hidden_by_the_hours_before_a_take_over() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR);
    stage.measured = bad_lately;
    stage.taken_over_after(20 * HOUR);
    stage.pass(HOUR / 60);
    assert_eq!(stage.pages_about("watch/breach"), 1, "{:?}", stage.pages());
}

/// Nobody but this controller knows since when nothing is known.
#[test]
fn a_look_that_misses_its_measurements_is_repeated_under_the_lease_until_they_come_or_people_know()
{
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR);
    assert!(stage.wait().parked);
    let silent: fn(&Read) -> bool = |read| matches!(read, Read::Sample { .. });
    stage.failing = silent;
    stage.pass(HOUR / 2);
    let wait = stage.wait();
    assert!(!wait.parked, "{wait:?}");
    stage.failing = |_| false;
    stage.pass(HOUR / 20);
    assert!(stage.wait().parked);
    assert_eq!(stage.pages(), Vec::<&str>::new());

    stage.failing = silent;
    stage.pass(4 * HOUR);
    assert_eq!(stage.pages_about("watch/blind"), 1);
    assert!(stage.wait().parked, "people know");
}

/// What another hand has set may stand for days, and may come while nothing is known.
#[test]
fn a_drift_and_measurements_that_stay_away_hide_each_other_neither_way() {
    let silent: fn(&Read) -> bool = |read| matches!(read, Read::Sample { .. });
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.split = percent(90);
    stage.pass(HOUR);
    stage.failing = silent;
    stage.pass(HOUR / 2);
    assert!(!stage.wait().parked, "{:?}", stage.wait());
    stage.pass(4 * HOUR);
    let pages = |stage: &Stage| ["watch/drift", "watch/blind"].map(|name| stage.pages_about(name));
    assert_eq!(pages(&stage), [1, 1]);

    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.failing = silent;
    stage.pass(4 * HOUR);
    assert_eq!(pages(&stage), [0, 1]);
    stage.split = percent(90);
    stage.pass(HOUR);
    assert_eq!(pages(&stage), [1, 1]);
}

#[test]
fn a_look_that_is_soon_repeated_says_so() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(HOUR);
    assert!(stage.wait().reason.to_string().contains("the next look"), "{:?}", stage.wait());
    stage.failing = |read| matches!(read, Read::Sample { .. });
    stage.pass(HOUR / 2 + Duration::from_secs(90));
    let longer = Action::ExtendRetention { by: HOUR };
    assert_eq!(stage.say(longer), Ok(Handled::Accepted), "so that it decides anew in between");
    let wait = stage.wait();
    assert!(wait.reason.to_string().contains("the last look missed"), "{wait:?}");
}

/// One reading may be stale, so the balancer is read again in the same look.
#[test]
fn another_hand_is_told_within_the_look_that_sees_it() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR / 60);
    stage.split = percent(90);
    stage.pass(HOUR / 2);
    assert_eq!(stage.pages().len(), 1, "{:?}", stage.pages());
}

/// A look takes what is still missing, and is not over before.
#[test]
fn what_answers_late_in_a_look_is_told_in_it() {
    let mut stage = Stage::set(&phase("watching"), Split::ALL_GREEN, |stage| {
        stage.failing = |read| matches!(read, Read::Sides);
        stage.sides.green.healthy = 0;
    });
    stage.pass(Duration::from_secs(20));
    assert_eq!(stage.pages().len(), 0);
    stage.failing = |_| false;
    stage.pass(Duration::from_secs(20));
    assert_eq!(stage.pages_about("watch/green-unfit"), 1);
}

/// Measurements may be missing for so long, beside the half hour between two looks and the delay of
/// 5 s. A look that misses them is over after a minute.
#[test]
fn a_watch_that_measures_nothing_for_too_long_pages() {
    for (seconds, pages) in [(3655, 0), (3654, 1)] {
        let budget = Duration::from_secs(seconds);
        let plan = plan_with(|body| body.watch.analysis.unknown_budget = budget);
        let mut stage = Stage::of(&phase_of(&plan, "watching"), Split::ALL_GREEN);
        stage.failing = |read| matches!(read, Read::Sample { .. });
        stage.pass(HOUR + HOUR / 2 + Duration::from_secs(60));
        assert_eq!(stage.pages_about("watch/blind"), pages, "{budget:?}");
        stage.pass(HOUR / 2);
        assert_eq!(stage.pages_about("watch/blind"), 1, "{budget:?}");
    }
}

fn assessments(stage: &Stage) -> usize {
    let assessed = |entry: &&Entry| matches!(entry.fact, Fact::Moved(Move::Assess { .. }));
    stage.entries.iter().filter(assessed).count()
}

/// One failed request in a hundred is minor, one in ten is not.
fn minor() -> Plan {
    plan_with(|body| {
        let minor = Limit::error_rate_percent(1).severity(Severity::Minor);
        body.watch.analysis.limits = vec![minor, Limit::error_rate_percent(10)];
    })
}

#[test]
fn a_minor_breach_pages_in_the_watch_and_a_worse_one_pages_again() {
    let mut stage = Stage::of(&phase_of(&minor(), "watching"), Split::ALL_GREEN);
    stage.errors = 5;
    stage.pass(2 * HOUR);
    assert_eq!((stage.pages_about("watch/breach/minor"), stage.pages().len()), (1, 1));
    stage.errors = 50;
    stage.pass(2 * HOUR);
    assert_eq!((stage.pages_about("watch/breach/critical"), stage.pages().len()), (1, 2));
}

#[test]
fn a_minor_breach_that_is_known_hides_no_worse_one_while_blue_is_kept() {
    let mut stage = Stage::of(&phase_of(&minor(), "retaining"), Split::ALL_GREEN);
    stage.errors = 5;
    stage.pass(5 * HOUR);
    assert_eq!((stage.phase(), assessments(&stage)), (PhaseName::Retaining, 1));
    stage.errors = 50;
    stage.pass(HOUR);
    assert!(stage.begun().any(Write::is_cut));
}

#[test]
fn a_blue_that_is_kept_and_loses_targets_pages() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(2 * HOUR);
    stage.sides.blue.healthy = 5;
    stage.pass(HOUR);
    assert_eq!((stage.phase(), stage.pages_about("blue-short")), (PhaseName::Retaining, 1));
}

/// The bake knows of a minor breach; to the watch it is none.
#[test]
fn what_was_measured_in_the_bake_is_no_look_of_the_watch() {
    let plan = plan_with(|body| {
        body.bake.analysis.limits = vec![Limit::error_rate_percent(1).severity(Severity::Minor)];
        body.watch.analysis.limits = vec![Limit::error_rate_percent(10)];
    });
    let mut stage = Stage::of(&phase_of(&plan, "confirming"), Split::ALL_GREEN);
    stage.errors = 5;
    stage.pass(Duration::from_mins(3));
    assert_eq!((stage.phase(), assessments(&stage)), (PhaseName::Confirming, 1));
    let samples = |stage: &Stage| stage.asked(|read| matches!(read, Read::Sample { .. }));
    let before = samples(&stage);
    while samples(&stage) == before {
        stage.pass(Duration::from_secs(1));
    }
    assert_eq!(stage.say(Action::Acknowledge), Ok(Handled::Accepted));
    stage.pass(HOUR);
    assert_eq!((stage.phase(), assessments(&stage)), (PhaseName::Retaining, 1));
}

fn reports(stage: &Stage) -> Vec<&str> {
    let reports = stage.notices().filter(|notice| notice.kind == NoticeKind::Report);
    reports.map(|notice| notice.text.as_str()).collect()
}

/// 200 requests come each second. What is paged, and written down for that, is told in the report too; a
/// controller that has just come looks first, and tells of what it cannot measure with the next one.
#[test]
fn a_report_tells_of_all_that_was_counted_since_the_last_one() {
    let plan = plan_with(|body| {
        body.watch.reports = [10, 20, 30, 40].map(|hours| now(0).wall.after(hours * HOUR)).to_vec();
    });
    let mut stage = Stage::of(&phase_of(&plan, "watching"), Split::ALL_GREEN);
    stage.pass(3 * HOUR);
    stage.errors = 2;
    stage.pass(HOUR);
    stage.errors = 0;
    stage.pass(6 * HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1);
    stage.taken_over_after(10 * HOUR);
    stage.failing = |read| matches!(read, Read::Sample { .. });
    stage.taken_over_after(10 * HOUR);
    stage.pass(HOUR / 60);
    assert_eq!(reports(&stage).len(), 2, "it looks for two minutes");
    stage.pass(HOUR / 30);
    stage.failing = |_| false;
    stage.pass(10 * HOUR);
    let expected = [
        "of 9h 30m 10s: 6842000 requests on green, 14400 failed, 0 slow; 0 served by nobody",
        "of 10h: 7200000 requests on green, 0 failed, 0 slow; 0 served by nobody",
        "nothing is known yet of the time since the last one",
        "of 20h 4m: 14448000 requests on green, 0 failed, 0 slow; 0 served by nobody",
    ];
    let told =
        reports(&stage).into_iter().map(|text| text.trim_start_matches("daily report of api"));
    let told: Vec<_> = told.map(|text| text.trim_start_matches([',', ':', ' '])).collect();
    assert_eq!(told, expected);
}

/// Another controller begins where the last one wrote down how far it had measured.
#[test]
fn what_looks_have_measured_is_written_down_three_times_a_day() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    let judged = |stage: &Stage| {
        let judged = |entry: &&Entry| matches!(entry.fact, Fact::Judged(_));
        stage.entries.iter().filter(judged).count()
    };
    let before = judged(&stage);
    stage.pass(7 * HOUR);
    assert_eq!(judged(&stage) - before, 0);
    stage.pass(41 * HOUR);
    assert_eq!(judged(&stage) - before, 6);
}

/// The source knows of two days; the rollout was without a controller for four.
#[test]
fn a_source_that_cannot_tell_of_long_ago_is_asked_for_the_time_that_it_knows() {
    let mut stage = Stage::of(&phase("watching"), Split::ALL_GREEN);
    stage.pass(HOUR);
    stage.failing =
        |read| matches!(read, Read::Sample { start, .. } if *start < now(0).wall.after(48 * HOUR));
    stage.taken_over_after(96 * HOUR);
    stage.pass(HOUR / 2);
    assert_eq!(stage.pages(), Vec::<&str>::new());
    stage.errors = 50;
    stage.pass(HOUR);
    assert_eq!(stage.pages_about("watch/breach"), 1, "{:?}", stage.pages());
    assert_eq!(stage.pages_about("watch/blind"), 0);
}

/// Of several for which nobody was there the last one tells how it stands.
#[test]
fn a_report_is_sent_when_it_is_due_or_once_somebody_is_there() {
    let plan = plan_with(|body| {
        body.watch.reports = [10, 20, 30, 40].map(|hours| now(0).wall.after(hours * HOUR)).to_vec();
    });
    for label in ["retaining", "watching"] {
        let mut stage = Stage::of(&phase_of(&plan, label), Split::ALL_GREEN);
        stage.pass(9 * HOUR);
        assert_eq!(reports(&stage), Vec::<&str>::new());
        stage.pass(HOUR);
        assert_eq!(reports(&stage).len(), 1);
        stage.pass(9 * HOUR);
        stage.taken_over_after(11 * HOUR + HOUR / 2);
        assert_eq!(reports(&stage).len(), 3, "{label}");
        stage.pass(11 * HOUR);
        let reports = reports(&stage);
        let none = "no report: no controller ran when it was due";
        let is_none: Vec<_> = reports.iter().map(|text| *text == none).collect();
        assert_eq!(is_none, [false, true, false, false], "{label}: {reports:?}");
    }
}
