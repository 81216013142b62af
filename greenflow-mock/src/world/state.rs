//! The state of a world, and how time passes in it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::provider::{
    CallContext, Fence, FenceToken, HookReport, IntervalSample, Notice, NoticeKey,
};
use greenflow_core::value::{CheckName, EffectId, HookName, ProbeName, RolloutId, Side, WallTime};

use super::BySide;
use super::agenda::{Agenda, Event};
use super::behaviour::{CheckBehaviour, Ending, HookBehaviour, MetricsBehaviour, ProbeBehaviour};
use super::fleet::Fleet;
use super::happen::describe;
use super::ledger::{Ledger, Rates, SideRates};
use super::model::SideModel;
use super::questions::Questions;
use super::router::Router;
use super::traffic::{Diurnal, Traffic};
use super::truth::{Cause, Peaks, Sent, SideTruth, SplitChange, Truth};
use crate::clock::SimClock;
use crate::faults::{FaultSet, SharedFaults};
use crate::provider::Operation;
use crate::trace::Trace;

/// The state of a world.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) seed: u64,
    pub(crate) clock: SimClock,
    pub(crate) now: Duration,
    pub(crate) latency: Duration,
    /// How long before the world's start the day began in its zone.
    pub(crate) into_day: Duration,
    pub(crate) fleets: BySide<Fleet>,
    pub(crate) models: BySide<SideModel>,
    pub(crate) router: Router,
    pub(crate) compute_fence: Fence,
    /// How many compute writes have landed; what a conditional one compares.
    pub(crate) compute_version: u64,
    pub(crate) compute_highest: FenceToken,
    pub(crate) traffic: Traffic,
    pub(crate) ledger: Ledger,
    pub(crate) image_missing: bool,
    pub(crate) metrics: Metrics,
    pub(crate) answers: Answers,
    pub(crate) faults: SharedFaults,
    pub(crate) agenda: Agenda,
    pub(crate) questions: Questions,
    pub(crate) trace: Trace,
    pub(crate) calls: BTreeMap<Operation, u64>,
    pub(crate) calls_in_flight: u32,
    pub(crate) notices_in_flight: u32,
    pub(crate) balancer_writes: u32,
    pub(crate) most: Peaks,
    /// Who brought about what is being settled.
    pub(crate) cause: Option<Cause>,
    pub(crate) history: VecDeque<SplitChange>,
    pub(crate) phase: Option<PhaseName>,
    pub(crate) script: ScriptInbox,
    pub(crate) crash_loops: BySide<u64>,
    pub(crate) observers: Observers,
    /// Calls that observers have not been told of.
    pub(crate) sent: Vec<Sent>,
    /// Checks that passed, of which observers have not been told.
    pub(crate) passed: Vec<CheckName>,
    /// Notices that were taken, of which observers have not been told.
    pub(crate) noticed: Vec<NoticeKey>,
    /// Since when the new version has first harmed people.
    pub(crate) harm_began: Option<WallTime>,
}

/// How the metric source answers.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) shortest: Duration,
    pub(crate) delay: Duration,
    pub(crate) late: Duration,
    pub(crate) behaviour: MetricsBehaviour,
    pub(crate) last: Option<IntervalSample>,
}

/// How everything else answers.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Whether a name that nobody declared is unknown.
    pub(crate) strict: bool,
    pub(crate) every_probe: Option<ProbeBehaviour>,
    pub(crate) probes: BTreeMap<ProbeName, ProbeBehaviour>,
    pub(crate) checks: BTreeMap<CheckName, CheckBehaviour>,
    pub(crate) hooks: BTreeMap<HookName, HookBehaviour>,
    pub(crate) hook_runs: BTreeMap<(RolloutId, EffectId), (Duration, HookReport)>,
    pub(crate) notifier: Ending,
    pub(crate) notices: Vec<(Duration, Notice)>,
}

/// What people have to say, and who waits to say it.
#[derive(Debug, Default)]
pub(crate) struct ScriptInbox {
    pub(crate) due: VecDeque<usize>,
    pub(crate) waker: Option<Waker>,
}

/// Whoever wants to see each event.
#[derive(Default)]
pub(crate) struct Observers(pub(crate) Vec<Observer>);

pub(crate) type Observer = Box<dyn FnMut(&Truth) + Send>;

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} observers", self.0.len())
    }
}

impl State {
    /// Lets everything happen up to and with `to`, in order. A question meets the world as it is
    /// when it arrives, after what happens at that moment.
    pub(crate) fn catch_up(&mut self, to: Duration) {
        // Whoever looks at the world asks, and hardly ever is anything due.
        if !self.questions.is_due(to) && !self.agenda.is_due(to) {
            self.now = self.now.max(to);
            return;
        }
        while let Some((at, question)) = self.questions.next(to) {
            self.pass(at);
            question(self);
        }
        self.pass(to);
    }

    fn pass(&mut self, to: Duration) {
        while let Some((at, event)) = self.agenda.pop(to) {
            self.now = self.now.max(at);
            let told = self.tells(&event).then(|| describe(&event));
            if let Some(told) = &told {
                self.trace.log(self.now, || format!("event {told}"));
            }
            self.happen(event);
            self.settle(told);
        }
        self.now = self.now.max(to);
    }

