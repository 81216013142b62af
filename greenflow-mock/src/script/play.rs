//! How a script is played.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use greenflow_core::machine::{Command, PhaseName};
use greenflow_core::plan::PlanBody;
use greenflow_core::provider::Clock;
use greenflow_core::value::WallTime;

use super::{Desk, Entry, Script};
use crate::world::{Event, Trigger, World};

/// Something that was said, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Said {
    /// When.
    pub at: Duration,
    /// What.
    pub command: Command,
    /// Whether it was accepted, or why not.
    pub answer: Result<(), String>,
}

impl Script {
    /// Plays the script until nobody drives the rollout any more: tells the world each phase, and
    /// the rollout whatever people have to say. Run it beside the rollout.
    ///
    /// Somebody whose answer is rejected although the plan asked for it tries again a minute
    /// later, a few times.
    pub async fn play(&self, world: &World, desk: &dyn Desk, plan: &PlanBody) -> Vec<Said> {
        let clock = world.clock();
        let now = clock.monotonic();
        let start = clock.true_wall().before(now);
        let mut cast = Cast { world, habitual: Vec::new(), entries: Vec::new(), asked: Vec::new() };
        for entry in self.habits.confirmations(plan, start, now) {
            cast.add(entry, true);
        }
        for entry in &self.entries {
            cast.add(entry.clone(), false);
        }
        let mut said = Vec::new();
        let mut speaking = FuturesUnordered::new();
        let mut phase = desk.next_phase();
        loop {
            let event = Box::pin(next_event(world, &mut speaking));
            let (heard, waiting) = match select(phase, event).await {
                Either::Left((entered, _)) => (Heard::Entered(entered), None),
                Either::Right((heard, waiting)) => (heard, Some(waiting)),
            };
            match heard {
                Heard::Entered(Some(entered)) => {
                    world.note_phase(entered);
                    self.ask(&mut cast, plan, start, entered);
                }
                Heard::Entered(None) => return said,
                Heard::Due(place) => {
                    if let Some(entry) = cast.entries.get(place) {
                        speaking.push(speak(desk, place, entry.command(desk)));
                    }
                }
                Heard::Answer(place, command, answer) => {
                    cast.answered(place, answer.is_err());
                    said.push(Said { at: clock.monotonic(), command, answer });
                }
            }
            phase = waiting.unwrap_or_else(|| desk.next_phase());
        }
    }

    /// People are asked once for each phase, also when it is entered again.
    fn ask(&self, cast: &mut Cast<'_>, plan: &PlanBody, start: WallTime, entered: PhaseName) {
        if cast.asked.contains(&entered) {
            return;
        }
        cast.asked.push(entered);
        let now = cast.world.clock().monotonic();
        for entry in self.habits.answers(plan, entered, start, now) {
            cast.add(entry, true);
        }
    }
}

/// Everybody who has something to say.
struct Cast<'a> {
    world: &'a World,
    entries: Vec<Entry>,
    /// How often each may still be tried again.
    habitual: Vec<u32>,
    asked: Vec<PhaseName>,
}

impl Cast<'_> {
    fn add(&mut self, entry: Entry, habitual: bool) {
        let when = entry.when;
        self.habitual.push(if habitual { TRIES } else { 0 });
        self.entries.push(entry);
        self.plan(self.entries.len() - 1, when);
    }

    fn answered(&mut self, place: usize, rejected: bool) {
        let Some(left) = self.habitual.get_mut(place).filter(|left| rejected && **left > 0) else {
            return;
        };
        *left -= 1;
        let again = self.world.clock().monotonic().saturating_add(AGAIN);
        self.plan(place, Trigger::Elapsed(again));
    }

    fn plan(&self, place: usize, when: Trigger) {
        let mut state = self.world.lock();
        state.agenda.when(when, Event::Script(place));
        let now = state.now;
        state.settle(None);
        state.catch_up(now);
    }
}

enum Heard {
    Entered(Option<PhaseName>),
    Due(usize),
    Answer(usize, Command, Result<(), String>),
}

async fn speak(desk: &dyn Desk, place: usize, command: Command) -> Heard {
    let answer = desk.tell(command.clone()).await;
    Heard::Answer(place, command, answer)
}

/// Waits for the next entry that is due or the next answer.
async fn next_event<F: Future<Output = Heard>>(
    world: &World,
    speaking: &mut FuturesUnordered<F>,
) -> Heard {
    poll_fn(|cx| {
        if let Poll::Ready(Some(heard)) = speaking.poll_next_unpin(cx) {
            return Poll::Ready(heard);
        }
        let mut state = world.lock();
        match state.script.due.pop_front() {
            Some(place) => Poll::Ready(Heard::Due(place)),
            None => {
                state.script.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
    .await
}

/// How often people try again, and how long they wait before it.
const TRIES: u32 = 5;
const AGAIN: Duration = Duration::from_secs(60);
