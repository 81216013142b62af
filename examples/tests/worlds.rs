//! The seed plan in every world of `examples/worlds`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what should not happen")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::NoticeKind;
use greenflow_core::record::{PhaseSpan, Record, RecordOutcome, SplitKind, ZonedTime};
use greenflow_examples::{Played, Rehearsal, built_in_plan, read_world};

fn worlds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds");
    let mut worlds: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    worlds.sort();
    worlds
}

fn rehearse(world: &Path) -> Played {
    let world = read_world(world).unwrap();
    let rehearsal = Rehearsal::new(built_in_plan().unwrap(), world, 1);
    rehearsal.run(&mut io::sink()).unwrap()
}

fn play(world: &str) -> Played {
    rehearse(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("worlds/{world}.toml")))
}

fn spans(record: &Record, name: PhaseName) -> Vec<&PhaseSpan> {
    record.phases.iter().filter(|span| span.name == name).collect()
}

fn stay(record: &Record, name: PhaseName) -> &PhaseSpan {
    let spans = spans(record, name);
    let [span] = &spans[..] else { panic!("{name}: {spans:?}") };
    span
}

fn between(earlier: ZonedTime, later: ZonedTime) -> Duration {
    later.wall().since(earlier.wall())
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

/// How much later than its earliest moment something may be: a few samples, probes, read-backs.
const SLACK: Duration = Duration::from_mins(2);

#[test]
fn each_ends_as_its_file_says() {
    for world in worlds() {
        let expected = read_world(&world).unwrap().expect;
        let played = rehearse(&world);
        let name = world.file_stem().unwrap().to_string_lossy().into_owned();
        if let Some(expected) = expected {
            assert_eq!(played.ended.as_str(), expected.as_str(), "{name}");
        }
        consistent(&name, &played);
    }
}

/// What is true of every record.
fn consistent(name: &str, played: &Played) {
    let record = &played.record;
    let outcome = match played.ended {
        Ended::Completed => RecordOutcome::Completed,
        Ended::RolledBack => RecordOutcome::RolledBack,
        Ended::Refused => RecordOutcome::Refused,
        Ended::Stuck => RecordOutcome::Stuck,
    };
    assert_eq!(record.outcome, outcome, "{name}");
    assert!(record.ended_at.is_some(), "{name}");
    assert_eq!(record.rollback.is_some(), played.ended == Ended::RolledBack, "{name}");
    for split in &record.splits {
        let grades = [Some(split.commanded_at), split.read_back_at, split.traffic_observed_at];
        let known: Vec<ZonedTime> = grades.into_iter().flatten().collect();
        assert!(known.is_sorted(), "{name}: {split:?}");
    }
    if played.ended == Ended::RolledBack {
        let rollback = record.rollback.as_ref().unwrap();
        assert!(rollback.cut_read_back_at.is_some(), "{name}");
        let took = rollback.t_rb_seconds.unwrap().as_duration();
        assert!(took <= minutes(5), "{name}: the way back took {took:?}");
        assert!(record.splits.iter().any(|split| split.kind == SplitKind::Cut), "{name}");
        assert_eq!(record.blue_removed_at, None, "{name}");
    }
    if played.ended == Ended::Refused {
        assert!(record.writes.is_empty() && record.splits.is_empty(), "{name}");
        assert_eq!(played.truth.green, 0, "{name}");
    }
    assert!(played.truth.harmed >= played.truth.nobody, "{name}");
    // A source that lies fills the record with its lies.
    if !name.starts_with("metrics-") {
        assert!(record.requests.nobody <= played.truth.nobody, "{name}");
        assert!(record.requests.green <= played.truth.green, "{name}");
    }
}

#[test]
fn the_healthy_day_goes_by_its_times() {
    let Played { ended, record, truth, said, .. } = play("healthy");
    assert_eq!(ended, Ended::Completed);
    for (name, date, clock) in [
        (PhaseName::Preflight, "2026-02-11", "08:00:00"),
        (PhaseName::Provisioning, "2026-02-11", "09:00:00"),
        // Green is up; its suites wait for their time.
        (PhaseName::Verifying, "2026-02-11", "09:01:10"),
        (PhaseName::AwaitingApproval, "2026-02-11", "10:30:00"),
    ] {
        let entered = stay(&record, name).entered_at;
        assert_eq!((entered.date().as_str(), entered.clock().as_str()), (date, clock), "{name}");
    }
    let suite = record.checks.iter().find(|run| run.check.as_str() == "e2e").unwrap();
    assert_eq!(suite.at.clock(), "10:00:20");
    let steps = spans(&record, PhaseName::Shifting);
    assert_eq!(steps[0].entered_at.clock(), "10:35:00");
    assert_eq!(steps.iter().map(|s| s.green_bp.unwrap()).collect::<Vec<_>>(), [1000, 5000, 10_000]);

    let shares: Vec<u16> = record.splits.iter().map(|split| split.green_bp).collect();
    assert_eq!(shares, [1000, 5000, 10_000]);
    let seen: Vec<ZonedTime> =
        record.splits.iter().map(|split| split.traffic_observed_at.unwrap()).collect();
    for (place, hold) in [(0, minutes(5)), (1, minutes(10))] {
        let held = between(seen[place], record.splits[place + 1].commanded_at);
        assert!(held >= hold && held <= hold + SLACK, "step {place} was held for {held:?}");
    }
    let baked = between(seen[2], stay(&record, PhaseName::Baking).left_at.unwrap());
    assert!(baked >= minutes(30) && baked <= minutes(30) + SLACK, "baked for {baked:?}");

    let removed = record.blue_removed_at.unwrap();
    assert_eq!(removed.date(), "2026-02-17");
    assert!(removed.clock().as_str() >= "09:00:00");
    assert!(between(seen[2], removed) >= Duration::from_hours(72));

    assert_eq!((truth.nobody, truth.failed, truth.harmed), (0, 0, 0));
    let requests = record.requests;
    assert_eq!((requests.nobody, requests.failed, requests.harmed), (0, 0, 0));
    assert!(record.issues.is_empty() && record.leftovers.is_empty(), "{:?}", record.issues);
    assert!(record.time_to_detect_seconds.is_none());
    let approved = record.approvals.iter().filter(|said| said.what == "approve").count();
    assert_eq!(approved, 5);
    assert!(said.iter().all(|said| said.answer.is_ok()), "{said:?}");
    assert!(record.notices.iter().all(|notice| notice.sent_at.is_some()));
}

#[test]
fn a_week_is_over_in_no_time() {
    let begun = std::time::Instant::now();
    let played = play("healthy");
    assert!(played.record.duration_seconds.as_duration() > Duration::from_hours(7 * 24));
    // Optimised it is some 50 ms; a debug build on a busy machine needs more.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn errors_under_production_traffic_bring_it_back() {
    let Played { record, truth, .. } = play("green-errors");
    let rollback = record.rollback.as_ref().unwrap();
    assert!(rollback.breach_at.is_some());
    assert!(record.splits.iter().all(|split| split.green_bp <= 1000));
    assert!(record.time_to_detect_seconds.unwrap().as_duration() <= minutes(1));
    assert!(record.time_to_decide_seconds.unwrap().as_duration() <= minutes(2));
    assert!(rollback.t_rb_seconds.unwrap().as_duration() <= Duration::from_secs(10));
    assert!(truth.harmed > 0 && truth.harmed < truth.green);
    assert!(record.requests.harmed > 0);
    assert!(record.writes.iter().any(|write| write.what.starts_with("green: ")), "green stopped");
}

#[test]
fn what_is_bad_only_at_half_the_traffic_is_found_there() {
    let record = play("bad-at-50").record;
    let shares: Vec<u16> = record.splits.iter().map(|split| split.green_bp).collect();
    assert_eq!(shares, [1000, 5000, 0]);
}

#[test]
fn a_green_that_never_gets_healthy_gets_no_request() {
    let Played { record, truth, .. } = play("green-never-healthy");
    assert_eq!((truth.green, record.requests.green), (0, 0));
    assert_eq!((truth.nobody, truth.failed), (0, 0));
    assert!(record.splits.iter().all(|split| split.kind == SplitKind::Cut));
}

#[test]
fn a_green_that_is_given_up_is_not_waited_for() {
    let record = play("green-given-up").record;
    let coming_up = stay(&record, PhaseName::Provisioning);
    let lasted = between(coming_up.entered_at, coming_up.left_at.unwrap());
    assert!(lasted < SLACK, "{lasted:?}");
    let reason = record.rollback.unwrap().reason;
    assert!(reason.contains("green cannot start: 6 targets failed to start"), "{reason}");
}

#[test]
fn without_approval_it_goes_back_untouched_by_traffic() {
    let Played { record, truth, .. } = play("approval-never");
    assert_eq!(truth.green, 0);
    assert!(record.approvals.is_empty());
    assert_eq!(record.rollback.unwrap().breach_at, None);
}

#[test]
fn missing_metrics_are_never_healthy() {
    let record = play("metrics-missing").record;
    assert!(record.splits.iter().all(|split| split.green_bp <= 1000));
}

#[test]
fn a_write_that_lands_late_starves_nobody() {
    let Played { record, truth, .. } = play("late-write");
    assert_eq!((truth.nobody, truth.failed), (0, 0));
    assert!(record.splits.iter().all(|split| split.kind == SplitKind::Raise));
    assert!(record.writes.iter().any(|write| write.attempts > Some(1)));
}

#[test]
fn targets_that_another_hand_takes_once_are_given_back() {
    let record = play("targets-lowered").record;
    assert!(record.holds.is_empty(), "{:?}", record.holds);
    let pins = record.writes.iter().filter(|write| write.kind == "pin_blue");
    let pins: Vec<&str> = pins.map(|write| write.what.as_str()).collect();
    assert_eq!(pins, ["at least 6 targets", "at least 6 targets", "the pin is taken back"]);
    let told = record.issues.iter().find(|issue| issue.done == "given back, 1 of 2 times");
    assert!(told.unwrap().what.contains("shall have 4 targets; 6 were set"), "{told:?}");
}

#[test]
fn targets_that_are_taken_again_and_again_are_given_back_twice_and_people_are_called() {
    let record = play("targets-lowered-again").record;
    let provisioned = record.writes.iter().filter(|write| write.kind == "provision");
    assert_eq!(provisioned.count(), 1 + 2);
    assert_eq!(record.holds[0].kind, "rescaled");
    let paged = record.notices.iter().find(|notice| {
        notice.kind == NoticeKind::Page && notice.text.contains("they were given back 2 times")
    });
    assert!(paged.unwrap().text.contains("green-service-"), "{paged:?}");
}

#[test]
fn weights_of_another_hand_are_left_alone_and_people_are_called() {
    let record = play("manual-weights").record;
    assert_eq!(record.drifts.len(), 1);
    assert_eq!(record.holds[0].kind, "drift");
    assert!(!record.stuck.as_ref().unwrap().remedy.is_empty());
    let drifted = record.drifts[0].at;
    assert!(record.splits.iter().all(|split| split.commanded_at < drifted), "never overwritten");
}

#[test]
fn an_abort_has_its_name_and_no_breach() {
    let record = play("abort-mid-shift").record;
    let rollback = record.rollback.unwrap();
    assert_eq!(rollback.who.unwrap().name, "Kim");
    assert_eq!(rollback.breach_at, None);
    assert_eq!(record.time_to_decide_seconds, None);
    assert!(record.commands.iter().any(|command| command.action == "abort"));
}

#[test]
fn every_prefix_of_a_journal_has_a_record() {
    for world in ["healthy", "bad-at-50", "manual-weights", "checklist-open"] {
        let Played { entries, record, .. } = play(world);
        for end in 1..entries.len() {
            Record::from_entries(&entries[..end]).unwrap();
        }
        let back: Record = serde_json::from_str(&record.to_json_pretty()).unwrap();
        assert_eq!(back, record, "{world}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/brown-out.toml");
        let world = read_world(&world).unwrap();
        let mut out = Vec::new();
        let played = Rehearsal::new(built_in_plan().unwrap(), world, seed).run(&mut out).unwrap();
        (String::from_utf8(out).unwrap(), played.record.to_json_pretty())
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
