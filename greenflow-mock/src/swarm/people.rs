//! What people say.

use greenflow_core::machine::PhaseName;

use super::draw::Draw;
use super::trouble::What;
use crate::script::{Entry, Says};
use crate::world::Trigger;

pub(super) fn approves_another(draw: &mut Draw) -> Vec<What> {
    let when = Trigger::Phase { phase: PhaseName::AwaitingApproval, after: draw.secs(0, 60) };
    vec![says(when, Says::ApproveAnother)]
}

/// A pair of commands, as two people say them who do not know of each other.
pub(super) fn commands(draw: &mut Draw) -> Vec<What> {
    const WORDS: [u8; 6] = [1, 2, 3, 4, 5, 6];
    let when = draw.moment();
    let word = |draw: &mut Draw| match draw.pick(0, &WORDS) {
        0 | 1 => Says::Pause,
        2 => Says::Resume,
        3 => Says::Promote,
        4 => Says::PromoteFull,
        5 => Says::Abort,
        _ => Says::Rollback,
    };
    let (first, second) = (word(draw), word(draw));
    let later = when.later(draw.secs(0, 60));
    vec![says(when, first), says(later, second)]
}

fn says(when: Trigger, says: Says) -> What {
    What::Says(Entry::new(when, "swarm", says))
}
