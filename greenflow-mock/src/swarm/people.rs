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

/// Another controller takes over, with a clock that runs up to a tenth faster or slower.
pub(super) fn clock_drifts(draw: &mut Draw) -> Vec<What> {
    let rate = i32::try_from(draw.small(1_000, 100_000)).unwrap_or(0);
    let rate = if draw.chance(50) { rate } else { -rate };
    let phase = draw.phase();
    vec![What::Kill(dies(draw, phase, 300).followed_at_rate(rate))]
}

/// Stopped for less than its lease, mostly; another one waits.
pub(super) fn stopped(draw: &mut Draw) -> Vec<What> {
    let phase = draw.phase();
    let span = draw.secs(1, 20);
    vec![What::Kill(dies(draw, phase, 300).only_stopped_for(span))]
}

/// Stopped for longer than its lease: when it goes on, another one acts.
pub(super) fn two_lead(draw: &mut Draw) -> Vec<What> {
    let phase = draw.phase();
    vec![stopped_for_long(draw, phase, 300)]
}

/// The one that comes is soon stopped too, and a third one comes.
pub(super) fn three_lead(draw: &mut Draw) -> Vec<What> {
    let (phase, next) = (draw.phase(), draw.phase());
    vec![stopped_for_long(draw, phase, 120), stopped_for_long(draw, next, 20)]
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
    What::Kill(dies(draw, phase, latest))
}

fn stopped_for_long(draw: &mut Draw, phase: PhaseName, latest: u64) -> What {
    let kill = dies(draw, phase, latest);
    What::Kill(kill.only_stopped_for(draw.secs(16, 900)))
}

const fn dies(draw: &mut Draw, phase: PhaseName, latest: u64) -> Kill {
    Kill::new(phase, draw.secs(0, latest), draw.secs(1, 60))
}

fn says(when: Trigger, says: Says) -> What {
    What::Says(Entry::new(when, "swarm", says))
}
