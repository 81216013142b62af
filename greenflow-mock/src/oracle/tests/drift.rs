//! Histories in which another hand is at the balancer.

use std::sync::OnceLock;
use std::time::Duration;

use greenflow_core::fact::{Fact, HoldReason, Move};
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Split, Weight};

use super::tape::{Tape, Told, record};
use crate::WorldSpec;
use crate::world::{Cause, Change, Planned, RouterChange, Trigger, Truth};

const SECOND: Duration = Duration::from_secs(1);

fn quarter() -> Split {
    Split::to_green(Weight::from_percent(25).unwrap())
}

/// A rollout in whose bake another hand sets a quarter, and takes it back.
pub(super) fn drifted() -> Tape {
    static TAPE: OnceLock<Tape> = OnceLock::new();
    let told = || {
        let when = Trigger::Phase { phase: PhaseName::Baking, after: 60 * SECOND };
        let hand = Change::Router(RouterChange::Split(quarter()));
        record(WorldSpec::healthy().with_planned(Planned::new(when, hand).lasting(120 * SECOND)))
    };
    TAPE.get_or_init(told).clone()
}

fn set_by_hand(truth: &mut Truth) {
    truth.configured = vec![quarter().into()];
    truth.cause = Some(Cause::Change(Change::Router(RouterChange::Split(quarter()))));
}

pub(super) fn a_step_beside_another_hands_split(tape: Tape) -> Tape {
    let on = tape.place(|fact| matches!(fact, Fact::Moved(Move::Shift { step: 1 })));
    tape.with_look(on, 75 * SECOND, set_by_hand)
}

pub(super) fn another_hand_that_nobody_answers(tape: Tape) -> Tape {
    let bakes = tape.place(|fact| matches!(fact, Fact::Moved(Move::Bake)));
    tape.standing(bakes, 100 * SECOND, set_by_hand)
}

pub(super) fn a_hold_without_a_word(tape: Tape) -> Tape {
    let held = |fact: &Fact| {
        matches!(fact, Fact::Moved(Move::Hold { reason: HoldReason::Drift { .. }, .. }))
    };
    let held = tape.place(held);
    let told = (0..held).rev().find(|place| {
        let Told::Fact(entry) = &tape.told[*place] else { return false };
        matches!(&entry.fact, Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Page)
    });
    tape.without(told.unwrap())
}
