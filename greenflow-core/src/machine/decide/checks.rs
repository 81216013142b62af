//! Running the plan's checks, one way for every phase.

use std::time::Duration;

use crate::fact::{CheckResult, Fact};
use crate::machine::Read;
use crate::machine::cx::Cx;
use crate::plan::CheckSpec;
use crate::provider::{CheckOutcome, CheckReport, CheckStage};
use crate::value::{CheckName, Timestamp};

/// How some checks stand.
#[derive(Debug)]
pub(super) enum Standing {
    /// All have passed.
    Passed,
    /// Some run, or will run.
    Running,
    /// These did not pass, with the reasons.
    Failed(Vec<String>),
}

/// How often a check that could not be run is tried before it counts as not run.
const MOST_TRIES: u32 = 3;
/// The pause between tries.
const PAUSE: Duration = Duration::from_secs(10);

/// Runs checks, `at_once` or one after the other; each at most `runs` times until it passes.
pub(super) fn run(
    cx: &mut Cx<'_>,
    stage: CheckStage,
    specs: &[CheckSpec],
    at_once: bool,
    runs: u32,
) -> Standing {
    let mut failed = Vec::new();
    let mut running = false;
    for spec in specs {
        if cx.state.passed(stage, &spec.name) {
            continue;
        }
        let record = cx.state.checks.get(&(stage, spec.name.clone()));
        match record {
            Some(record) if record.runs >= runs => {
                failed.push(format!("{}: {}", spec.name, record.detail));
            }
            Some(record) => {
                let again = record.at.after(PAUSE);
                ask(cx, stage, &spec.name, spec.deadline, again);
                running = true;
            }
            None => {
                ask(cx, stage, &spec.name, spec.deadline, Timestamp::ZERO);
                running = true;
            }
        }
        if running && !at_once {
            break;
        }
    }
    match (running, failed.is_empty()) {
        (true, _) => Standing::Running,
        (false, true) => Standing::Passed,
        (false, false) => Standing::Failed(failed),
    }
}

/// Asks for one check, unless it is under way or it is too early.
pub(super) fn ask(
    cx: &mut Cx<'_>,
    stage: CheckStage,
    check: &CheckName,
    deadline: Duration,
    not_before: Timestamp,
) {
    let now = cx.now.at;
    let run = cx.seen.checks.entry(key(stage, check)).or_default();
    if run.asked {
        return;
    }
    let due = run.last.map_or(not_before, |last| last.after(PAUSE).max(not_before));
    if due > now {
        cx.wake_at(due);
        return;
    }
    run.asked = true;
    cx.read_within(Read::Check { stage, check: check.clone() }, deadline);
}

/// Returns the key under which a check's run is remembered.
pub(in crate::machine) fn key(stage: CheckStage, check: &CheckName) -> String {
    format!("{stage:?}/{check}")
}

/// Turns a report into the fact of it. Nothing but a positive measurement of the right revision,
/// with every case that the plan asks for, is a pass.
pub(in crate::machine) fn result(
    cx: &Cx<'_>,
    stage: CheckStage,
    check: &CheckName,
    report: &CheckReport,
) -> Fact {
    let mut outcome = report.outcome;
    let mut detail = report.detail.clone();
    let spec = spec(cx, stage, check);
    if let Some(digest) = &report.seen
        && *digest != cx.plan().green.digest
        && stage == CheckStage::Verify
    {
        outcome = CheckOutcome::Inconclusive;
        detail = format!("it measured {digest}, not the revision under test");
    }
    let ran = |case: &String| {
        let found = report.cases.iter().find(|(name, _)| name == case);
        found.is_some_and(|(_, outcome)| *outcome == CheckOutcome::Passed)
    };
    let cases = spec.map(|spec| spec.cases.as_slice()).unwrap_or_default();
    let missing: Vec<&str> = cases.iter().filter(|case| !ran(case)).map(String::as_str).collect();
    let case_failed = report.cases.iter().any(|(_, outcome)| *outcome != CheckOutcome::Passed);
    if outcome == CheckOutcome::Passed && (!missing.is_empty() || case_failed) {
        outcome = CheckOutcome::Failed;
        let which = if missing.is_empty() { "a case".to_owned() } else { missing.join(", ") };
        detail = format!("{which} did not pass; {detail}");
    }
    Fact::CheckEnded(CheckResult {
        stage,
        check: check.clone(),
        outcome,
        measurements: report.measurements.iter().take(MOST_MEASUREMENTS).cloned().collect(),
        detail: detail.chars().take(LONGEST_DETAIL).collect(),
    })
}

/// Returns the fact of a check that could not be run, once it was tried often enough.
pub(in crate::machine) fn not_run(
    stage: CheckStage,
    check: &CheckName,
    tries: u32,
    final_failure: bool,
    why: &str,
) -> Option<Fact> {
    (final_failure || tries >= MOST_TRIES).then(|| {
        Fact::CheckEnded(CheckResult {
            stage,
            check: check.clone(),
            outcome: CheckOutcome::NotRun,
            measurements: Vec::new(),
            detail: format!("it could not be run: {why}"),
        })
    })
}

const MOST_MEASUREMENTS: usize = 32;
const LONGEST_DETAIL: usize = 500;

fn spec<'a>(cx: &Cx<'a>, stage: CheckStage, check: &CheckName) -> Option<&'a CheckSpec> {
    let plan = cx.plan();
    let specs = match stage {
        CheckStage::Checklist => return None,
        CheckStage::Preflight => &plan.preflight.checks,
        CheckStage::Verify => &plan.verify.suites,
        CheckStage::Confirm => &plan.confirm.checks,
        CheckStage::Retire => &plan.retire.checks,
    };
    specs.iter().find(|spec| spec.name == *check)
}
