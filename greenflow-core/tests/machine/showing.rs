//! What the requests must be like to show a split, or that a side is at rest.

use std::time::Duration;

use greenflow_core::fact::{Fact, Judged, Move, Write};
use greenflow_core::machine::{Action, Handled, PhaseName, Read};
use greenflow_core::plan::Plan;
use greenflow_core::provider::IntervalSample;
use greenflow_core::value::{Side, Split};

use super::journal::{percent, phase, phase_of, plan, plan_with};
use super::stage::Stage;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_hours(1);

/// Blue and green have got so many requests in this interval.
fn got(sample: &mut IntervalSample, blue: u64, green: u64) {
    sample.blue.as_mut().unwrap().requests = blue;
    sample.green.as_mut().unwrap().requests = green;
}

/// The first step, with so much on green, and what is measured of it.
fn first_step(green: u8, measured: fn(&mut IntervalSample)) -> Stage {
    let plan = plan_with(|body| body.shift.steps[0].green = percent(green).green());
    let mut stage = Stage::set(&phase_of(&plan, "shifting (raising)"), Split::ALL_BLUE, |stage| {
        stage.measured = measured;
    });
    stage.pass(5 * MINUTE);
    stage
}

/// The requests that have shown it.
fn shown(stage: &Stage) -> Option<(u64, u64)> {
    stage.entries.iter().find_map(|entry| match &entry.fact {
        Fact::TrafficObserved { blue, green, .. } => Some((*blue, *green)),
        _ => None,
    })
}

/// So few that one side might have got none by chance are put together with those before.
#[test]
fn a_step_is_shown_by_enough_requests_on_either_side() {
    let tenth = first_step(10, |sample| got(sample, 73, 8));
    assert_eq!(shown(&tenth), Some((146, 16)), "81 are one too few");
    let most = first_step(90, |sample| got(sample, 8, 73));
    assert_eq!(shown(&most), Some((16, 146)), "the same the other way round");
    let enough = first_step(90, |sample| got(sample, 8, 74));
    assert_eq!(shown(&enough), Some((8, 74)));
}

/// Of 4000 requests, by chance, green gets 400 give or take 56.
#[test]
fn a_step_is_shown_by_a_share_that_can_be_chance() {
    for (green, well) in [(400, true), (450, true), (350, true), (460, false), (340, false)] {
        let measured: fn(&mut IntervalSample) = match green {
            400 => |sample| got(sample, 3600, 400),
            450 => |sample| got(sample, 3550, 450),
            350 => |sample| got(sample, 3650, 350),
            460 => |sample| got(sample, 3540, 460),
            _ => |sample| got(sample, 3660, 340),
        };
        assert_eq!(shown(&first_step(10, measured)).is_some(), well, "{green}");
    }
}

/// A side that is down for a part of the time gets fewer than are sent its way.
#[test]
fn a_step_is_not_shown_where_nobody_serves_many() {
    let hollow = first_step(10, |sample| {
        got(sample, 3600, 400);
        sample.unserved = Some(300);
    });
    assert_eq!(shown(&hollow), None);
    let whole = first_step(10, |sample| {
        got(sample, 3420, 380);
        sample.unserved = Some(200);
    });
    assert_eq!(shown(&whole), Some((3420, 380)), "one in twenty may be lost");
}

fn removals(stage: &Stage) -> usize {
    let is_removal = |write: &&Write| matches!(write, Write::Remove { side: Side::Blue, .. });
    stage.begun().filter(is_removal).count()
}

/// As of a client that has resolved the name of blue's own balancer long ago.
#[test]
fn blue_is_kept_while_it_gets_a_request_now_and_then() {
    let mut stage = Stage::of(&phase("retaining"), Split::ALL_GREEN);
    stage.pass(HOUR);
    stage.measured = |sample| sample.blue.as_mut().unwrap().requests = 1;
    stage.pass(73 * HOUR);
    assert_eq!((stage.phase(), removals(&stage)), (PhaseName::Retaining, 0));
    stage.measured = |_| {};
    stage.pass(HOUR);
    assert_eq!(removals(&stage), 1);
}

/// A rollout without a time, or people to ask, that waits for its checklist.
fn unconfirmed() -> Stage {
    let plan = plan_with(|body| (body.preflight.not_before, body.approval) = (None, None));
    let mut stage = Stage::of(&phase_of(&plan, "preflight"), Split::ALL_BLUE);
    stage.pass(2 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Preflight);
    stage
}

