//! How a world begins, and what it learns from a plan.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenflow_core::plan::{Analysis, Bound, CheckSpec, ConfirmedBy, PlanBody};
use greenflow_core::provider::FenceToken;
use greenflow_core::value::{MetricName, ResourceId, Side};

use super::agenda::{Agenda, Event};
use super::fleet::{Autoscaler, Fleet};
use super::ledger::Ledger;
use super::questions::Questions;
use super::side::SIDES;
use super::state::{Answers, Metrics, Observers, ScriptInbox, State};
use super::traffic::Diurnal;
use super::truth::Peaks;
use super::{BySide, MetricsBehaviour};
use crate::clock::SimClock;
use crate::faults::{Fault, FaultSet};
use crate::spec::WorldSpec;
use crate::trace::Trace;
use crate::world::ledger::{Rates, SideRates};

impl State {
    /// Begins a world: blue serves, green is not there yet.
    pub(crate) fn new(spec: &WorldSpec, seed: u64, clock: SimClock) -> Self {
        let mut blue = Fleet::empty(spec.blue.fleet.clone());
        let resource = |kind: &str| ResourceId::new(format!("blue-{kind}-0")).ok();
        let resources = ["service", "targets"].into_iter().filter_map(resource).collect();
        blue.launch(resources, &spec.blue_digest, spec.blue_targets, Duration::ZERO);
        let fleets = BySide::new(blue, Fleet::empty(spec.green.fleet.clone()));
        let models = BySide::new(spec.blue.model.clone(), spec.green.model.clone());
        let idle = SideRates {
            up: false,
            overflow: 0.0,
            errors: 0.0,
            latency: models.blue.latency,
            events: BTreeMap::new(),
        };
        // Replaced before any time passes.
        let nothing = Rates {
            demand: 0.0,
            share: BySide::new(0.0, 0.0),
            side: BySide::new(idle.clone(), idle),
        };
        let mut state = Self {
            seed,
            clock,
            now: Duration::ZERO,
            latency: spec.call_latency,
            into_day: spec.time_of_day(),
            fleets,
            models,
            router: super::router::Router::new(spec.router.clone()),
            compute_fence: spec.router.fence,
            compute_version: 0,
            compute_highest: FenceToken::default(),
            traffic: spec.traffic,
            ledger: Ledger::new(seed, spec.latency_limit, nothing),
            image_missing: false,
            metrics: Metrics {
                shortest: spec.metrics_shortest,
                delay: spec.metrics_delay,
                late: Duration::ZERO,
                behaviour: MetricsBehaviour::True,
                last: None,
            },
            answers: Answers { strict: spec.strict_names, ..Answers::default() },
            faults: Arc::new(Mutex::new(FaultSet::default())),
            agenda: Agenda::default(),
            questions: Questions::default(),
            trace: Trace::with_capacity(spec.trace_lines),
            calls: BTreeMap::new(),
            calls_in_flight: 0,
            notices_in_flight: 0,
            balancer_writes: 0,
            most: Peaks::default(),
            cause: None,
            history: VecDeque::new(),
            phase: None,
            script: ScriptInbox::default(),
            crash_loops: BySide::new(0, 0),
            observers: Observers::default(),
            sent: Vec::new(),
            passed: Vec::new(),
            noticed: Vec::new(),
            harm_began: None,
        };
        state.begin(spec);
        state
    }

    /// Adds a fault and plans its beginning.
    pub(crate) fn inject(&mut self, fault: Fault) {
        let (seed, from) = (self.seed, fault.from);
        let place = self.faults().add(fault, seed);
        if let Some(trigger) = from {
            self.agenda.when(trigger, Event::FaultBegins(place));
        }
    }

    /// Makes the names in a plan known; what is known already stays as it is.
    pub(crate) fn learn(&mut self, plan: &PlanBody) {
        for probe in &plan.provision.probes {
            self.answers.probes.entry(probe.name.clone()).or_default();
        }
        let phases = [&plan.preflight.checks, &plan.verify.suites, &plan.confirm.checks];
        for check in phases.into_iter().chain([&plan.retire.checks]).flatten() {
            self.learn_check(check);
        }
        for item in plan.checklists.iter().flat_map(|list| &list.items) {
            if let ConfirmedBy::Check(name) = &item.confirmed_by {
                self.answers.checks.entry(name.clone()).or_default();
            }
        }
        if let Some(hook) = &plan.retire.backup {
            self.answers.hooks.entry(hook.clone()).or_default();
        }
        for analysis in [&plan.shift.analysis, &plan.bake.analysis, &plan.watch.analysis] {
            self.learn_metrics(analysis);
        }
        self.answers.strict = true;
        self.settle(None);
    }

    /// Lets the sides change their roles.
    pub(crate) fn swap_sides(&mut self) {
        std::mem::swap(&mut self.fleets.blue, &mut self.fleets.green);
        std::mem::swap(&mut self.models.blue, &mut self.models.green);
        std::mem::swap(&mut self.crash_loops.blue, &mut self.crash_loops.green);
        self.router.swap_sides();
    }

    fn begin(&mut self, spec: &WorldSpec) {
        for (name, behaviour) in &spec.probes {
            self.answers.probes.insert(name.clone(), *behaviour);
        }
        for (name, behaviour) in &spec.checks {
            self.answers.checks.insert(name.clone(), behaviour.clone());
        }
        for (name, behaviour) in &spec.hooks {
            self.answers.hooks.insert(name.clone(), *behaviour);
        }
        for fault in &spec.faults {
            self.inject(fault.clone());
        }
        for planned in spec.changes.iter().cloned() {
            let event = Event::Change(Box::new(planned.change), planned.lasts, planned.again);
            self.agenda.when(planned.when, event);
        }
        if self.traffic.diurnal.is_some() {
            let step = Diurnal::STEP.as_secs();
            let first = step - self.into_day.as_secs() % step;
            self.agenda.at(Duration::from_secs(first), Event::Diurnal);
        }
        if SIDES.iter().any(|side| self.fleets.get(*side).model.autoscaler.is_some()) {
            self.agenda.at(Autoscaler::EVERY, Event::Autoscale);
        }
        for side in SIDES {
            let health = self.fleets.get(side).model.health;
            self.apply(super::Change::Side(side, super::SideChange::Health(health)));
        }
        self.settle(None);
        self.catch_up(Duration::ZERO);
    }

    fn learn_check(&mut self, check: &CheckSpec) {
        let known = self.answers.checks.entry(check.name.clone()).or_default();
        if known.cases.is_empty() {
            known.cases.clone_from(&check.cases);
        }
    }

    fn learn_metrics(&mut self, analysis: &Analysis) {
        for limit in &analysis.limits {
            match limit.bound {
                Bound::Events { .. } => self.learn_event(&limit.metric),
                Bound::Gauge { below_micros } => {
                    self.learn_gauge(&limit.metric, below_micros as f64 / 2e6);
                }
                Bound::ErrorRate { .. } | Bound::SlowerThan { .. } | Bound::Throughput { .. } => {}
            }
        }
        for metric in &analysis.recorded {
            self.learn_gauge(metric, 50.0);
        }
    }

    fn learn_event(&mut self, name: &MetricName) {
        for side in [Side::Blue, Side::Green] {
            self.models.get_mut(side).events.entry(name.clone()).or_insert(0.0);
        }
    }

    fn learn_gauge(&mut self, name: &MetricName, value: f64) {
        for side in [Side::Blue, Side::Green] {
            let model = self.models.get_mut(side);
            if !model.events.contains_key(name) {
                model.gauges.entry(name.clone()).or_insert(value);
            }
        }
    }
}
