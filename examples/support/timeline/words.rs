//! Facts in the words of people.

use std::time::Duration;

use greenflow_core::fact::{CheckResult, Finding, Judged, Move, Write};
use greenflow_core::machine::{Action, Command};
use greenflow_core::plan::{OtherwisePolicy, PlanBody};
use greenflow_core::provider::CheckOutcome;
use greenflow_core::record::{Zone, ZonedTime};
use greenflow_core::value::{Who, duration as written};

/// Writes a duration without a remainder of milliseconds.
pub(crate) fn duration(duration: Duration) -> String {
    let whole = Duration::from_secs(duration.as_secs());
    written::format(if whole.is_zero() { duration } else { whole })
}

/// Writes a number with its thousands apart: `4,405,411`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Shortens every digest to the digits that people compare.
pub(crate) fn shorten(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        let shown = if digits == 64 { 12 } else { digits };
        short.push_str("sha256:");
        short.push_str(&part[..shown]);
        short.push_str(&part[digits..]);
    }
    short
}

/// Says who said what.
pub(super) fn command(command: &Command) -> (String, String) {
    let what = match &command.action {
        Action::Confirm { item } => format!("confirms: {item}"),
        Action::Approve { .. } => "approves the cut-over".to_owned(),
        Action::Reject => "refuses the cut-over".to_owned(),
        Action::Acknowledge => "acknowledges".to_owned(),
        Action::Pause => "pauses".to_owned(),
        Action::Resume => "resumes".to_owned(),
        Action::Promote => "skips the rest of this hold".to_owned(),
        Action::PromoteFull => "skips all holds that are left".to_owned(),
        Action::Abort => "gives the rollout up".to_owned(),
        Action::Rollback => "goes back to blue".to_owned(),
        Action::ExtendRetention { by } => format!("keeps blue for another {}", duration(*by)),
        Action::RetireNow { .. } => "has blue removed now".to_owned(),
    };
    let asked = command.why.is_empty() || command.why == "asked by the plan";
    let what = if asked { what } else { format!("{what}: {}", command.why) };
    (who(&command.who), what)
}

fn who(who: &Who) -> String {
    match &who.role {
        Some(role) if role.as_str() == who.name => who.name.clone(),
        Some(_) | None => who.to_string(),
    }
}

/// Says how a check ended.
pub(super) fn check(result: &CheckResult) -> String {
    let outcome = match result.outcome {
        CheckOutcome::Passed => "passed",
        CheckOutcome::Failed => "failed",
        CheckOutcome::NotRun => "did not run",
        CheckOutcome::Inconclusive => "cannot say",
    };
    let measured = result.measurements.iter().map(|m| format!("{} {}", m.name, m.value));
    let said = Some(result.detail.clone()).filter(|detail| detail != result.check.as_str());
    let more: Vec<String> = measured.chain(said).collect();
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    format!("{} {outcome}{more}", result.check)
}

/// Says what a write does.
pub(super) fn write(write: &Write) -> String {
    match write {
        Write::Raise { split } => split.to_string(),
        Write::Cut => "all traffic to blue".to_owned(),
        Write::Provision { capacity, .. } => format!("start green with {capacity} targets"),
        Write::PinBlue { minimum: Some(minimum) } => format!("keep blue at {minimum} targets"),
        Write::PinBlue { minimum: None } => "let blue's capacity go".to_owned(),
        Write::Remove { side, resources } => {
            format!("remove {side}: {} resources", resources.len())
        }
        Write::RunHook { hook, .. } => format!("run {hook}"),
    }
}

