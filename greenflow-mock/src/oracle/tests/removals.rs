//! Removals that are asked for at the wrong time. The world refuses some of them; what is asked
//! counts.

use std::time::Duration;

use greenflow_core::fact::{Fact, Write};
use greenflow_core::value::{Side, Split, Weight};

use super::tape::{Tape, Told};
use crate::provider::Operation;
use crate::world::{Cause, Change, Landed, RouterChange, Truth};

const SECOND: Duration = Duration::from_secs(1);

fn removed(tape: &Tape, side: Side) -> usize {
    tape.landing(|landed| landed.removed == Some(side))
}

/// Lets the world refuse what lands at a place.
fn refused(tape: Tape, place: usize) -> Tape {
    tape.shape(place, |truth| {
        let Some(Cause::Write(Landed { accepted, .. })) = &mut truth.cause else { unreachable!() };
        *accepted = false;
    })
}

pub(super) fn of_a_blue_that_had_requests(tape: Tape) -> Tape {
    let removed = removed(&tape, Side::Blue);
    let tape = tape.with_look(removed, 30 * SECOND, |truth| truth.share.blue = 0.01);
    refused(tape, removed + 1)
}

pub(super) fn of_a_green_that_had_requests(tape: Tape) -> Tape {
    let removed = removed(&tape, Side::Green);
    let tape = tape.with_look(removed, 45 * SECOND, |truth| truth.share.green = 0.01);
    refused(tape, removed + 1)
}

pub(super) fn of_a_blue_beside_a_dead_green(tape: Tape) -> Tape {
    let removed = removed(&tape, Side::Blue);
    let dead = |truth: &mut Truth| truth.sides.green.healthy = 0;
    refused(tape.shape(removed, dead), removed)
}

pub(super) fn of_a_blue_beside_one_target(tape: Tape) -> Tape {
    let removed = removed(&tape, Side::Blue);
    tape.shape(removed, |truth| {
        truth.sides.green.healthy = 1;
        truth.sides.green.capacity = 1.0;
    })
}

/// Another hand was there before the last look, which must have shown it.
pub(super) fn of_what_was_seen_in_use(tape: Tape) -> Tape {
    let removed = removed(&tape, Side::Blue);
    let half = Split::to_green(Weight::from_percent(50).unwrap());
    let used = |truth: &mut Truth| truth.configured = vec![half.into()];
    let tape = tape.with_look(removed, 60 * SECOND, |truth| {
        used(truth);
        truth.cause = Some(Cause::Change(Change::Router(RouterChange::Split(half))));
    });
    tape.shape(removed + 1, used)
}

pub(super) fn without_a_last_look(mut tape: Tape) -> Tape {
    let is_removal = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Remove { .. }, .. });
    let removal = tape.next_at(tape.place(is_removal));
    let lately = |sent: Duration| sent <= removal && removal.saturating_sub(sent) < 40 * SECOND;
    tape.told.retain(|told| {
        let Told::Sent(sent) = told else { return true };
        sent.operation != Operation::ReadSplit || !lately(sent.at)
    });
    tape
}
