//! Leases, calls and stores bent in one place.

use std::sync::OnceLock;
use std::time::Duration;

use greenflow_core::fact::{Fact, Move};
use greenflow_core::value::{ControllerId, RolloutId, Split};

use super::facts;
use super::tape::{Tape, Told, good, interrupted};
use crate::provider::Operation;

use crate::{StoreAct, StoreEvent};

const SECOND: Duration = Duration::from_secs(1);

/// A rollout with another controller in waiting all the time.
pub(super) fn standby() -> Tape {
    let mut tape = good();
    tape.given.standby = true;
    tape
}

/// A rollout beside one of another service whose journal is damaged.
pub(super) fn beside_damage() -> Tape {
    let mut tape = good();
    tape.given.damaged = true;
    tape
}

/// A rollout whose controller dies while green comes up, with another one in waiting.
pub(super) fn taken_over() -> Tape {
    static TAPE: OnceLock<Tape> = OnceLock::new();
    TAPE.get_or_init(|| interrupted(10 * SECOND)).clone()
}

/// A way back that was taken over, by another epoch's word.
pub(super) fn taken_over_on_the_way_back() -> Tape {
    let tape = facts::back();
    let back = tape.place(|fact| matches!(fact, Fact::Moved(Move::RollBack(_))));
    let began = tape.entry(tape.place(|fact| matches!(fact, Fact::EpochBegan { .. }))).clone();
    tape.with_facts(back + 1, vec![began.fact])
}

const fn leased(act: &StoreAct) -> bool {
    matches!(act, StoreAct::Leased { .. })
}

const fn appended(act: &StoreAct) -> bool {
    matches!(act, StoreAct::Appended { .. })
}

/// Returns where the first split is sent.
fn sends_split(tape: &Tape) -> usize {
    tape.call(|sent| sent.operation == Operation::SetSplit)
}

pub(super) fn a_deposed_controller_appends(tape: Tape) -> Tape {
    let append = tape.stored(appended);
    tape.restore(append, |event| event.epoch = 0)
}

pub(super) fn a_write_on_the_rest_of_a_lease(tape: Tape) -> Tape {
    let call = sends_split(&tape);
    tape.resend(call, |sent| sent.deadline = 16 * SECOND)
}

pub(super) fn an_older_split_that_lands_late(mut tape: Tape) -> Tape {
    let first = tape.landing(|landed| landed.split.is_some());
    let full = tape.landing(|landed| landed.split == Some(Split::ALL_GREEN));
    let late = tape.told[first].clone();
    let at = tape.next_at(full);
    tape.told.insert(full + 1, late);
    tape.shape(full + 1, |truth| truth.at = at)
}

pub(super) fn a_look_without_a_lease(tape: Tape) -> Tape {
    let look = tape.call(|sent| sent.operation == Operation::ReadSplit);
    tape.resend(look, |sent| sent.fence.epoch = 7)
}

pub(super) fn a_write_before_a_look(tape: Tape) -> Tape {
    let began = tape.last_place(|fact| matches!(fact, Fact::EpochBegan { .. }));
    let epoch = tape.entry(began).epoch;
    let first = tape.call(|sent| sent.fence.epoch == epoch);
    tape.resend(first, |sent| {
        sent.operation = Operation::Pin;
        sent.deadline = SECOND;
    })
}

pub(super) fn forward_without_a_journal(tape: Tape) -> Tape {
    let (append, call) = (tape.stored(appended), sends_split(&tape));
    let Told::Sent(sent) = tape.told[call].clone() else { unreachable!() };
    tape.with_stored(call, append, |event| {
        event.at = sent.at.saturating_sub(SECOND);
        event.epoch = sent.fence.epoch;
        event.act = StoreAct::Failed { stored: false };
    })
}

pub(super) fn a_call_for_damaged_facts(tape: Tape) -> Tape {
    let (append, call) = (tape.stored(appended), sends_split(&tape));
    let other = RolloutId::new("other").unwrap();
    let tape = tape.with_stored(call, append, |event| {
        *event = StoreEvent { rollout: other.clone(), act: StoreAct::Damaged, ..event.clone() };
    });
    let mut tape = tape;
    tape.told.insert(call + 1, tape.told[call + 1].clone());
    tape.resend(call + 1, |sent| {
        sent.rollout = other;
        sent.fence.epoch += 1;
    })
}

pub(super) fn a_time_that_runs_ahead(tape: Tape) -> Tape {
    let bake = tape.place(|fact| matches!(fact, Fact::Moved(Move::Bake)));
    let tape = tape.until(bake);
    tape.bend(bake, |entry| entry.at = entry.at.after(86_400 * SECOND))
}

pub(super) fn a_lease_beside_a_live_one(tape: Tape) -> Tape {
    let (lease, call) = (tape.stored(leased), sends_split(&tape));
    let Told::Sent(sent) = tape.told[call].clone() else { unreachable!() };
    let other = ControllerId::new("other").unwrap();
    let tape = tape.until(call - 1);
    let head = tape.facts();
    tape.with_stored(call, lease, |event| {
        (event.at, event.epoch, event.owner) = (sent.at, 99, Some(other));
        event.act = StoreAct::Leased { head, until: sent.at + 15 * SECOND };
    })
}

pub(super) fn a_take_over_that_comes_late(tape: Tape) -> Tape {
    let taken = tape.told.iter().position(
        |told| matches!(told, Told::Stored(event) if event.epoch == 2 && leased(&event.act)),
    );
    tape.restore(taken.unwrap(), |event| event.at += 20 * SECOND)
}

pub(super) fn a_way_back_left_where_it_stood(tape: Tape) -> Tape {
    let removal = tape.landing(|landed| landed.removed.is_some());
    let mut tape = tape.until(removal);
    tape.told.pop();
    tape
}

pub(super) fn a_lease_held_on_after_the_end(tape: Tape) -> Tape {
    let (lease, end) = (tape.stored(leased), tape.told.len());
    let (at, head) = (tape.end, tape.facts());
    tape.with_stored(end, lease, |event| {
        (event.at, event.epoch) = (at, 99);
        event.act = StoreAct::Leased { head, until: at + 3600 * SECOND };
    })
}

pub(super) fn stopped_by_anothers_damage(tape: Tape) -> Tape {
    let bake = tape.place(|fact| matches!(fact, Fact::Moved(Move::Bake)));
    tape.until(bake)
}

pub(super) fn a_rollout_that_is_due_and_waits(tape: Tape) -> Tape {
    let parked = tape.stored(|act| matches!(act, StoreAct::Released { due: Some(_) }));
    let mut tape = tape.until(parked);
    let Told::Stored(StoreEvent { act: StoreAct::Released { due: Some(due) }, .. }) =
        &tape.told[parked]
    else {
        unreachable!()
    };
    tape.end = *due + 60 * SECOND;
    tape
}
