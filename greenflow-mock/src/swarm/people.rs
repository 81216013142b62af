//! What happens to controllers, and what people say.

use greenflow_core::machine::PhaseName;

use super::draw::Draw;
use super::trouble::What;
use crate::rehearsal::Kill;
use crate::script::{Entry, Says};
use crate::world::Trigger;

pub(super) fn killed(draw: &mut Draw) -> Vec<What> {
    let phase = draw.phase();
    vec![kill(draw, phase, 300)]
}

/// Killed, and again soon after it was taken up.
pub(super) fn killed_twice(draw: &mut Draw) -> Vec<What> {
    let phase = draw.phase();
    let after = draw.phase();
    vec![kill(draw, phase, 60), kill(draw, after, 10)]
}

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

fn kill(draw: &mut Draw, phase: PhaseName, latest: u64) -> What {
    What::Kill(Kill::new(phase, draw.secs(0, latest), draw.secs(1, 60)))
}

fn says(when: Trigger, says: Says) -> What {
    What::Says(Entry::new(when, "swarm", says))
}
