//! Small phrases for people.

use crate::fact::Finding;
use crate::plan::OtherwisePolicy;
use crate::value::Verdict;

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
