//! Worlds bent in one place.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move, OutcomeClass, Write};
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Digest, RolloutId, Side, Split, Weight};

use super::tape::{Tape, Told, down};
use crate::oracle::Given;
use crate::provider::Operation;
use crate::world::{Cause, Change, Landed, RouterChange, Truth, Weights};

const SECOND: Duration = Duration::from_secs(1);

const NOTHING: Weights = Weights { blue: 0, green: 0, other: 0 };
const BOTH: Weights = Weights { blue: 5000, green: 5000, other: 0 };

const fn is_raise(fact: &Fact) -> bool {
    matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. })
}

const fn bakes(fact: &Fact) -> bool {
    matches!(fact, Fact::Moved(Move::Bake))
}

/// Says that a controller, the journal and blue were away, but at another time.
pub(super) const fn somewhen_else(mut given: Given) -> Given {
    (given.kills, given.no_journal, given.bad_blue) = (true, true, true);
    given
}

/// Returns where the first raise lands.
fn raised(tape: &Tape) -> usize {
    tape.landing(|landed| landed.split.is_some())
}

/// Returns where blue is removed.
fn removed(tape: &Tape) -> usize {
    tape.landing(|landed| landed.removed == Some(Side::Blue))
}

/// Changes what landed at a place.
fn relabel(tape: Tape, place: usize, with: impl FnOnce(&mut Landed)) -> Tape {
    tape.shape(place, |truth| {
        let Some(Cause::Write(landed)) = &mut truth.cause else { unreachable!() };
        with(landed);
    })
}

/// Changes every look at the world from one place to before another.
fn between(tape: Tape, places: std::ops::Range<usize>, with: impl Fn(&mut Truth)) -> Tape {
    places.fold(tape, |tape, place| match &tape.told[place] {
        Told::Truth(_) => tape.shape(place, &with),
        Told::Fact(_) | Told::Sent(_) | Told::Stored(_) | Told::Over(_) => tape,
    })
}

pub(super) fn a_router_set_to_nothing(tape: Tape) -> Tape {
    let raised = raised(&tape);
    let Told::Truth(truth) = &tape.told[raised] else { unreachable!() };
    let meant = truth.configured.clone();
    let tape = tape.with_look(raised + 1, SECOND, |truth| truth.configured = meant);
    tape.shape(raised, |truth| truth.configured = vec![NOTHING])
}

pub(super) fn a_split_that_no_route_ever_showed(tape: Tape) -> Tape {
    let intent = tape.place(is_raise);
    let Fact::Intent { id, .. } = tape.entry(intent).fact else { unreachable!() };
    let outcome = tape.place(|fact| matches!(fact, Fact::Outcome(outcome) if outcome.id == id));
    between(tape, intent..outcome, |truth| truth.configured = vec![Split::ALL_BLUE.into()])
}

pub(super) fn a_raise_to_a_green_that_is_down(tape: Tape) -> Tape {
    let intent = tape.place(is_raise);
    tape.with_look(intent, 60 * SECOND, |truth| down(&mut truth.sides.green))
}

pub(super) fn a_raise_to_a_green_that_is_too_small(tape: Tape) -> Tape {
    let (intent, raised) = (tape.place(is_raise), raised(&tape));
    let small = |truth: &mut Truth| {
        truth.sides.green.healthy = 1;
        truth.sides.green.capacity = 1.0;
    };
    between(tape, intent..raised + 1, small).with_look(intent, 60 * SECOND, small)
}

pub(super) fn a_raise_beside_a_blue_that_is_too_small(tape: Tape) -> Tape {
    let (intent, raised) = (tape.place(is_raise), raised(&tape));
    let small = |truth: &mut Truth| {
        truth.sides.blue.healthy = 1;
        truth.sides.blue.capacity = 1.0;
    };
    between(tape, intent..raised + 1, small).with_look(intent, 60 * SECOND, small)
}

pub(super) fn a_step_that_no_request_shows(tape: Tape) -> Tape {
    let shown = tape.place(|fact| matches!(fact, Fact::TrafficObserved { .. }));
    between(tape, 0..shown, |truth| truth.share.green = 0.0)
}

pub(super) fn a_raise_to_too_few_targets(tape: Tape) -> Tape {
    let intent = tape.place(is_raise);
    tape.with_look(intent, 90 * SECOND, |truth| truth.sides.green.healthy = 1)
}

pub(super) fn a_stranger_that_nobody_answers(mut tape: Tape) -> Tape {
    tape.given = somewhen_else(tape.given);
    let bake = tape.place(bakes);
    tape.standing(bake, 100 * SECOND, strange)
}

pub(super) fn a_blue_below_its_pin(tape: Tape) -> Tape {
    let bake = tape.place(bakes);
    tape.with_look(bake, SECOND, |truth| truth.sides.blue.pinned_at = Some(1))
}

pub(super) fn a_pin_that_is_left(mut tape: Tape) -> Tape {
    let mut last = tape.last_truth();
    (last.cause, last.event) = (None, None);
    last.sides.blue.pinned_at = Some(6);
    tape.told.push(Told::Truth(Box::new(last)));
    tape
}

