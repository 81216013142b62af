//! What happens in a world by itself, when its time comes.

use super::agenda::Event;
use super::change::Again;
use super::fleet::Autoscaler;
use super::side::SIDES;
use super::state::{SHORTEST, State};
use super::traffic::Diurnal;

impl State {
    /// Lets an event happen.
    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Change(change, lasts, again) => {
                if let Some(again) = again.filter(|again| again.times > 0) {
                    let every = again.every.max(SHORTEST);
                    let rest = Again::new(every, again.times - 1);
                    let next = Event::Change(change.clone(), lasts, Some(rest));
                    self.agenda.at(self.now.saturating_add(every), next);
                }
                let back = self.apply(*change);
                if let (Some(span), Some(back)) = (lasts, back) {
                    self.agenda.at(self.now.saturating_add(span), Event::TakeBack(Box::new(back)));
                }
            }
            Event::TakeBack(change) => {
                self.apply(*change);
            }
            Event::Follow(version, weights) => {
                if self.router.follow(version, &weights) {
                    let at = self.now.saturating_add(self.router.model.drain);
                    self.agenda.at(at, Event::Drained(version));
                }
            }
            Event::Drained(version) => self.router.drained(version),
            Event::Ready(side) => self.expect_targets(side),
            Event::CrashLoop { side, down, generation } => self.crash(side, down, generation),
            Event::Land(write) => {
                let landed = self.land(&write);
                let now = self.now;
                self.trace.log(now, || match landed {
                    Ok(_) => "late write took effect".to_owned(),
                    Err(error) => format!("late write refused: {error}"),
                });
            }
            Event::FaultBegins(place) => {
                let now = self.now;
                self.faults().begin(place, now);
            }
            Event::Autoscale => self.autoscale(),
            Event::Diurnal => {
                self.agenda.at(self.now.saturating_add(Diurnal::STEP), Event::Diurnal);
            }
            Event::Script(entry) => {
                self.script.due.push_back(entry);
                if let Some(waker) = self.script.waker.take() {
                    waker.wake();
                }
            }
        }
    }

    fn autoscale(&mut self) {
        let demand = self.demand();
        for side in SIDES {
            let load = demand * self.router.effective().get(side);
            let ready_at = self.now.saturating_add(self.fleets.get(side).model.startup);
            let fleet = self.fleets.get_mut(side);
            let Some(scaler) = fleet.model.autoscaler.filter(|_| fleet.desired() > 0) else {
                continue;
            };
            let per_target = fleet.model.per_target * scaler.utilisation;
            let least = scaler.min.max(fleet.pin.unwrap_or(0));
            let wanted = needed(load, per_target).clamp(least, scaler.max.max(least));
            if wanted != fleet.desired() {
                fleet.scale(wanted, ready_at);
                self.expect_targets(side);
            }
        }
        self.agenda.at(self.now.saturating_add(Autoscaler::EVERY), Event::Autoscale);
    }

    /// Heartbeats and speech are not told; each of them shows by what comes of it.
    pub(super) const fn tells(&self, event: &Event) -> bool {
        match event {
            Event::Change(..)
            | Event::TakeBack(..)
            | Event::Land(..)
            | Event::FaultBegins(..)
            | Event::CrashLoop { .. }
            | Event::Ready(..) => true,
            Event::Follow(..)
            | Event::Drained(..)
            | Event::Autoscale
            | Event::Diurnal
            | Event::Script(..) => false,
        }
    }
}

/// Says what happens, for the trace and whoever looks on.
pub(super) fn describe(event: &Event) -> String {
    match event {
        Event::Change(change, ..) => format!("change {change:?}"),
        Event::TakeBack(change) => format!("take back to {change:?}"),
        Event::Land(write) => {
            format!("{} sent earlier lands: {}", write.what.operation(), write.what)
        }
        Event::FaultBegins(place) => format!("fault rule {place} begins"),
        Event::CrashLoop { side, down: true, .. } => format!("{side} crashes"),
        Event::CrashLoop { side, down: false, .. } => format!("{side} is back"),
        Event::Ready(side) => format!("{side} has targets ready"),
        Event::Follow(..) => "data plane follows".to_owned(),
        Event::Drained(..) => "drained".to_owned(),
        Event::Autoscale => "autoscalers look".to_owned(),
        Event::Diurnal => "demand curve".to_owned(),
        Event::Script(entry) => format!("script entry {entry}"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, as it should here")]
fn needed(load: f64, per_target: f64) -> u32 {
    if per_target > 0.0 { (load / per_target).ceil() as u32 } else { 0 }
}
