//! An execution record at a glance.

use greenflow_core::record::{Record, RecordOutcome, RollbackRecord, Seconds, ZonedTime};
use greenflow_mock::world::Totals;

use crate::timeline::{count, duration, shorten};

/// Writes an execution record at a glance, beside what really became of the requests where
/// somebody knows.
#[must_use]
pub fn summary(record: &Record, truth: Option<&Totals>) -> String {
    let mut lines =
        vec![("outcome", outcome(record)), ("from", times(record)), ("requests", requests(record))];
    lines.extend(truth.map(|truth| ("truth", in_truth(truth))));
    if let Some(rollback) = &record.rollback {
        lines.extend(way_back(record, rollback));
    }
    lines.push(("approved", said(record, "approve")));
    lines.push(("agreed", said(record, "acknowledge")));
    let removed = record.blue_removed_at;
    lines.push((
        "blue",
        match removed {
            Some(at) => format!("removed {} {}", at.date(), at.clock()),
            None => "not removed".to_owned(),
        },
    ));
    lines.push(("notices", notices(record)));
    lines.extend(record.issues.iter().map(|issue| {
        ("issue", format!("{}: {}; {}", issue.severity, shorten(&issue.what), issue.done))
    }));
    lines.push((
        "leftovers",
        match &record.leftovers[..] {
            [] => "none".to_owned(),
            leftovers => leftovers.join(", "),
        },
    ));
    let lines: Vec<String> =
        lines.into_iter().map(|(name, text)| format!("  {name:<9}  {text}\n")).collect();
    format!("\nThe record of {}\n{}", record.rollout, lines.concat())
}

fn outcome(record: &Record) -> String {
    match record.outcome {
        RecordOutcome::Running => "running".to_owned(),
        RecordOutcome::Completed => "completed: green serves".to_owned(),
        RecordOutcome::RolledBack => "rolled back: blue serves".to_owned(),
        RecordOutcome::Refused => match &record.refusal {
            Some(refusal) => format!("refused: {}", refusal.problems.join("; ")),
            None => "refused".to_owned(),
        },
        RecordOutcome::Stuck => match &record.stuck {
            Some(stuck) => format!("stuck: {}; {}", stuck.what, stuck.remedy),
            None => "stuck".to_owned(),
        },
    }
}

fn times(record: &Record) -> String {
    let show = |time: ZonedTime| format!("{} {}", time.date(), time.clock());
    let until = record.ended_at.map_or_else(|| "now".to_owned(), show);
    format!("{} to {until}, {}", show(record.started_at), took(record.duration_seconds))
}

fn requests(record: &Record) -> String {
    let requests = &record.requests;
    format!(
        "{} on blue, {} on green, {} on neither; {} failed, {} harmed",
        count(requests.blue),
        count(requests.green),
        count(requests.nobody),
        count(requests.failed),
        count(requests.harmed)
    )
}

fn in_truth(truth: &Totals) -> String {
    format!(
        "{} on blue, {} on green, {} on neither; {} failed, {} harmed since the world began",
        count(truth.blue),
        count(truth.green),
        count(truth.nobody),
        count(truth.failed),
        count(truth.harmed)
    )
}

fn way_back(record: &Record, rollback: &RollbackRecord) -> Vec<(&'static str, String)> {
    let mut lines = vec![("why", format!("{}: {}", rollback.severity, rollback.reason))];
    let mut steps = Vec::new();
    if let Some(detect) = record.time_to_detect_seconds {
        steps.push(format!("noticed after {}", took(detect)));
    }
    if let Some(decide) = record.time_to_decide_seconds {
        steps.push(format!("decided after {}", took(decide)));
    }
    if let Some(t_rb) = rollback.t_rb_seconds {
        steps.push(format!("on blue {t_rb} after that"));
    }
    if let Some(finished) = rollback.finished_at {
        steps.push(format!("all done at {}", finished.clock()));
    }
    lines.push(("way back", steps.join(", ")));
    lines
}

fn said(record: &Record, what: &str) -> String {
    let given: Vec<String> = record
        .approvals
        .iter()
        .filter(|said| said.what == what)
        .map(|said| {
            let who = said.role.as_ref().map_or(said.who.as_str(), |role| role.as_str());
            format!("{who} {}", said.at.clock())
        })
        .collect();
    if given.is_empty() { "by nobody".to_owned() } else { given.join(", ") }
}

fn notices(record: &Record) -> String {
    let sent = record.notices.iter().filter(|notice| notice.sent_at.is_some()).count();
    let lost = record.notices.iter().filter(|notice| notice.failure.is_some()).count();
    match lost {
        0 => format!("{sent} sent"),
        lost => format!("{sent} sent, {lost} given up"),
    }
}

fn took(seconds: Seconds) -> String {
    duration(seconds.as_duration())
}
