//! What an answer of the outside changes: first in what was seen, then in the facts.

use super::cx::Cx;
use super::decide::{checks, targets};
use super::{Handled, Read, Reading};
use crate::fact::{Fact, NoticeResult, Outcome, OutcomeClass, Write};
use crate::provider::{FailureRecord, IntervalSample, NoticeKey, ProbeReport};
use crate::value::{ProbeName, Side, Split, Timestamp};

/// A write ended.
pub(super) fn write_ended(cx: &mut Cx<'_>, outcome: &Outcome) -> Handled {
    let Some(pending) = cx.state.outstanding().get(&outcome.id) else {
        mark!(AnswerToNoWrite);
        return Handled::Ignored;
    };
    cx.seen.stopping.remove(&outcome.id);
    if pending.write.split().is_some() {
        // Whatever was read before says nothing of what is set now.
        cx.seen.drift_reads = 0;
        cx.seen.no_green_since = None;
        cx.seen.no_blue_since = None;
        if outcome.class == OutcomeClass::Applied {
            cx.seen.sampler.begin_evidence(cx.now);
        }
    }
    match &pending.write {
        Write::Provision { .. } => cx.seen.counted.set(Side::Green, cx.now.at),
        Write::PinBlue { .. } => cx.seen.counted.set(Side::Blue, cx.now.at),
        Write::Raise { .. } | Write::Cut | Write::Remove { .. } | Write::RunHook { .. } => {}
    }
    cx.fact(Fact::Outcome(outcome.clone()));
    Handled::Accepted
}

/// A notice was sent, or given up.
pub(super) fn notice_ended(cx: &mut Cx<'_>, key: &NoticeKey, result: &NoticeResult) -> Handled {
    if !cx.state.unsent.contains_key(key) {
        return Handled::Ignored;
    }
    cx.fact(Fact::NoticeEnded { key: key.clone(), result: result.clone() });
    Handled::Accepted
}

/// A read ended. After the end of a rollout none counts: a suite may answer that late.
pub(super) fn read_ended(
    cx: &mut Cx<'_>,
    read: &Read,
    result: Result<Reading, FailureRecord>,
) -> Handled {
    if cx.state.phase.name().is_terminal() {
        return Handled::Ignored;
    }
    let now = cx.now.at;
    let taken = match (read, result) {
        (Read::Split, Ok(Reading::Split(split))) => {
            let (agreed, ours) = (split.agreed(), cx.state.traffic.may_show(&split));
            let asked = cx.seen.split.answer(Ok(split), now);
            asked.inspect(|asked| split_seen(cx, agreed, ours, *asked)).is_some()
        }
        (Read::Split, other) => cx.seen.split.answer(Err(failed(other)), now).is_some(),
        (Read::Sides, Ok(Reading::Sides(sides))) => {
            let short = [Side::Blue, Side::Green].map(|side| targets::is_short(cx, &sides, side));
            let (blue_up, green_up) = (sides.blue.healthy > 0, sides.green.healthy > 0);
            let asked = cx.seen.sides.answer(Ok(sides), now);
            if let Some(asked) = asked {
                cx.seen.blue_up_since = since(blue_up, cx.seen.blue_up_since, asked);
                cx.seen.green_up_since = since(green_up, cx.seen.green_up_since, asked);
                let [blue, green] = short;
                cx.seen.counted.take(Side::Blue, blue, asked);
                cx.seen.counted.take(Side::Green, green, asked);
            }
            asked.is_some()
        }
        (Read::Sides, other) => cx.seen.sides.answer(Err(failed(other)), now).is_some(),
        (Read::Sample { start, end, .. }, Ok(Reading::Sample(sample))) => {
            let inside = sample.start >= *start && sample.end <= *end;
            sample_seen(cx, Some(&sample).filter(|_| inside))
        }
        (Read::Sample { .. }, _) => sample_seen(cx, None),
        (Read::Check { stage, check }, result) => {
            let run = cx.seen.checks.entry(checks::key(*stage, check)).or_default();
            let asked = std::mem::take(&mut run.asked);
            run.last = Some(now);
            if !asked {
                return Handled::Ignored;
            }
            let fact = if let Ok(Reading::Check(report)) = &result {
                run.failures = 0;
                Some(checks::result(cx, *stage, check, report))
            } else {
                run.failures = run.failures.saturating_add(1);
                let failure = failed(result);
                let no_use = !failure.kind.is_retryable();
                let why = failure.to_string();
                run.failure = Some(failure);
                checks::not_run(*stage, check, run.failures, no_use, &why)
            };
            if let Some(fact) = fact {
                cx.fact(fact);
            }
            true
        }
        (Read::Probe { probe, side }, result) => match result {
            Ok(Reading::Probe(report)) => probe_seen(cx, probe, *side, Ok(&report)),
            other => probe_seen(cx, probe, *side, Err(failed(other))),
        },
    };
    if taken { Handled::Accepted } else { Handled::Ignored }
}

