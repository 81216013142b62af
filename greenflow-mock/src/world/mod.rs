//! The world: two fleets, a router, traffic, and everything that answers for them.

mod agenda;
mod apply;
mod behaviour;
mod change;
mod fleet;
mod happen;
mod land;
mod latency;
mod learn;
mod ledger;
mod model;
mod questions;
mod router;
mod side;
mod state;
mod traffic;
mod trigger;
mod truth;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::plan::PlanBody;
use greenflow_core::provider::{Clock, Notice};
use greenflow_core::value::WallTime;

pub(crate) use agenda::Event;
pub use behaviour::{
    CheckBehaviour, CheckEnd, Ending, HookBehaviour, MetricsBehaviour, ProbeBehaviour,
};
pub use change::{Again, AnswerChange, Change, Planned, RouterChange, SideChange};
pub use fleet::{Autoscaler, FleetModel, Health};
pub(crate) use land::promised;
pub use latency::Latency;
pub(crate) use ledger::Ledger;
pub use ledger::Totals;
pub use model::{Rule, SideModel};
pub(crate) use questions::Question;
pub use router::{RouterModel, Weights};
pub use side::BySide;
pub(crate) use state::State;
pub use traffic::{Diurnal, Traffic};
pub use trigger::Trigger;
pub use truth::{Cause, Landed, Peaks, Sent, SideTruth, SplitChange, Truth};

use crate::clock::SimClock;
use crate::faults::{Fault, SharedFaults};
use crate::journal::MemoryJournal;
use crate::provider::Operation;
use crate::spec::WorldSpec;
use crate::trace::Trace;

/// A simulated world. Clones are handles on the same one.
///
/// Everything in it follows from its [`WorldSpec`], its seed, and the calls made to it.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    pub(crate) clock: SimClock,
}

impl World {
    /// Makes a world.
    #[must_use]
    pub fn new(spec: &WorldSpec, seed: u64) -> Self {
        let clock = SimClock::starting_at(spec.begins());
        let state = State::new(spec, seed, clock.clone());
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// Returns the world's clock.
    #[must_use]
    pub fn clock(&self) -> SimClock {
        self.clock.clone()
    }

    /// Makes a journal on the world's clock, which the world's faults of the journal strike.
    #[must_use]
    pub fn journal(&self) -> MemoryJournal {
        let faults: SharedFaults = Arc::clone(&self.lock().faults);
        MemoryJournal::with_faults(Arc::new(self.clock()), faults)
    }

    /// Makes the names in a plan known: its probes, checks with their cases, hooks and metrics.
    /// From then on a name that neither the plan nor the world file has is unknown.
    pub fn learn(&self, plan: &PlanBody) {
        self.lock().learn(plan);
    }

    /// Says which phase the rollout has entered, so that what waits for it happens.
    pub fn note_phase(&self, phase: PhaseName) {
        let mut state = self.lock();
        if state.phase == Some(phase) {
            return;
        }
        state.phase = Some(phase);
        let now = state.now;
        state.trace.log(now, || format!("phase {phase}"));
        state.agenda.entered(now, phase);
        state.catch_up(now);
    }

    /// Makes a change now.
    pub fn change(&self, change: Change) {
        let mut state = self.lock();
        let text = format!("change {change:?}");
        let now = state.now;
        state.trace.log(now, || format!("event {text}"));
        state.apply(change);
        state.settle(Some(text));
    }

    /// Plans a change.
    pub fn plan(&self, planned: Planned) {
        let mut state = self.lock();
        let event = Event::Change(Box::new(planned.change), planned.lasts, planned.again);
        state.agenda.when(planned.when, event);
        let now = state.now;
        state.settle(None);
        state.catch_up(now);
    }

    /// Adds a fault.
    pub fn inject(&self, fault: Fault) {
        let mut state = self.lock();
        let now = state.now;
        state.inject(fault);
        state.catch_up(now);
    }

    /// Ends every fault of calls, for a liveness phase. Changes that were made stay.
    pub fn end_faults(&self) {
        let mut state = self.lock();
        state.faults().end_all();
        state.settle(None);
    }

    /// Shows every event, once it has happened, to an observer such as an oracle. It must not
    /// call the world.
    pub fn observe(&self, observer: impl FnMut(&Truth) + Send + 'static) {
        self.lock().observers.0.push(Box::new(observer));
    }

    /// Lets the sides change their roles, so that green is the blue of the next rollout.
    pub fn swap_sides(&self) {
        let mut state = self.lock();
        state.swap_sides();
        state.settle(Some("sides swapped".to_owned()));
    }

    /// Returns what is really so.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.lock().truth()
    }

    /// Returns what really happened to the requests so far.
    ///
    /// Looking cuts the present piece of the ledger, which is drawn now; the same run with other
    /// looks has other, equally likely counts from here on.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut state = self.lock();
        let now = state.now;
        state.ledger.totals(now)
    }

    /// Returns when the new version began to harm people, if it did: more than 1 % of its requests
    /// failed, more than 5 % took longer than the limit, or it had traffic and served nobody.
    #[must_use]
    pub fn harm_began(&self) -> Option<WallTime> {
        self.lock().harm_began
    }

    /// Returns every change of what requests really do, oldest first; at most the last 10 000.
    #[must_use]
    pub fn history(&self) -> Vec<SplitChange> {
        self.lock().history.iter().cloned().collect()
    }

    /// Returns how often each operation of a provider was called.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<Operation, u64> {
        self.lock().calls.clone()
    }

    /// Returns the notices that were taken, with their times.
    #[must_use]
    pub fn notices(&self) -> Vec<(Duration, Notice)> {
        self.lock().answers.notices.clone()
    }

    /// Returns the log of everything that happened.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.lock().trace.clone()
    }

    /// Returns when the next event comes that time must stop for.
    #[must_use]
    pub fn next_event(&self) -> Option<Duration> {
        // The lock is enough: whatever is due was caught up with when time last moved.
        self.raw().agenda.next_pressing()
    }

    /// Lets everything happen that is due.
    pub(crate) fn catch_up(&self) {
        drop(self.lock());
    }

    /// Returns the state as it is now: whatever is due has happened.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.raw();
        let now = self.clock.monotonic();
        state.catch_up(now);
        state
    }

    fn raw(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("now", &self.clock.monotonic()).finish_non_exhaustive()
    }
}
