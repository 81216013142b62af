//! One turn of a controller: everything that is due, to its end.

use std::collections::VecDeque;
use std::mem;

use greenflow_core::fact::{Entry, Outcome, Write};
use greenflow_core::machine::{Input, InputError, Machine, Output, Read, Reading};
use greenflow_core::provider::{ErrorKind, FailureRecord};
use greenflow_core::value::Split;

use super::action::Who;
use super::controller::{Controller, Seat, moment};
use super::facts;
use super::rule::Rule;
use super::setting::{Setting, Weakness};
use super::state::State;
use super::task::Task;
use super::world::World;

/// What the readings of one turn show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sight {
    True,
    Old,
    None,
}

/// Lets a controller do everything that is due.
pub(crate) fn act(setting: &Setting, state: &mut State, who: Who, sight: Sight) {
    let seat = mem::replace(&mut state.seats[who as usize], Seat::Waiting);
    let Seat::Runs(mut controller) = seat else { return };
    let mut turn = Turn { setting, state, sight };
    if turn.run(&mut controller).is_some() {
        state.seats[who as usize] = Seat::Runs(controller);
    }
}

struct Turn<'a> {
    setting: &'a Setting,
    state: &'a mut State,
    sight: Sight,
}

impl Turn<'_> {
    /// `None` when the controller was deposed.
    fn run(&mut self, controller: &mut Controller) -> Option<()> {
        for entry in mem::take(&mut controller.unsaved) {
            self.append(entry)?;
        }
        let mut machine = (*controller.machine).clone();
        let mut inputs: VecDeque<Input> = mem::take(&mut controller.inputs).into();
        if controller.wake.is_some_and(|wake| wake <= self.state.now) {
            inputs.push_back(Input::Tick);
        }
        loop {
            for outcome in self.tasks(controller) {
                inputs.push_back(Input::WriteEnded(outcome));
            }
            let Some(input) = inputs.pop_front() else { break };
            self.feed(&mut machine, input);
            self.drain(&mut machine, controller, &mut inputs)?;
        }
        self.state.phase = machine.phase_name();
        self.state.ended = machine.outcome();
        controller.put(machine);
        Some(())
    }

    fn feed(&mut self, machine: &mut Machine, input: Input) {
        let broken = machine.handle_input(moment(self.state.now), input);
        let sound = !matches!(broken, Err(InputError::InvariantBroken { .. }));
        self.state.holds(Rule::Unbroken, sound);
    }

    /// Lets every write do what is due, and returns how those that ended did.
    fn tasks(&self, controller: &mut Controller) -> Vec<Outcome> {
        let (now, shown) = (self.state.now, self.shown());
        let mut outcomes = Vec::new();
        controller.tasks.retain_mut(|task| {
            while task.due(now).is_some_and(|due| due <= now) {
                if let Some(outcome) = task.step(now, shown.as_ref()) {
                    outcomes.push(outcome);
                    return false;
                }
            }
            true
        });
        outcomes
    }

    /// The world as the readings of this turn show it.
    fn shown(&self) -> Option<World> {
        let mut world = self.state.world.clone();
        match self.sight {
            Sight::True => {}
            Sight::Old => {
                world.splits.pop();
            }
            Sight::None => return None,
        }
        Some(world)
    }

    fn drain(
        &mut self,
        machine: &mut Machine,
        controller: &mut Controller,
        inputs: &mut VecDeque<Input>,
    ) -> Option<()> {
        loop {
            match machine.poll_output() {
                Output::Append(entry) if self.setting.lacks(Weakness::IntentAfterSend) => {
                    controller.unsaved.push(entry);
                }
                Output::Append(entry) => {
                    let stops =
                        facts::goes_back(&entry) && self.setting.lacks(Weakness::StopsBeforeTheCut);
                    self.append(entry)?;
                    if stops {
                        self.state.world.green = false;
                    }
                }
                Output::Write(order) => {
                    let (now, setting) = (self.state.now, self.setting);
                    controller.tasks.push(Task::new(order, now, setting));
                }
                Output::StopWrite(id) => {
                    for task in &mut controller.tasks {
                        task.stop |= task.order.id == id;
                    }
                }
                Output::Read(order) => {
                    let result = self.read(machine, &order.read).ok_or_else(no_answer);
                    inputs.push_back(Input::ReadEnded { read: order.read, result });
                }
                Output::Notify(notice) => {
                    let result = greenflow_core::fact::NoticeResult::Sent;
                    inputs.push_back(Input::NoticeEnded { key: notice.key, result });
                }
                Output::Wait(wait) => {
                    controller.wake = wait.until.map(|until| until.as_millis());
                    return Some(());
                }
            }
        }
    }

    fn append(&mut self, entry: Entry) -> Option<()> {
        facts::look(self.setting, self.state, &entry);
        let compare = !self.setting.lacks(Weakness::AppendsWithoutCompare);
        self.state.store.append(entry, compare).ok()
    }

    fn read(&self, machine: &Machine, read: &Read) -> Option<Reading> {
        let world = self.shown()?;
        Some(match read {
            Read::Split if self.setting.lacks(Weakness::ReadsItsOwnWrites) => {
                Reading::Split(World::read_split(last_set(machine)))
            }
            Read::Split => Reading::Split(World::read_split(world.split())),
            Read::Sides => Reading::Sides(world.read_sides()),
            Read::Sample { start, end, .. } => {
                Reading::Sample(self.state.world.sample(*start, *end))
            }
            // The plan has neither.
            Read::Check { .. } | Read::Probe { .. } => return None,
        })
    }
}

/// What the machine has set last, as far as it knows.
fn last_set(machine: &Machine) -> Split {
    let outstanding = machine.state().outstanding().values();
    let sends = |write: &Write| write.split().is_some();
    if outstanding.into_iter().any(|pending| sends(&pending.write)) {
        return machine.state().traffic().commanded().map_or(Split::ALL_BLUE, |set| set.split());
    }
    machine.state().traffic().expected()
}

fn no_answer() -> FailureRecord {
    FailureRecord { kind: ErrorKind::Timeout, operation: "read".to_owned(), message: String::new() }
}