/// Any answer that is not of the read's own kind is no answer.
fn failed(result: Result<Reading, FailureRecord>) -> FailureRecord {
    match result {
        Err(failure) => failure,
        Ok(_) => FailureRecord {
            kind: crate::provider::ErrorKind::Unexpected,
            operation: "read".to_owned(),
            message: "the answer is of another kind than the question".to_owned(),
        },
    }
}

/// Follows how long the split has read as ours, as green at 0, as blue at 0.
fn split_seen(cx: &mut Cx<'_>, agreed: Option<Split>, ours: bool, asked: Timestamp) {
    let (no_green, no_blue) = (agreed == Some(Split::ALL_BLUE), agreed == Some(Split::ALL_GREEN));
    cx.seen.no_green_since = since(no_green, cx.seen.no_green_since, asked);
    cx.seen.no_blue_since = since(no_blue, cx.seen.no_blue_since, asked);
    let traffic = &cx.state.traffic;
    let older = traffic.read_back.is_some_and(|read_back| asked < read_back.at());
    if ours && agreed != Some(traffic.expected()) {
        mark!(OwnWriteSeenLate);
    }
    // The cut goes over everything; a raise that is under way shows as what it is.
    if cx.state.pending("cut").is_some() || older || ours {
        cx.seen.drift_reads = 0;
    } else {
        cx.seen.drift_reads = cx.seen.drift_reads.saturating_add(1);
        mark!(ForeignSplitSeen);
    }
}

/// Since when something has been so, after a reading that was asked for then says whether it is.
fn since(is: bool, since: Option<Timestamp>, asked: Timestamp) -> Option<Timestamp> {
    is.then(|| since.unwrap_or(asked))
}

fn sample_seen(cx: &mut Cx<'_>, sample: Option<&IntervalSample>) -> bool {
    if !std::mem::take(&mut cx.seen.sampler.asked) {
        return false;
    }
    let analysis = cx.seen.sampler.scope().and_then(|scope| cx.analysis_of(scope));
    match (sample, analysis) {
        (Some(sample), Some(analysis)) => {
            let (judge, now) = (cx.judge, cx.now.at);
            cx.seen.sampler.take(sample, analysis, judge, now);
        }
        (Some(_), None) | (None, _) => cx.seen.sampler.missed(cx.now.at),
    }
    true
}

/// A probe counts only when it answers positively, for the right revision.
fn probe_seen(
    cx: &mut Cx<'_>,
    probe: &ProbeName,
    side: Side,
    report: Result<&ProbeReport, FailureRecord>,
) -> bool {
    let pinned = &cx.plan().green.digest;
    let now = cx.now.at;
    let run = cx.seen.probes.entry((probe.clone(), side)).or_default();
    if !std::mem::take(&mut run.asked) {
        return false;
    }
    run.last = Some(now);
    match report {
        Ok(report)
            if side == Side::Green && report.seen.as_ref().is_some_and(|seen| seen != pinned) =>
        {
            mark!(ProbeReachedAnother);
            run.successes = 0;
            "it reached another revision than the one under test".clone_into(&mut run.detail);
        }
        Ok(report) if report.healthy => {
            run.successes = run.successes.saturating_add(1);
            run.detail.clone_from(&report.detail);
        }
        Ok(report) => {
            run.successes = 0;
            run.detail.clone_from(&report.detail);
        }
        Err(failure) => {
            run.successes = 0;
            run.detail = failure.to_string();
        }
    }
    true
}
