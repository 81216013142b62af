//! The record of stories told fact by fact.

mod story;

use std::time::Duration;

use self::story::{Story, green, way_back, whole_way};
use super::{JudgedAs, Record, RecordOutcome, SplitKind};
use crate::fact::{Entry, Fact, HoldReason, Move, RefusalReason, StuckReason};
use crate::machine::{Action, PhaseName};
use crate::plan::OtherwisePolicy;
use crate::provider::ObservedSplit;
use crate::value::{Severity, Split, Verdict, WallTime};

fn record(entries: &[Entry]) -> Record {
    Record::from_entries(entries).unwrap()
}

#[test]
fn the_whole_way_as_json() {
    insta::assert_snapshot!("whole_way", record(&whole_way()).to_json_pretty());
}

#[test]
fn the_way_back_as_json() {
    let record = record(&way_back());
    insta::assert_snapshot!("way_back", record.to_json_pretty());
}

#[test]
fn json_and_back() {
    for entries in [whole_way(), way_back()] {
        for end in 1..=entries.len() {
            let record = record(&entries[..end]);
            let back: Record = serde_json::from_str(&record.to_json_pretty()).unwrap();
            assert_eq!(back, record);
        }
    }
}

#[test]
fn an_unfinished_rollout_has_a_record() {
    for entries in [whole_way(), way_back()] {
        for end in 1..entries.len() {
            let record = record(&entries[..end]);
            assert_eq!(record.outcome, RecordOutcome::Running);
            assert_eq!(record.ended_at, None);
            let open = record.phases.iter().filter(|span| span.left_at.is_none()).count();
            assert_eq!(open, 1, "one phase is open until the end");
        }
        let record = record(&entries);
        assert!(record.ended_at.is_some());
        assert!(record.phases.iter().all(|span| span.left_at.is_some()));
    }
}

#[test]
fn facts_that_tell_no_story_are_refused() {
    assert!(Record::from_entries(&[]).is_err());
    let entries = whole_way();
    assert!(Record::from_entries(&entries[1..]).is_err());
    let mut gap = entries.clone();
    gap.remove(3);
    assert!(Record::from_entries(&gap).is_err());
    let mut other = entries;
    if let Fact::Started(started) = &mut other[0].fact {
        started.machine_version += 1;
    }
    let error = Record::from_entries(&other).unwrap_err().to_string();
    assert!(error.contains("machine version"), "{error}");
}

#[test]
fn each_split_is_known_in_three_grades() {
    let record = record(&way_back());
    let [raise, cut] = &record.splits[..] else { panic!("{:?}", record.splits) };
    assert_eq!((raise.green_bp, raise.kind), (1000, SplitKind::Raise));
    assert!(raise.commanded_at < raise.read_back_at.unwrap());
    assert!(raise.read_back_at < raise.traffic_observed_at);
    assert_eq!((cut.green_bp, cut.kind), (0, SplitKind::Cut));
    assert_eq!(cut.traffic_observed_at, None);
}

#[test]
fn the_way_back_is_timed_from_its_decision() {
    let record = record(&way_back());
    let rollback = record.rollback.unwrap();
    assert_eq!(rollback.t_rb_seconds.unwrap().as_duration(), Duration::from_millis(1500));
    assert_eq!(rollback.breach_at.unwrap().clock(), "10:38:01");
    assert_eq!(record.time_to_decide_seconds.unwrap().as_duration(), Duration::from_secs(30));
    assert_eq!(record.time_to_detect_seconds, None);
}

#[test]
fn detection_is_timed_only_for_who_knows_the_onset() {
    let record = record(&way_back());
    let breach = record.rollback.as_ref().unwrap().breach_at.unwrap().wall();
    let told = record.clone().with_onset(breach.before(Duration::from_secs(45)));
    assert_eq!(told.time_to_detect_seconds.unwrap().as_duration(), Duration::from_secs(45));
    let late = record.with_onset(WallTime::from_unix_millis(i64::MAX));
    assert_eq!(late.time_to_detect_seconds, None, "a fault after all samples was not detected");
}

#[test]
fn requests_are_summed_over_all_verdicts() {
    let record = record(&way_back());
    let requests = record.requests;
    assert_eq!((requests.blue, requests.green, requests.nobody), (12_900, 2_100, 2));
    assert_eq!((requests.blue_errors, requests.green_errors), (13, 330));
    assert_eq!((requests.failed, requests.harmed), (343, 330 + 12 + 2));
    assert_eq!(record.verdicts.last().unwrap().verdict, JudgedAs::Breach);
}

