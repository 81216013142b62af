//! S11: what was not measured is never healthy, whatever number is given for it.
//!
//! Excused: nothing; for the second half, wall clocks that are off or jump.

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::value::{Side, Verdict};

use super::{Oracle, Story, ensure};

/// S11.
#[derive(Debug, Default)]
pub(super) struct S11;

impl Oracle for S11 {
    fn id(&self) -> &'static str {
        "S11"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Judged(judged) = &entry.fact else { return Ok(()) };
        let known = story.dark_since.filter(|_| !story.given.jumps);
        let dark = known.is_some_and(|since| judged.from >= since && judged.until > judged.from);
        let green = judged.findings.iter().any(|f| f.side == Side::Green && f.bound.is_some());
        ensure(!dark || !green || judged.verdict != Verdict::Healthy, || {
            format!("healthy in {}, and nothing was measured since {known:?}", judged.scope)
        })?;
        for finding in &judged.findings {
            let healthy = finding.verdict == Verdict::Healthy;
            ensure(!healthy || finding.value.is_some() || finding.bound.is_none(), || {
                format!("healthy without a measurement: {finding}")
            })?;
            let counts = finding.side == Side::Green && finding.bound.is_some();
            ensure(judged.verdict != Verdict::Healthy || healthy || !counts, || {
                format!("healthy in {} although: {finding}", judged.scope)
            })?;
        }
        Ok(())
    }
}
