//! S08: nothing advances on a verdict that is not there: a hold, a bake and an assessment end well
//! only on a journaled judgement of their own that says so.
//!
//! Excused: a step without a hold, which is judged by what follows it.

use greenflow_core::fact::{Entry, Fact, Move, Scope};
use greenflow_core::machine::PhaseName;
use greenflow_core::value::{Severity, Verdict};

use super::{Oracle, Story, ensure};

/// S08.
#[derive(Debug, Default)]
pub(super) struct S08 {
    /// The last judgement since the present step, bake or assessment began.
    last: Option<(Scope, Verdict)>,
    /// The step that was begun last.
    step: usize,
}

impl Oracle for S08 {
    fn id(&self) -> &'static str {
        "S08"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Judged(judged) => {
                self.last = Some((judged.scope, judged.verdict));
                Ok(())
            }
            Fact::Moved(to) => {
                let found = self.permits(story, to);
                if let Move::Shift { step } = to {
                    self.step = usize::try_from(*step).unwrap_or(usize::MAX);
                }
                // Whatever was judged before a part began says nothing of it; an assessment begins
                // with the sample that called for it, and leads back with the one that ends it.
                self.last = match to {
                    Move::Assess { findings } => {
                        let worst = findings.iter().map(|finding| finding.verdict);
                        let scope = self.last.map_or(Scope::Shift, |(scope, _)| scope);
                        Some((scope, worst.fold(Verdict::Unknown, Verdict::worse)))
                    }
                    Move::Clear { .. } => self.last,
                    _ => None,
                };
                found
            }
            _ => Ok(()),
        }
    }
}

impl S08 {
    fn permits(&self, story: &Story, to: &Move) -> Result<(), String> {
        let healthy = |scope| self.last == Some((scope, Verdict::Healthy));
        let verdict = self.last.map(|(_, verdict)| verdict);
        let ok = match (story.phase, to) {
            (PhaseName::Shifting, Move::Shift { .. } | Move::Bake) => {
                !self.holds(story) || healthy(Scope::Shift)
            }
            (PhaseName::Baking, Move::Confirm) => {
                story.plan().is_some_and(|plan| plan.bake.duration.is_zero())
                    || healthy(Scope::Bake)
            }
            (PhaseName::Assessing, Move::Clear { minor: false }) => {
                verdict == Some(Verdict::Healthy)
            }
            (PhaseName::Assessing, Move::Clear { minor: true }) => {
                verdict == Some(Verdict::Breach(Severity::Minor))
            }
            _ => true,
        };
        ensure(ok, || format!("{} in {} on {:?}", to.name(), story.phase, self.last))
    }

    fn holds(&self, story: &Story) -> bool {
        let step = story.plan().and_then(|plan| plan.shift.steps.get(self.step));
        step.is_some_and(|step| !step.hold.is_zero())
    }
}