pub(super) fn a_blue_that_is_there_after_all(mut tape: Tape) -> Tape {
    let mut last = tape.last_truth();
    (last.cause, last.event) = (None, None);
    last.sides.blue.exists = true;
    tape.told.push(Told::Truth(Box::new(last)));
    tape
}

pub(super) fn a_removal_that_was_only_acknowledged(tape: Tape) -> Tape {
    let removed = removed(&tape);
    let ended = tape.last_place(|fact| matches!(fact, Fact::Outcome(_)));
    between(tape, removed..ended, |truth| truth.sides.blue.exists = true)
}

pub(super) fn an_alert_that_nobody_took(tape: Tape) -> Tape {
    let queued = tape.place(
        |fact| matches!(fact, Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Alert),
    );
    let Fact::NoticeQueued(alert) = &tape.entry(queued).fact else { unreachable!() };
    let (key, all) = (alert.key.clone(), 0..tape.told.len());
    between(tape, all, |truth| truth.noticed.retain(|taken| *taken != key))
}

pub(super) fn a_hold_with_too_few_targets(tape: Tape) -> Tape {
    let on = tape.place(|fact| matches!(fact, Fact::Moved(Move::Shift { step: 1 })));
    tape.with_look(on, 90 * SECOND, |truth| truth.sides.green.healthy = 1)
}

pub(super) fn a_start_beside_a_blue_that_is_not_whole(tape: Tape) -> Tape {
    let start = tape.place(|fact| matches!(fact, Fact::Moved(Move::Provision)));
    let short = |truth: &mut Truth| truth.sides.blue.healthy = 5;
    between(tape, 0..start, short).with_look(start, SECOND, short)
}

/// Lets one target of green run something else.
fn strange(truth: &mut Truth) {
    let other = Digest::new(format!("sha256:{}", "c".repeat(64))).unwrap();
    truth.sides.green.digests.push(other);
}

pub(super) fn a_raise_to_a_stranger(mut tape: Tape) -> Tape {
    tape.given = somewhen_else(tape.given);
    let (intent, raised) = (tape.place(is_raise), raised(&tape));
    let tape = tape.shape(raised, strange);
    let tape = between(tape, intent..raised, strange);
    tape.with_look(intent, 60 * SECOND, strange)
}

pub(super) fn a_cut_to_a_blue_that_is_down(mut tape: Tape) -> Tape {
    tape.given = somewhen_else(tape.given);
    let cut = tape.place(|fact| matches!(fact, Fact::Intent { write: Write::Cut, .. }));
    tape.with_look(cut, 90 * SECOND, |truth| down(&mut truth.sides.blue))
}

pub(super) fn blue_removed_beside_nothing(tape: Tape) -> Tape {
    let removed = removed(&tape);
    tape.shape(removed, |truth| down(&mut truth.sides.green))
}

pub(super) fn a_removal_of_what_is_in_use(tape: Tape) -> Tape {
    let removed = removed(&tape);
    tape.shape(removed, |truth| truth.configured = vec![BOTH])
}

pub(super) fn a_write_of_another_rollout(tape: Tape) -> Tape {
    let raised = raised(&tape);
    relabel(tape, raised, |landed| landed.rollout = RolloutId::new("second").unwrap())
}

pub(super) fn another_hand_overwritten(tape: Tape) -> Tape {
    let intent = tape.place(is_raise);
    let quarter = Split::to_green(Weight::from_percent(25).unwrap());
    tape.with_look(intent, 60 * SECOND, |truth| {
        truth.configured = vec![quarter.into()];
        truth.cause = Some(Cause::Change(Change::Router(RouterChange::Split(quarter))));
    })
}

pub(super) fn a_write_that_is_not_applied_and_landed(tape: Tape) -> Tape {
    let intent = tape.place(is_raise);
    let Fact::Intent { id, .. } = tape.entry(intent).fact else { unreachable!() };
    let outcome = tape.place(|fact| matches!(fact, Fact::Outcome(outcome) if outcome.id == id));
    tape.until(outcome).bend(outcome, |entry| {
        let Fact::Outcome(outcome) = &mut entry.fact else { unreachable!() };
        outcome.class = OutcomeClass::NotApplied;
    })
}

pub(super) fn a_write_that_says_something_else(tape: Tape) -> Tape {
    let raised = raised(&tape);
    let mut again = tape.told[raised].clone();
    let Told::Truth(truth) = &mut again else { unreachable!() };
    let Some(Cause::Write(landed)) = &mut truth.cause else { unreachable!() };
    landed.operation = Operation::Pin;
    let mut tape = tape;
    tape.told.insert(raised + 1, again);
    tape
}

pub(super) fn a_write_without_an_intent(tape: Tape) -> Tape {
    let raised = raised(&tape);
    relabel(tape, raised, |landed| landed.split = Some(Split::ALL_GREEN))
}

pub(super) fn two_writes_at_a_time(tape: Tape) -> Tape {
    let raised = raised(&tape);
    tape.shape(raised, |truth| truth.most.balancer_writes = 2)
}