#[test]
fn a_phase_returned_to_has_two_spans() {
    let mut story = Story::until_ten_percent();
    let holding = Fact::Moved(Move::Hold {
        reason: HoldReason::Drift { what: "it shows green 30 %".to_owned() },
        owner: None,
        within: Duration::from_mins(15),
        otherwise: OtherwisePolicy::Stop,
    });
    story.after(10, Fact::Drifted { seen: drifted(), expected: green(10) });
    story.after(0, holding);
    story.after(60, Fact::Moved(Move::Resume));
    let record = record(story.entries());
    let names: Vec<_> =
        record.phases.iter().map(|span| (span.name, span.step, span.returned)).collect();
    assert_eq!(
        &names[names.len() - 3..],
        [
            (PhaseName::Shifting, Some(0), false),
            (PhaseName::Held, None, false),
            (PhaseName::Shifting, Some(0), true),
        ]
    );
    assert_eq!(record.holds[0].kind, "drift");
    assert_eq!(record.drifts[0].expected_green_bp, 1000);
    assert_eq!(record.splits.len(), 1);
}

fn drifted() -> ObservedSplit {
    ObservedSplit::single("main".parse().unwrap(), green(30))
}

#[test]
fn a_stuck_rollout_says_what_to_do_and_can_go_on() {
    let mut story = Story::until_ten_percent();
    story.command(5, Action::Pause);
    story.after(0, story::paused());
    let stuck = StuckReason { what: "nobody came".to_owned(), remedy: "say resume".to_owned() };
    story.after(900, Fact::Moved(Move::Stick(stuck)));
    let stopped = record(story.entries());
    assert_eq!(stopped.outcome, RecordOutcome::Stuck);
    assert_eq!(stopped.stuck.unwrap().remedy, "say resume");
    assert!(stopped.ended_at.is_some());
    story.after(100, Fact::Moved(Move::Resume));
    let resumed = record(story.entries());
    assert_eq!(resumed.outcome, RecordOutcome::Running);
    assert_eq!((resumed.ended_at, resumed.stuck), (None, None));
}

#[test]
fn a_refusal_names_its_problems() {
    let mut story = Story::begin();
    let problems = vec!["the registry has no such image".to_owned()];
    story.after(60, Fact::Moved(Move::Preflight));
    story.after(1, Fact::Moved(Move::Refuse(RefusalReason { problems, who: None })));
    let record = record(story.entries());
    assert_eq!(record.outcome, RecordOutcome::Refused);
    assert_eq!(record.refusal.unwrap().problems.len(), 1);
    assert_eq!(record.rollback, None);
    assert!(record.splits.is_empty());
}

#[test]
fn a_metric_without_a_limit_is_summed_up() {
    let mut story = Story::until_ten_percent();
    for cpu in [Some(400_000), None, Some(900_000), Some(500_000)] {
        story.after(30, story::judged(Verdict::Healthy, vec![story::cpu(cpu)], [0; 6]));
    }
    let record = record(story.entries());
    let [cpu] = &record.recorded_metrics[..] else { panic!("one series") };
    assert_eq!((cpu.measured, cpu.missing), (3, 1));
    assert_eq!((cpu.min, cpu.max, cpu.last), (Some(400_000), Some(900_000), Some(500_000)));
}

#[test]
fn a_way_back_pushed_on_keeps_its_clock() {
    let mut story = Story::until_ten_percent();
    story.after(60, story::roll_back(None, Severity::Major));
    let stuck = StuckReason { what: "blue is down".to_owned(), remedy: "say resume".to_owned() };
    story.after(300, Fact::Moved(Move::Stick(stuck)));
    story.after(100, Fact::Moved(Move::Resume));
    story.write(0, crate::fact::Write::Cut);
    story.applied(2);
    let record = record(story.entries());
    let rollback = record.rollback.unwrap();
    assert_eq!(rollback.t_rb_seconds.unwrap().as_duration(), Duration::from_secs(402));
    assert_eq!(rollback.breach_at, None);
    assert_eq!(Split::ALL_BLUE.green().basis_points(), record.splits[1].green_bp);
}

#[test]
fn shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Record>();
    shared::<super::RecordError>();
}