/// Says what the measurements said; and then what they rest on, and what is only recorded.
pub(super) fn judged(judged: &Judged, since: ZonedTime) -> (String, Vec<String>) {
    let (limited, recorded): (Vec<&Finding>, Vec<&Finding>) =
        judged.findings.iter().partition(|finding| finding.bound.is_some());
    let list = |findings: &[&Finding]| {
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let said = format!("{} ({}): {}", judged.verdict, judged.scope, list(&limited));
    let totals = &judged.totals;
    let mut counts = format!(
        "since {}: {} requests on blue, {} on green",
        since.clock(),
        count(totals.blue.requests),
        count(totals.green.requests)
    );
    for (number, what) in [
        (totals.blue.errors, "failed on blue"),
        (totals.green.errors, "failed on green"),
        (totals.green.slow, "slow on green"),
        (totals.unserved, "served by nobody"),
    ] {
        if number > 0 {
            counts = format!("{counts}, {} {what}", count(number));
        }
    }
    let mut more = vec![counts];
    if !recorded.is_empty() {
        more.push(format!("recorded: {}", list(&recorded)));
    }
    (said, more)
}

/// Says where the rollout goes, with a mark for the column beside the clock.
pub(super) fn moved(to: &Move, plan: &PlanBody, zone: &Zone) -> (String, String) {
    let way = match to {
        Move::RollBack(_) | Move::FinishRollback { .. } => '◀',
        Move::Complete { .. } | Move::Refuse(_) | Move::Stick(_) => '■',
        Move::Assess { .. } => '?',
        Move::Hold { .. } => '‖',
        Move::Preflight
        | Move::Provision
        | Move::Verify
        | Move::AskApproval
        | Move::Shift { .. }
        | Move::Bake
        | Move::Confirm
        | Move::Retain
        | Move::Retire
        | Move::Watch
        | Move::Clear { .. }
        | Move::Resume => '▶',
    };
    let mark = match to.target() {
        Some(phase) => format!("{way} {}", phase.as_str().replace('_', " ")),
        None => format!("{way} goes on"),
    };
    (mark, detail(to, plan, zone))
}

fn detail(to: &Move, plan: &PlanBody, zone: &Zone) -> String {
    match to {
        Move::Preflight => "last checks, nothing is touched yet".to_owned(),
        Move::Provision => "green comes up, without traffic".to_owned(),
        Move::Verify => "suites against green, on test traffic".to_owned(),
        Move::AskApproval => "people are asked".to_owned(),
        Move::Shift { step } => step_of(plan, *step),
        Move::Bake => format!("all traffic on green, watched for {}", duration(plan.bake.duration)),
        Move::Confirm => "final checks on production".to_owned(),
        Move::Retain => {
            let least = written::format(plan.retain.at_least);
            let due = plan.retain.due.map(|due| zone.show(due));
            let due = due.map(|due| format!(" and until {} {}", due.date(), due.clock()));
            format!("blue is kept for {least}{}", due.unwrap_or_default())
        }
        Move::Retire => "blue is removed; from here on there is no way back".to_owned(),
        Move::Watch => format!("until {} after the confirmation", duration(plan.watch.duration)),
        Move::Complete { leftovers } | Move::FinishRollback { leftovers } => match &leftovers[..] {
            [] => "nothing is left over".to_owned(),
            leftovers => format!("left over: {}", leftovers.join(", ")),
        },
        Move::Assess { .. } => "a bad sample: measuring again".to_owned(),
        Move::Clear { minor: true } => "a minor breach stands".to_owned(),
        Move::Clear { minor: false } => "it was nothing that lasts".to_owned(),
        Move::Hold { reason, owner, within, otherwise } => {
            let owner = owner.as_ref().map_or("somebody", |owner| owner.as_str());
            let then = match otherwise {
                OtherwisePolicy::RollBack => "goes back to blue",
                OtherwisePolicy::Stop => "stops until somebody acts",
                OtherwisePolicy::Proceed => "goes on",
            };
            format!("{reason}; {owner} has {}, then it {then}", duration(*within))
        }
        Move::Resume => String::new(),
        Move::RollBack(reason) => format!("{}: {}", reason.severity, reason.text),
        Move::Refuse(reason) => reason.problems.join("; "),
        Move::Stick(reason) => format!("{}; {}", reason.what, reason.remedy),
    }
}

fn step_of(plan: &PlanBody, step: u32) -> String {
    let steps = &plan.shift.steps;
    let place = usize::try_from(step).unwrap_or(usize::MAX);
    let Some(known) = steps.get(place) else { return format!("step {}", step + 1) };
    let hold = match known.hold.is_zero() {
        true => String::new(),
        false => format!(" for {}", duration(known.hold)),
    };
    format!("step {} of {}: green {}{hold}", step + 1, steps.len(), known.green)
}