    /// Notes what has changed, wherever it is kept.
    pub(crate) fn settle(&mut self, event: Option<String>) {
        let rates = self.rates();
        if self.ledger.rates().share != rates.share {
            let now = self.now;
            self.trace.log(now, || {
                let percent = |share: f64| share * 100.0;
                let (blue, green) = (percent(rates.share.blue), percent(rates.share.green));
                format!("traffic blue {blue:.2} % green {green:.2} %")
            });
            self.history.push_back(SplitChange {
                at: now,
                wall: self.clock.true_wall(),
                configured: self.router.configured(),
                share: rates.share,
            });
            if self.history.len() > HISTORY {
                self.history.pop_front();
            }
        }
        if self.harm_began.is_none() && rates.harms(self.ledger.limit()) {
            self.harm_began = Some(self.clock.true_wall());
        }
        self.ledger.change(self.now, rates);
        self.agenda.green_is(self.now, self.router.target().green);
        let cause = self.cause.take();
        if !self.observers.0.is_empty() {
            let mut truth = self.truth();
            truth.event = event;
            truth.cause = cause;
            truth.sent = std::mem::take(&mut self.sent);
            truth.passed = std::mem::take(&mut self.passed);
            truth.noticed = std::mem::take(&mut self.noticed);
            for observer in &mut self.observers.0 {
                observer(&truth);
            }
        }
    }

    pub(crate) fn truth(&self) -> Truth {
        let side = |side: Side| {
            let fleet = self.fleets.get(side);
            SideTruth {
                exists: !fleet.resources.is_empty(),
                desired: fleet.desired(),
                running: fleet.running(),
                healthy: fleet.healthy(self.now),
                capacity: fleet.capacity(self.now),
                pinned_at: fleet.pin,
                digests: fleet.digests(),
            }
        };
        Truth {
            at: self.now,
            wall: self.clock.true_wall(),
            configured: self.router.configured(),
            share: self.router.effective(),
            demand: self.demand(),
            sides: BySide::new(side(Side::Blue), side(Side::Green)),
            calls_in_flight: self.calls_in_flight,
            most: self.most,
            sent: Vec::new(),
            passed: Vec::new(),
            noticed: Vec::new(),
            cause: None,
            event: None,
        }
    }

    /// Returns what is wrong with calls.
    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultSet> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn demand(&self) -> f64 {
        let day = 86_400;
        let since = (self.into_day + self.now).as_secs() % day;
        // The middle of the step that the moment is in.
        let step = Diurnal::STEP.as_secs();
        self.traffic.at(Duration::from_secs(since - since % step + step / 2))
    }

    /// Notes that a check has answered that it passed.
    pub(crate) fn check_passed(&mut self, check: CheckName) {
        if !self.observers.0.is_empty() {
            self.passed.push(check);
        }
    }

    /// Notes that the notifier has taken a notice.
    pub(crate) fn notice_taken(&mut self, key: NoticeKey) {
        if !self.observers.0.is_empty() {
            self.noticed.push(key);
        }
    }

    /// Counts a call in.
    pub(crate) fn call_begins(&mut self, operation: Operation, cx: &CallContext) {
        if !self.observers.0.is_empty() {
            self.sent.push(Sent {
                at: self.now,
                operation,
                rollout: cx.rollout.clone(),
                effect: cx.effect,
                fence: cx.fence,
                deadline: cx.deadline,
            });
        }
        self.calls_in_flight += 1;
        if operation == Operation::Notify {
            self.notices_in_flight += 1;
        } else if operation == Operation::SetSplit {
            self.balancer_writes += 1;
        }
        let calls = self.calls_in_flight.saturating_sub(self.notices_in_flight);
        self.most.calls = self.most.calls.max(calls);
        self.most.balancer_writes = self.most.balancer_writes.max(self.balancer_writes);
    }

    /// Counts a call out.
    pub(crate) fn call_ends(&mut self, operation: Operation) {
        self.calls_in_flight -= 1;
        if operation == Operation::Notify {
            self.notices_in_flight -= 1;
        } else if operation == Operation::SetSplit {
            self.balancer_writes -= 1;
        }
    }

    /// The configuration has changed: the data plane follows in its time.
    pub(crate) fn spread(&mut self) {
        let (version, weights) = (self.router.version(), self.router.configured());
        let now = self.now;
        self.trace.log(now, || {
            let weights: Vec<String> = weights.iter().map(ToString::to_string).collect();
            format!("router {}", weights.join("; "))
        });
        let at = now.saturating_add(self.router.model.propagation);
        self.agenda.at(at, Event::Follow(version, weights));
    }

    /// Plans to look again when the side's next targets become ready.
    pub(crate) fn expect_targets(&mut self, side: Side) {
        if let Some(at) = self.fleets.get(side).next_ready(self.now) {
            self.agenda.at(at, Event::Ready(side));
        }
    }

    fn rates(&self) -> Rates {
        let demand = self.demand();
        let share = self.router.effective();
        let side = |side: Side| {
            let (fleet, model) = (self.fleets.get(side), self.models.get(side));
            let share = *share.get(side);
            let load = demand * share;
            let (errors, latency) = model.under(share, load);
            let over = load - fleet.capacity(self.now);
            SideRates {
                up: fleet.healthy(self.now) > 0,
                overflow: if over > 0.0 { over / load } else { 0.0 },
                errors,
                latency,
                events: model.events.clone(),
            }
        };
        Rates { demand, share, side: BySide::new(side(Side::Blue), side(Side::Green)) }
    }
}

/// Nothing repeats faster than this, so that no world runs for ever at one moment.
pub(crate) const SHORTEST: Duration = Duration::from_secs(1);

/// So many changes of the split are remembered.
const HISTORY: usize = 10_000;
