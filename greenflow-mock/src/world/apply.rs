//! How a change is made, and what takes it back.

use std::mem::replace;

use greenflow_core::value::Side;

use super::agenda::Event;
use super::change::{AnswerChange, Change, RouterChange, SideChange};
use super::fleet::Health;
use super::router::Weights;
use super::state::{SHORTEST, State};
use super::truth::Cause;

impl State {
    /// Makes a change; returns the one that takes it back, if any does.
    pub(crate) fn apply(&mut self, change: Change) -> Option<Change> {
        self.cause = Some(Cause::Change(change.clone()));
        match change {
            Change::Side(side, change) => {
                self.apply_to_side(side, change).map(|back| Change::Side(side, back))
            }
            Change::Router(change) => Some(Change::Router(self.apply_to_router(change))),
            Change::Answer(change) => Some(Change::Answer(self.apply_to_answers(change))),
            Change::Demand(rate) => Some(Change::Demand(replace(&mut self.traffic.rate, rate))),
            Change::ImageMissing(missing) => {
                Some(Change::ImageMissing(replace(&mut self.image_missing, missing)))
            }
            Change::WallJump(millis) => {
                self.clock.jump_wall(millis);
                Some(Change::WallJump(millis.saturating_neg()))
            }
        }
    }

    fn apply_to_side(&mut self, side: Side, change: SideChange) -> Option<SideChange> {
        let ready_at = self.now.saturating_add(self.fleets.get(side).model.startup);
        let fleet = self.fleets.get_mut(side);
        let model = self.models.get_mut(side);
        let back = match change {
            SideChange::Errors(share) => {
                Some(SideChange::Errors(replace(&mut model.errors, share)))
            }
            SideChange::Latency(latency) => {
                Some(SideChange::Latency(replace(&mut model.latency, latency)))
            }
            SideChange::EventRate(name, rate) => {
                let old = model.events.insert(name.clone(), rate);
                Some(SideChange::EventRate(name, old.unwrap_or(0.0)))
            }
            SideChange::Gauge(name, value) => {
                let old = model.gauges.insert(name.clone(), value);
                old.map(|old| SideChange::Gauge(name, old))
            }
            SideChange::PerTarget(rate) => {
                Some(SideChange::PerTarget(replace(&mut fleet.model.per_target, rate)))
            }
            SideChange::Health(health) => Some(self.set_health(side, health)),
            SideChange::Targets(count) => {
                let old = fleet.desired();
                fleet.scale(count, ready_at);
                Some(SideChange::Targets(old))
            }
            SideChange::Quota(quota) => {
                let old = replace(&mut fleet.model.quota, quota);
                fleet.scale(fleet.desired(), ready_at);
                Some(SideChange::Quota(old))
            }
            SideChange::Lose(count) => {
                fleet.replace(count, None, ready_at);
                None
            }
            SideChange::WrongImage(Some((count, digest))) => {
                fleet.replace(count, Some(&digest), self.now);
                Some(SideChange::WrongImage(None))
            }
            SideChange::WrongImage(None) => {
                fleet.restore_digest();
                None
            }
            SideChange::Delete => {
                let all = fleet.resources.clone();
                fleet.remove(&all);
                None
            }
        };
        self.expect_targets(side);
        back
    }

    fn apply_to_router(&mut self, change: RouterChange) -> RouterChange {
        let model = &mut self.router.model;
        match change {
            RouterChange::Split(split) => {
                let weights = vec![Weights::from(split); self.router.configured().len()];
                self.apply_to_router(RouterChange::Weights(weights))
            }
            RouterChange::Weights(weights) => {
                let old = self.router.configured();
                if self.router.configure(self.now, &weights) {
                    self.spread();
                }
                RouterChange::Weights(old)
            }
            RouterChange::Propagation(delay) => {
                RouterChange::Propagation(replace(&mut model.propagation, delay))
            }
            RouterChange::Drain(share, span) => RouterChange::Drain(
                replace(&mut model.drain_share, share),
                replace(&mut model.drain, span),
            ),
        }
    }

    fn apply_to_answers(&mut self, change: AnswerChange) -> AnswerChange {
        let (answers, metrics) = (&mut self.answers, &mut self.metrics);
        match change {
            AnswerChange::Metrics(behaviour) => {
                AnswerChange::Metrics(replace(&mut metrics.behaviour, behaviour))
            }
            AnswerChange::MetricsLate(late) => {
                AnswerChange::MetricsLate(replace(&mut metrics.late, late))
            }
            AnswerChange::Probe(Some(name), behaviour) => {
                let old = answers.probes.insert(name.clone(), behaviour).unwrap_or_default();
                AnswerChange::Probe(Some(name), old)
            }
            AnswerChange::Probe(None, behaviour) => {
                let old = answers.every_probe.replace(behaviour).unwrap_or_default();
                AnswerChange::Probe(None, old)
            }
            AnswerChange::Check(name, behaviour) => {
                let old = answers.checks.insert(name.clone(), behaviour).unwrap_or_default();
                AnswerChange::Check(name, old)
            }
            AnswerChange::Hook(name, behaviour) => {
                let old = answers.hooks.insert(name.clone(), behaviour).unwrap_or_default();
                AnswerChange::Hook(name, old)
            }
            AnswerChange::Notifier(ending) => {
                AnswerChange::Notifier(replace(&mut answers.notifier, ending))
            }
        }
    }

    fn set_health(&mut self, side: Side, health: Health) -> SideChange {
        let generation = self.crash_loops.get_mut(side);
        *generation += 1;
        let generation = *generation;
        let fleet = self.fleets.get_mut(side);
        fleet.set_down(false);
        let old = replace(&mut fleet.model.health, health);
        self.crash(side, true, generation);
        SideChange::Health(old)
    }

    /// Takes a crash loop one turn further, if the side is still in that one.
    pub(crate) fn crash(&mut self, side: Side, down: bool, generation: u64) {
        let fleet = self.fleets.get_mut(side);
        let Health::CrashLoop { up, down: back_after } = fleet.model.health else {
            return;
        };
        if *self.crash_loops.get(side) != generation {
            return;
        }
        fleet.set_down(down);
        let turn = if down { back_after } else { up }.max(SHORTEST);
        let next = Event::CrashLoop { side, down: !down, generation };
        self.agenda.at(self.now.saturating_add(turn), next);
    }
}
