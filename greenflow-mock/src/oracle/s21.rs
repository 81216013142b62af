//! S21: a removal names what this rollout recorded or created, and nothing else.
//!
//! Excused: a creation of which nobody knows what came: then green is known by its digest.

use greenflow_core::fact::{Entry, Fact, OutcomeClass, Write};
use greenflow_core::value::{ResourceId, Side};

use super::{Oracle, Story, ensure};

/// S21.
#[derive(Debug, Default)]
pub(super) struct S21;

impl Oracle for S21 {
    fn id(&self) -> &'static str {
        "S21"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        let Fact::Intent { write: Write::Remove { side, resources }, .. } = &entry.fact else {
            return Ok(());
        };
        let known = match side {
            Side::Blue => story.blue().map(|blue| blue.resources.clone()).unwrap_or_default(),
            Side::Green => {
                let (made, unsure) = created(story);
                if unsure && runs_only_ours(story) {
                    return Ok(());
                }
                made
            }
        };
        let foreign = resources.iter().find(|resource| !known.contains(resource));
        ensure(foreign.is_none(), || format!("{side}: {foreign:?} is none of {known:?}"))
    }
}

/// Lists what was created for green, as often as it was, and says whether that may not be all.
pub(super) fn created(story: &Story) -> (Vec<ResourceId>, bool) {
    let (mut made, mut unsure) = (Vec::new(), false);
    for fact in story.facts() {
        let Fact::Outcome(outcome) = fact else { continue };
        let write = story.intent(outcome.id).map(|(write, ..)| write);
        if !matches!(write, Some(Write::Provision { .. })) {
            continue;
        }
        made.extend(outcome.resources.iter().cloned());
        match outcome.class {
            OutcomeClass::Applied => unsure = outcome.resources.is_empty(),
            OutcomeClass::Ambiguous => unsure = true,
            OutcomeClass::NotApplied => {}
        }
    }
    (made, unsure)
}

/// Whether green really runs nothing but what the plan says.
pub(super) fn runs_only_ours(story: &Story) -> bool {
    let Some((plan, truth)) = story.plan().zip(story.last.as_ref()) else { return true };
    truth.sides.green.digests.iter().all(|digest| *digest == plan.green.digest)
}
