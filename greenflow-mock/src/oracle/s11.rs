//! S11: what was not measured is never healthy, whatever number is given for it; and a green with
//! traffic of which nothing is known for too long is answered.
//!
//! Excused: nothing; where time is compared, wall clocks that are off or jump; for the answer, a
//! controller or a journal that is away.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::machine::PhaseName;
use greenflow_core::value::{Side, Verdict};

use super::{Oracle, Story, ensure};
use crate::world::Truth;

/// S11.
#[derive(Debug, Default)]
pub(super) struct S11 {
    /// When the present phase was entered, in virtual time.
    entered: Duration,
    /// Since when green has had traffic; `None` while it has none.
    serves: Option<Duration>,
}

impl Oracle for S11 {
    fn id(&self) -> &'static str {
        "S11"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        if matches!(entry.fact, Fact::Moved(_)) {
            self.entered = story.now;
        }
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

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        let serves = truth.share.green > 0.0;
        self.serves = serves.then(|| self.serves.unwrap_or(truth.at));
        let given = story.given;
        let away = given.jumps || given.kills || given.no_journal;
        let (Some(since), Some(started)) = (story.dark_since, story.started()) else {
            return Ok(());
        };
        let analysis = match story.phase {
            PhaseName::Shifting if serves => &started.plan.shift.analysis,
            PhaseName::Baking => &started.plan.bake.analysis,
            _ => return Ok(()),
        };
        let from = self.entered.max(self.serves.unwrap_or_default());
        let dark = truth.wall.since(since).min(truth.at.saturating_sub(from));
        let delay = started.capabilities.metrics.delay;
        let allowed = analysis.unknown_budget + analysis.every * 2 + delay + ANSWERED;
        ensure(away || dark <= allowed, || {
            format!("nothing was measured for {dark:?} in {}", story.phase)
        })
    }
}

/// Within which time the rollout must have left the way forward.
const ANSWERED: Duration = Duration::from_secs(90);
