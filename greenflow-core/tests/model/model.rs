//! What can happen in each state, and what comes of it.

use std::mem;

use greenflow_core::fact::Write;
use greenflow_core::machine::{Action as Say, Command, Ended, Input, InputError, PhaseName};
use greenflow_core::provider::Fence;
use greenflow_core::value::{Side, Split, Who as Person};
use stateright::{Model, Property};

use super::action::{Action, Fate, Who};
use super::controller::{Controller, Seat, moment};
use super::effects;
use super::rule::Rule;
use super::setting::{Budget, Setting, Weakness};
use super::state::State;
use super::task::Stage;
use super::turn::{Sight, act};
use super::world::By;

impl Model for Setting {
    type State = State;
    type Action = Action;

    /// All goes well up to the phase in which the check begins.
    fn init_states(&self) -> Vec<State> {
        let mut state = State::new(self);
        while state.phase != self.from {
            let next = expected(&state).expect("a way to the phase");
            state = self.next_state(&state, next).expect("a next state");
        }
        state.left = self.budget;
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if !state.broken.is_empty() {
            return;
        }
        actions.extend(expected(state));
        actions.extend(troubles(state));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Act(who) => act(self, &mut state, who, Sight::True),
            Action::ActOnOldReading(who) => {
                state.left.reads -= 1;
                act(self, &mut state, who, Sight::Old);
            }
            Action::ActBlind(who) => {
                state.left.reads -= 1;
                act(self, &mut state, who, Sight::None);
            }
            Action::Send(who, fate) => {
                state.left.lossy -= u8::from(fate != Fate::Applied);
                effects::send(self, &mut state, who, fate);
            }
            Action::Land(index) => {
                let call = state.world.late.remove(index);
                effects::take_effect(self, &mut state, &call);
            }
            Action::Pass => pass(&mut state),
            Action::Stop(who) => {
                state.left.pauses -= 1;
                stop(&mut state, who);
            }
            Action::Wake(who) => wake(self, &mut state, who),
            Action::TakeOver(who) => take_over(self, &mut state, who),
            Action::AnotherHandToBlue => another_hand(&mut state, Split::ALL_BLUE),
            Action::AnotherHandToGreen => another_hand(&mut state, Split::ALL_GREEN),
            Action::GreenBreaks => {
                state.left.breaks -= 1;
                state.world.broken_at = Some(state.now);
            }
            Action::Abort => abort(self, &mut state),
        }
        settle(&mut state);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

/// The one thing that happens when nothing goes wrong.
fn expected(state: &State) -> Option<Action> {
    for who in Who::ALL {
        let Some(controller) = state.running(who) else { continue };
        if controller.leaving().is_some() {
            return Some(Action::Send(who, Fate::Applied));
        }
        if controller.due(state.now).is_some_and(|due| due <= state.now) {
            return Some(Action::Act(who));
        }
    }
    let waits = Who::ALL.into_iter().find(|who| matches!(state.seat(*who), Seat::Waiting));
    if let Some(who) = waits
        && state.ended.is_none()
        && state.store.is_free(state.now)
    {
        return Some(Action::TakeOver(who));
    }
    next_moment(state).map(|_| Action::Pass)
}

/// Everything else.
fn troubles(state: &State) -> Vec<Action> {
    let mut all = Vec::new();
    let left = state.left;
    all.extend((0..state.world.late.len()).map(Action::Land));
    for who in Who::ALL {
        match state.seat(who) {
            Seat::Waiting => {}
            Seat::Stopped(_) => all.push(Action::Wake(who)),
            Seat::Deposed(_) => all.extend(fates(left, 0).map(|fate| Action::Send(who, fate))),
            Seat::Runs(controller) => {
                all.extend(of_running(state, who, controller));
            }
        }
    }
    if state.ended.is_some() {
        return all;
    }
    if left.foreign > 0 {
        all.extend((state.world.split() != Split::ALL_BLUE).then_some(Action::AnotherHandToBlue));
        all.extend((state.world.split() != Split::ALL_GREEN).then_some(Action::AnotherHandToGreen));
    }
    if left.breaks > 0 && state.world.green && state.world.broken_at.is_none() {
        all.push(Action::GreenBreaks);
    }
    if left.aborts > 0 && Who::ALL.into_iter().any(|who| hears(state, who)) {
        all.push(Action::Abort);
    }
    all
}

fn of_running(state: &State, who: Who, controller: &Controller) -> Vec<Action> {
    let mut all = Vec::new();
    let left = state.left;
    if controller.leaving().is_some() {
        all.extend(fates(left, 1).map(|fate| Action::Send(who, fate)));
    } else if left.reads > 0 && controller.due(state.now).is_some_and(|due| due <= state.now) {
        all.push(Action::ActBlind(who));
        all.extend(state.world.before(state.now).map(|_| Action::ActOnOldReading(who)));
    }
    if left.pauses > 0 && state.ended.is_none() {
        all.push(Action::Stop(who));
    }
    all
}

/// What may become of a write, but for the first `skip`.
fn fates(left: Budget, skip: usize) -> impl Iterator<Item = Fate> {
    let lossy = left.lossy > 0;
    Fate::ALL.into_iter().filter(move |fate| lossy || *fate == Fate::Applied).skip(skip)
}

/// The next moment at which something is due.
fn next_moment(state: &State) -> Option<u64> {
    let now = state.now;
    let controllers = Who::ALL.into_iter().filter_map(|who| state.running(who));
    let due = controllers.filter_map(|controller| controller.due(now));
    let late = state.world.late.iter().map(|call| call.sent_at + effects::LATEST);
    let lease = state.store.until.filter(|_| state.ended.is_none());
    due.chain(late).chain(lease).filter(|moment| *moment > now).min()
}

fn pass(state: &mut State) {
    if let Some(next) = next_moment(state) {
        state.now = next;
    }
    let now = state.now;
    state.world.late.retain(|call| call.sent_at + effects::LATEST > now);
}

/// How long a lease lasts after its owner stopped.
const TTL: u64 = 15_000;

fn stop(state: &mut State, who: Who) {
    let seat = mem::replace(&mut state.seats[who as usize], Seat::Waiting);
    if let Seat::Runs(controller) = seat {
        if state.store.is_held_by(who, controller.epoch, state.now) {
            state.store.until = Some(state.now + TTL);
        }
        state.seats[who as usize] = Seat::Stopped(controller);
    }
}

/// A controller goes on. What had passed its last look at the lease leaves whatever that says by
/// now; nothing else does.
fn wake(setting: &Setting, state: &mut State, who: Who) {
    let seat = mem::replace(&mut state.seats[who as usize], Seat::Waiting);
    let Seat::Stopped(controller) = seat else { return };
    let held = state.store.is_held_by(who, controller.epoch, state.now);
    state.seats[who as usize] = if held {
        state.store.until = None;
        Seat::Runs(controller)
    } else {
        deposed(setting, controller)
    };
}

/// What is left of a controller that was stopped for longer than its lease.
fn deposed(setting: &Setting, mut controller: Controller) -> Seat {
    if setting.lacks(Weakness::AppendsWithoutCompare) {
        return Seat::Runs(controller);
    }
    let asleep_in_the_gap =
        matches!(setting.fence, Fence::PerOperation) || setting.lacks(Weakness::SleepsInTheGap);
    let once = setting.lacks(Weakness::LeaseCheckedOnce);
    controller.tasks.retain_mut(|task| {
        let again = once && task.attempts > 0;
        if again {
            task.stage = Stage::Leaving;
        }
        again || (asleep_in_the_gap && task.stage == Stage::Leaving)
    });
    if controller.tasks.is_empty() { Seat::Waiting } else { Seat::Deposed(controller) }
}

fn take_over(setting: &Setting, state: &mut State, who: Who) {
    let epoch = state.store.claim(who);
    state.taken_at = state.now;
    match Controller::taking_over(&state.store, who, epoch) {
        Ok(controller) => {
            let head = controller.machine.head();
            let same = state.seats.iter().all(|seat| match seat {
                Seat::Stopped(other) if other.machine.head() == head => {
                    other.machine.state() == controller.machine.state()
                }
                Seat::Waiting | Seat::Runs(_) | Seat::Stopped(_) | Seat::Deposed(_) => true,
            });
            state.holds(Rule::S45, same);
            state.seats[who as usize] = Seat::Runs(controller);
        }
        Err(_) => state.holds(Rule::S45, false),
    }
    // Whoever has nothing left to do when it wakes need not sleep on.
    for seat in &mut state.seats {
        if let Seat::Stopped(controller) = seat
            && matches!(deposed(setting, controller.clone()), Seat::Waiting)
        {
            *seat = Seat::Waiting;
        }
    }
}

fn another_hand(state: &mut State, split: Split) {
    state.left.foreign -= 1;
    state.world.change(state.now, split, By::Another);
}

/// Whether a person reaches this controller.
fn hears(state: &State, who: Who) -> bool {
    state.running(who).is_some_and(|controller| {
        controller.inputs.is_empty() && state.store.is_held_by(who, controller.epoch, state.now)
    })
}

fn abort(setting: &Setting, state: &mut State) {
    state.left.aborts -= 1;
    let Some(who) = Who::ALL.into_iter().find(|who| hears(state, *who)) else { return };
    let command = Command::new(Person::new("ann"), "a model", Say::Abort);
    let too_late = matches!(state.phase, PhaseName::Retiring | PhaseName::Watching);
    let Seat::Runs(controller) = &mut state.seats[who as usize] else { return };
    let mut tried = (*controller.machine).clone();
    let answer = tried.handle_input(moment(state.now), Input::Command(command.clone()));
    controller.inputs.push(Input::Command(command));
    let refused = matches!(answer, Err(InputError::Rejected { .. }));
    state.holds(Rule::S38, too_late || !refused);
    act(setting, state, who, Sight::True);
}

/// What must hold in every state.
fn settle(state: &mut State) {
    state.holds(Rule::S20, state.world.blue || state.world.green);
    let (by, _) = state.world.set();
    let gone = state.world.serves_nobody().is_some();
    state.holds(Rule::S03, !gone || by == By::Another);
    if let Some(end) = &state.ended {
        let said = match end {
            Ended::Completed => Some(Split::ALL_GREEN),
            Ended::RolledBack => Some(Split::ALL_BLUE),
            Ended::Refused | Ended::Stuck => None,
        };
        let there = said.is_none_or(|split| state.world.split() == split);
        state.holds(Rule::EndsWhereItSays, there || by == By::Another);
    } else {
        let away = |seat: &Seat| matches!(seat, Seat::Stopped(_) | Seat::Deposed(_));
        let goes_on = state.seats.iter().any(away) || expected(state).is_some();
        state.holds(Rule::GoesOn, goes_on);
    }
}

macro_rules! always {
    ($($rule:ident),*) => {
        vec![$(Property::always(stringify!($rule), |_, state: &State| {
            !state.broken.contains(&Rule::$rule)
        })),*]
    };
}

fn properties() -> Vec<Property<Setting>> {
    let mut all = always!(
        S03,
        S09,
        S17,
        S18,
        S20,
        S22,
        S29,
        S31,
        S32,
        S33,
        S34,
        S37,
        S38,
        S40,
        S42,
        S45,
        Unbroken,
        EndsWhereItSays,
        GoesOn
    );
    all.push(Property::sometimes("completes", |_, state: &State| {
        state.ended.as_ref().is_some_and(|end| *end == Ended::Completed)
    }));
    all.push(Property::sometimes("goes back", |_, state: &State| {
        state.ended.as_ref().is_some_and(|end| *end == Ended::RolledBack)
    }));
    all
}

/// Which side a write removes.
pub(crate) const fn removes(write: &Write) -> Option<Side> {
    match write {
        Write::Remove { side, .. } => Some(*side),
        Write::Raise { .. }
        | Write::Cut
        | Write::Provision { .. }
        | Write::PinBlue { .. }
        | Write::RunHook { .. } => None,
    }
}
