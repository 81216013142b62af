//! What happens to controllers and what they leave in their journal, and who starts something too.

use std::time::Duration;

use greenflow_core::machine::PhaseName;

use super::draw::Draw;
use super::trouble::What;
use crate::Damage;
use crate::rehearsal::{Kill, Rival, Starts};

pub(super) fn killed(draw: &mut Draw) -> Vec<What> {
    let phase = draw.phase();
    vec![kill(draw, phase, 300)]
}

/// Killed, and again soon after it was taken up; or, one time in ten, gone at every wait.
pub(super) fn killed_twice(draw: &mut Draw) -> Vec<What> {
    if draw.chance(10) {
        return vec![What::EndsParked];
    }
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

/// Its run is dropped and taken up again in the same process, at once or soon.
pub(super) fn dropped(draw: &mut Draw) -> Vec<What> {
    let phase = draw.phase();
    let away = draw.secs(0, 20);
    vec![What::Kill(Kill::new(phase, draw.secs(0, 300), away).only_dropped())]
}

/// Killed in an append, of which a part is there: all in one of four, none in another.
pub(super) fn torn(draw: &mut Draw) -> Vec<What> {
    let part = u16::try_from(draw.between(1, 999)).unwrap_or(1);
    let kept = draw.pick(0, &[1000, part, part]);
    vec![leaving(draw, Damage::Torn { kept })]
}

pub(super) fn damaged(draw: &mut Draw) -> Vec<What> {
    let place = draw.between(0, 1 << 20);
    let others = [Damage::Lost { fact: place }, Damage::Doubled { fact: place }];
    let damage = draw.pick(Damage::Flipped { bit: place }, &others);
    vec![leaving(draw, damage)]
}

pub(super) fn unsynced(draw: &mut Draw) -> Vec<What> {
    vec![leaving(draw, Damage::Unsynced)]
}

/// One fact of a newer release, that must be understood in one of three.
pub(super) fn other_release(draw: &mut Draw) -> Vec<What> {
    let optional = Damage::Newer { essential: false };
    let others = [optional, optional, Damage::Newer { essential: true }, Damage::NewerFormat];
    let damage = draw.pick(optional, &others);
    vec![leaving(draw, damage)]
}

/// The host starts the rollout again after its plan was changed.
pub(super) fn plan_changed(draw: &mut Draw) -> Vec<What> {
    let starts = draw.pick(Starts::OtherImage, &[Starts::OtherSteps, Starts::OtherLimits]);
    vec![rival(draw, starts)]
}

/// Somebody starts a rollout of the same service, or this one again, at any step of it.
pub(super) fn second_start(draw: &mut Draw) -> Vec<What> {
    let starts = draw.pick(Starts::Another, &[Starts::Another, Starts::Again]);
    vec![rival(draw, starts)]
}

fn rival(draw: &mut Draw, starts: Starts) -> What {
    // One in four comes in the very moment in which the rollout is started.
    if draw.chance(25) {
        return What::Starts(Rival::new(PhaseName::Scheduled, Duration::ZERO, starts));
    }
    let phase = draw.phase();
    What::Starts(Rival::new(phase, draw.secs(0, 300), starts))
}

fn leaving(draw: &mut Draw, damage: Damage) -> What {
    let phase = draw.phase();
    What::Kill(dies(draw, phase, 300).leaving(damage))
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