/// It takes its first step at once. Whether anything that is measured from then on, for a minute, begins
/// before that.
fn measures_what_was_before(mut stage: Stage) -> bool {
    let item = "ready".to_owned();
    assert_eq!(stage.say(Action::Confirm { item }), Ok(Handled::Accepted));
    assert_eq!((stage.phase(), stage.split), (PhaseName::Shifting, percent(10)));
    let begun = stage.now.wall;
    let asked = |stage: &Stage, before: bool| {
        stage.asked(|read| match read {
            Read::Sample { start, .. } => (*start < begun) == before,
            _ => false,
        })
    };
    let known = asked(&stage, true);
    stage.unanswered = |_| false;
    stage.end_checks();
    stage.pass(MINUTE);
    assert!(asked(&stage, false) > 0);
    asked(&stage, true) > known
}

/// What users sent to blue before says nothing of green.
#[test]
fn nothing_is_measured_of_the_time_before_the_first_step() {
    assert!(!measures_what_was_before(unconfirmed()));
    let mut stage = unconfirmed();
    stage.unanswered = |read| matches!(read, Read::Sample { .. });
    for _ in 0..30 {
        if stage.checks_under_way() == 0 {
            stage.pass(Duration::from_secs(5));
        }
    }
    assert_eq!(stage.checks_under_way(), 1, "a sample that is answered too late");
    assert!(!measures_what_was_before(stage));
}

fn judged(stage: &Stage) -> impl Iterator<Item = &Judged> {
    stage.entries.iter().filter_map(|entry| match &entry.fact {
        Fact::Judged(judged) => Some(judged),
        _ => None,
    })
}

/// A request each 5 ms is told of once.
#[test]
fn each_request_is_counted_once() {
    let plan = plan_with(|body| body.bake.analysis.every = MINUTE);
    let mut stage = Stage::of(&phase_of(&plan, "baking"), Split::ALL_GREEN);
    stage.pass(10 * MINUTE);
    let mut until = None;
    let mut counted = 0;
    for judged in judged(&stage) {
        assert_eq!(judged.from, until.unwrap_or(judged.from));
        until = Some(judged.until);
        let lasting = judged.until.since(judged.from).as_millis();
        assert_eq!(u128::from(judged.totals.green.requests), lasting / 5);
        counted += 1;
    }
    assert!(counted > 3, "{counted}");
}

/// A rate that is outside its limit is named with its number to whoever is told.
#[test]
fn people_are_told_what_is_bad() {
    let mut stage = Stage::of(&phase("shifting (holding)"), percent(10));
    stage.errors = 50;
    stage.pass(5 * MINUTE);
    let told = |fact: &Fact| matches!(fact, Fact::NoticeQueued(notice) if notice.text.contains("green error-rate 50 %"));
    assert!(stage.entries.iter().any(|entry| told(&entry.fact)));
}

#[test]
fn a_blue_that_is_bad_already_refuses_the_rollout_with_its_numbers() {
    let plan = plan_with(|body| body.checklists.clear());
    let mut stage = Stage::set(&phase_of(&plan, "preflight"), Split::ALL_BLUE, |stage| {
        stage.measured = |sample| {
            let blue = sample.blue.as_mut().unwrap();
            blue.errors = blue.requests / 2;
        };
    });
    stage.pass(5 * MINUTE);
    assert_eq!(stage.phase(), PhaseName::Refused);
    let told = |fact: &Fact| matches!(fact, Fact::Moved(Move::Refuse(why)) if why.problems[0].contains("blue error-rate 50 %"));
    assert!(stage.entries.iter().any(|entry| told(&entry.fact)), "{:?}", stage.entries.last());
}

/// Retention counts from when all requests were on green, however long the acknowledgement took.
#[test]
fn blue_is_kept_from_when_all_requests_were_on_green() {
    let mut body = plan().body().clone();
    body.confirm.unacknowledged.within = 20 * HOUR;
    let plan = Plan::from_body(body).unwrap();
    let mut stage = Stage::of(&phase_of(&plan, "baking"), Split::ALL_GREEN);
    let full = |fact: &Fact| matches!(fact, Fact::TrafficObserved { split, .. } if *split == Split::ALL_GREEN);
    let full = stage.entries.iter().find(|entry| full(&entry.fact)).unwrap().at;
    stage.pass(2 * HOUR);
    assert_eq!(stage.say(Action::Acknowledge), Ok(Handled::Accepted));
    stage.pass(80 * HOUR);
    let retired = stage.entries.iter().find(|entry| entry.fact == Fact::Moved(Move::Retire));
    let kept = retired.unwrap().at.since(full);
    assert!(kept >= 72 * HOUR && kept < 73 * HOUR, "{kept:?}");
}
