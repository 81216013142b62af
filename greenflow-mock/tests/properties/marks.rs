//! The branches that only trouble leads to: what was never taken was never tested.

use std::fmt::Write as _;

use greenflow_core::marks::Mark;

/// Returns each with how often it was taken, in this process.
pub(crate) fn table() -> String {
    let mut text = format!("{:<26}{:>9}\n", "mark", "taken");
    for mark in Mark::ALL {
        let _ = writeln!(text, "  {:<24}{:>9}", format!("{mark:?}"), mark.hits());
    }
    text
}

/// Lists those that were never taken, but for the seldom ones.
pub(crate) fn missed() -> Vec<Mark> {
    let never = |mark: &Mark| mark.hits() == 0 && !SELDOM.contains(mark);
    Mark::ALL.iter().copied().filter(never).collect()
}

/// Taken by fewer than ten of five thousand cases, or by none: nothing here says that they are
/// tested.
const SELDOM: [Mark; 39] = [
    Mark::AnswerToNoWrite,
    Mark::AnothersFacts,
    Mark::AnswerNeeded,
    Mark::AppendFenced,
    Mark::BadTooOften,
    Mark::BlueInUse,
    Mark::BlueLeft,
    Mark::BlueUnhealthyAfterwards,
    Mark::CommonCause,
    Mark::CutStopped,
    Mark::CutTriedAnew,
    Mark::CutWaitsForARaise,
    Mark::DriftUnderARaise,
    Mark::GaveUpForGood,
    Mark::GreenIsAllThereIs,
    Mark::GreenKnownByItsDigest,
    Mark::GreenNotInTime,
    Mark::GreenNotStopped,
    Mark::GreenWithoutAName,
    Mark::JournalHadGrown,
    Mark::KeptBack,
    Mark::LostRaiseHadLanded,
    Mark::NoVerdictInTime,
    Mark::ProvisionRefused,
    Mark::RaiseFailedTooOften,
    Mark::RaiseGivenUpInTheMiddle,
    Mark::RefusedYetApplied,
    Mark::RemovalFrozen,
    Mark::RemovalRests,
    Mark::RemovalStopped,
    Mark::RemovalWaitsForLateWrite,
    Mark::RenewalRefused,
    Mark::ResumedAndApplied,
    Mark::ResumedRaiseNotSeen,
    Mark::StepNotShown,
    Mark::StrangersLeft,
    Mark::TakenBack,
    Mark::OwnWriteSeenLate,
    Mark::WaitsForALaterList,
];
