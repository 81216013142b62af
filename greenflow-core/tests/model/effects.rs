//! What a write does to the world, and what it must not do.

use std::mem;

use greenflow_core::fact::{Fact, Write};
use greenflow_core::provider::Fence;
use greenflow_core::value::{EffectId, Side};

use super::action::{Fate, Who};
use super::controller::Seat;
use super::facts;
use super::model::removes;
use super::rule::Rule;
use super::setting::Setting;
use super::state::State;
use super::world::{By, Call, STALE};

/// A call takes effect at the latest so long after it was sent.
pub(crate) const LATEST: u64 = 180_000;
/// How old a reading may be when a write relies on it.
const FRESH: u64 = 10_000;
/// A raise that is tried again is stopped by the second poll that shows another hand's split.
const TWO_POLLS: u64 = 60_000;

/// A write leaves.
pub(crate) fn send(setting: &Setting, state: &mut State, who: Who, fate: Fate) {
    let seat = mem::replace(&mut state.seats[who as usize], Seat::Waiting);
    let (Seat::Runs(mut controller) | Seat::Deposed(mut controller)) = seat else { return };
    let deposed = !state.store.is_held_by(who, controller.epoch, state.now);
    let Some(index) = controller.leaving() else { return };
    let order = controller.tasks[index].order.clone();
    let intent = intent(state, order.id);
    let call = Call {
        epoch: controller.epoch,
        id: order.id,
        write: order.write,
        sent_at: state.now,
        intended_at: intent.map_or(state.now, |(at, _)| at),
    };
    state.holds(Rule::S42, intent.is_some());
    let raises = matches!(call.write, Write::Raise { .. });
    let another = intent.is_some_and(|(_, epoch)| epoch != call.epoch);
    state.holds(Rule::S33, !(raises && another));
    older(setting, state, &call, deposed);
    let mut fate = fate;
    match fate {
        Fate::Applied | Fate::AnswerLost => {
            if !take_effect(setting, state, &call) && fate == Fate::Applied {
                fate = Fate::Refused;
            }
        }
        // What a fence has accepted it knows, whenever that takes effect.
        Fate::AcceptedOnly if !state.world.takes(setting, &call) => fate = Fate::Refused,
        Fate::AcceptedOnly | Fate::Lost => state.world.late.push(call),
        Fate::Refused => {}
    }
    if deposed && !matches!(state.seats[who as usize], Seat::Runs(_)) {
        // Whatever it learns, it knows by now that it is deposed.
        controller.tasks.remove(index);
        if controller.leaving().is_some() {
            state.seats[who as usize] = Seat::Deposed(controller);
        }
        return;
    }
    if let Some(outcome) = controller.tasks[index].sent(state.now, fate, setting) {
        controller.tasks.remove(index);
        controller.inputs.push(greenflow_core::machine::Input::WriteEnded(outcome));
    }
    state.seats[who as usize] = Seat::Runs(controller);
}

/// Nothing is removed, and green gets no more, while another write to the balancer may still land.
fn older(setting: &Setting, state: &mut State, call: &Call, deposed: bool) {
    let grave = matches!(call.write, Write::Raise { .. }) || removes(&call.write).is_some();
    if !grave || deposed || matches!(setting.fence, Fence::PerOperation) {
        return;
    }
    let other = |late: &Call| late.write.split().is_some() && late.id != call.id;
    let none = !state.world.late.iter().any(other);
    state.holds(Rule::S31, none);
}

/// A write takes effect, unless the balancer's fence refuses it. Returns whether it did.
pub(crate) fn take_effect(setting: &Setting, state: &mut State, call: &Call) -> bool {
    let newest = state.world.newest();
    if !state.world.takes(setting, call) {
        return false;
    }
    if call.write.split().is_some() {
        let fenced = matches!(setting.fence, Fence::PerOperation);
        let stale = if fenced {
            call.epoch < newest
        } else {
            call.epoch < state.store.epoch && call.sent_at > state.taken_at
        };
        state.holds(Rule::S32, !stale);
    }
    match &call.write {
        Write::Raise { .. } | Write::Cut => route(setting, state, call),
        Write::Provision { .. } => state.world.green = true,
        Write::Remove { side, .. } => remove(setting, state, call, *side),
        Write::PinBlue { .. } | Write::RunHook { .. } => {}
    }
    true
}

fn route(setting: &Setting, state: &mut State, call: &Call) {
    let Some(split) = call.write.split() else { return };
    let (by, changed) = state.world.set();
    // What another hand has set back to what was confirmed last cannot be told from a write of ours
    // that did not land.
    let present = state.world.split();
    let overwrites = by == By::Another && present != split && present != facts::confirmed(state);
    // Before the intent a reading was looked for.
    let polled = stale(setting) + TWO_POLLS;
    let known = changed + unseen(setting) < call.intended_at || changed + polled < call.sent_at;
    let forward = matches!(call.write, Write::Raise { .. });
    state.holds(Rule::S34, !(overwrites && known && forward));
    state.world.change(state.now, split, By::Us);
}

fn remove(setting: &Setting, state: &mut State, call: &Call, side: Side) {
    let (by, changed) = state.world.set();
    let split = state.world.split();
    let share = if side == Side::Blue { split.blue() } else { split.green() };
    let unseen = by == By::Another && changed + unseen(setting) > call.intended_at;
    state.holds(Rule::S22, share.basis_points() == 0 || unseen);
    match side {
        Side::Blue => {
            let decided = facts::retires(state);
            state.holds(Rule::S17, decided);
            state.world.blue = false;
        }
        Side::Green => {
            let cut = facts::is_cut(state);
            state.holds(Rule::S18, cut);
            state.world.green = false;
        }
    }
}

/// When the intent of a write became durable, and in which epoch.
fn intent(state: &State, id: EffectId) -> Option<(u64, u64)> {
    state.store.entries().rev().find_map(|entry| match &entry.fact {
        Fact::Intent { id: intended, .. } if *intended == id => {
            Some((entry.at.as_millis(), entry.epoch))
        }
        _ => None,
    })
}

/// Until when after a change it may not have been seen.
const fn unseen(setting: &Setting) -> u64 {
    FRESH + stale(setting)
}

/// How old what a reading shows may be.
const fn stale(setting: &Setting) -> u64 {
    if setting.budget.reads > 0 { STALE } else { 0 }
}
