//! Small phrases for people.

use std::time::Duration;

use crate::fact::Finding;
use crate::plan::OtherwisePolicy;
use crate::value::{Verdict, duration};

pub(super) const fn otherwise(policy: OtherwisePolicy) -> &'static str {
    match policy {
        OtherwisePolicy::RollBack => "go back to blue",
        OtherwisePolicy::Stop => "stop until somebody acts",
        OtherwisePolicy::Proceed => "go on",
    }
}

/// Lists what is not healthy, with its numbers.
pub(super) fn findings(findings: &[Finding]) -> String {
    let bad: Vec<String> = findings
        .iter()
        .filter(|finding| finding.verdict != Verdict::Healthy)
        .map(ToString::to_string)
        .collect();
    if bad.is_empty() { "nothing was measured".to_owned() } else { bad.join(", ") }
}

/// Says for how long nothing was known of green, and why if that is known.
pub(super) fn nothing_known(silent: Duration, why: Option<String>) -> String {
    let why = why.map(|why| format!("; {why}")).unwrap_or_default();
    format!("nothing was known of green for {}{why}", duration::format(silent))
}

/// Says that the clock here is why measurements stay away.
pub(super) fn clock_behind(by: Duration) -> String {
    // To the minute, so that it stays the same in what is told once.
    let by = duration::format(Duration::from_secs(by.as_secs() / 60 * 60));
    format!("the clock here is {by} behind that of the metric source, and must be set")
}
