//! What is going to happen, in order.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::Side;

use super::change::{Again, Change};
use super::router::Weights;
use super::trigger::Trigger;
use crate::provider::Write;

/// Something that happens in the world by itself.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A planned change.
    Change(Box<Change>, Option<Duration>, Option<Again>),
    /// A change is taken back.
    TakeBack(Box<Change>),
    /// The data plane follows a configuration.
    Follow(u64, Vec<Weights>),
    /// What lingered after a change is over.
    Drained(u64),
    /// Targets of a side become ready.
    Ready(Side),
    /// A crash loop goes up or down.
    CrashLoop { side: Side, down: bool, generation: u64 },
    /// A write lands that was sent earlier.
    Land(Box<Write>),
    /// A fault begins.
    FaultBegins(usize),
    /// The autoscalers look.
    Autoscale,
    /// The demand follows its daily curve.
    Diurnal,
    /// Somebody in the script has something to say.
    Script(usize),
}

impl Event {
    /// Whether time must stop for it. The others happen when somebody looks, in their order and
    /// at their time, so that a world with a heartbeat can still be seen to be deadlocked.
    const fn is_pressing(&self) -> bool {
        match self {
            Self::Autoscale | Self::Diurnal | Self::CrashLoop { .. } => false,
            Self::Change(..)
            | Self::TakeBack(..)
            | Self::Follow(..)
            | Self::Drained(..)
            | Self::Ready(..)
            | Self::Land(..)
            | Self::FaultBegins(..)
            | Self::Script(..) => true,
        }
    }
}

/// What is going to happen: at a time, or when something else does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda {
    timed: BTreeMap<(Duration, u64), Event>,
    /// The same keys, of the pressing ones.
    pressing: BTreeMap<(Duration, u64), ()>,
    waiting: Vec<(Trigger, Event)>,
    added: u64,
}

impl Agenda {
    /// Plans an event at a time.
    pub(crate) fn at(&mut self, at: Duration, event: Event) {
        self.added += 1;
        if event.is_pressing() {
            self.pressing.insert((at, self.added), ());
        }
        self.timed.insert((at, self.added), event);
    }

    /// Plans an event on a trigger.
    pub(crate) fn when(&mut self, trigger: Trigger, event: Event) {
        match trigger {
            Trigger::Elapsed(at) => self.at(at, event),
            Trigger::Phase { .. } | Trigger::Green { .. } => self.waiting.push((trigger, event)),
        }
    }

    /// Fires what waits for this phase.
    pub(crate) fn entered(&mut self, now: Duration, entered: PhaseName) {
        self.fire(now, |trigger| match trigger {
            Trigger::Phase { phase, after } if phase == entered => Some(after),
            Trigger::Phase { .. } | Trigger::Elapsed(_) | Trigger::Green { .. } => None,
        });
    }

    /// Fires what waits for this much on green.
    pub(crate) fn green_is(&mut self, now: Duration, share: f64) {
        self.fire(now, |trigger| match trigger {
            Trigger::Green { at_least, after }
                if share * 10_000.0 + 0.5 >= f64::from(at_least.basis_points()) =>
            {
                Some(after)
            }
            Trigger::Green { .. } | Trigger::Elapsed(_) | Trigger::Phase { .. } => None,
        });
    }

    /// Returns when time must stop next.
    pub(crate) fn next_pressing(&self) -> Option<Duration> {
        self.pressing.keys().next().map(|(at, _)| *at)
    }

    /// Returns whether anything happens up to and with `until`.
    pub(crate) fn is_due(&self, until: Duration) -> bool {
        self.timed.first_key_value().is_some_and(|((at, _), _)| *at <= until)
    }

    /// Takes the next event up to and with `until`.
    pub(crate) fn pop(&mut self, until: Duration) -> Option<(Duration, Event)> {
        let entry = self.timed.first_entry().filter(|entry| entry.key().0 <= until)?;
        let (key, event) = entry.remove_entry();
        self.pressing.remove(&key);
        Some((key.0, event))
    }

    fn fire(&mut self, now: Duration, fires: impl Fn(Trigger) -> Option<Duration>) {
        for (trigger, event) in std::mem::take(&mut self.waiting) {
            match fires(trigger) {
                Some(after) => self.at(now.saturating_add(after), event),
                None => self.waiting.push((trigger, event)),
            }
        }
    }
}
