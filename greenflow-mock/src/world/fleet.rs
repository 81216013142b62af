//! A side's targets.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::provider::SideState;
use greenflow_core::value::{Digest, EffectId, ResourceId, RolloutId};

/// How the targets of a side behave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum Health {
    /// Healthy once started.
    Normal,
    /// Never healthy.
    Never,
    /// Never healthy, and the platform stops trying once they should have started.
    GivesUp,
    /// Goes down at once, comes back after `down`, falls again after `up`, and so on: crash-looping
    /// and flapping alike.
    CrashLoop {
        /// How long they stay up.
        up: Duration,
        /// How long they take to come back.
        down: Duration,
    },
}

/// How a side's targets are made.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct FleetModel {
    /// How long a target takes until it is healthy.
    pub startup: Duration,
    /// How many requests a second a target carries.
    pub per_target: f64,
    /// How the targets behave.
    pub health: Health,
    /// An autoscaler, if there is one.
    pub autoscaler: Option<Autoscaler>,
    /// At most so many targets can be had, whatever is asked (F19).
    pub quota: Option<u32>,
}

/// An autoscaler: once a minute it sets the number of targets for the load of the moment, never
/// below the pin.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct Autoscaler {
    /// Never fewer targets.
    pub min: u32,
    /// Never more.
    pub max: u32,
    /// How busy the targets shall be: a share of their capacity.
    pub utilisation: f64,
}

impl Autoscaler {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// Makes one.
    #[must_use]
    pub const fn new(min: u32, max: u32, utilisation: f64) -> Self {
        Self { min, max, utilisation }
    }
}

/// A side's targets.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) model: FleetModel,
    pub(crate) resources: Vec<ResourceId>,
    targets: Vec<Target>,
    desired: u32,
    pub(crate) pin: Option<u32>,
    /// Down for now, in a crash loop.
    down: bool,
    digest: Option<Digest>,
    created: BTreeMap<(RolloutId, EffectId), Vec<ResourceId>>,
}

#[derive(Clone, Debug)]
struct Target {
    digest: Digest,
    ready_at: Duration,
}

impl Fleet {
    /// A side without anything.
    pub(crate) const fn empty(model: FleetModel) -> Self {
        Self {
            model,
            resources: Vec::new(),
            targets: Vec::new(),
            desired: 0,
            pin: None,
            down: false,
            digest: None,
            created: BTreeMap::new(),
        }
    }

    /// Starts `count` targets, known by these resources.
    pub(crate) fn launch(
        &mut self,
        resources: Vec<ResourceId>,
        digest: &Digest,
        count: u32,
        ready_at: Duration,
    ) -> Vec<ResourceId> {
        self.resources = resources;
        self.digest = Some(digest.clone());
        self.targets.clear();
        self.scale(count, ready_at);
        self.resources.clone()
    }

    /// Returns what an earlier write of this effect made.
    pub(crate) fn made_by(&self, key: &(RolloutId, EffectId)) -> Option<&Vec<ResourceId>> {
        self.created.get(key)
    }

    pub(crate) fn remember(&mut self, key: (RolloutId, EffectId), made: Vec<ResourceId>) {
        self.created.insert(key, made);
    }

    /// Sets how many targets there shall be; new ones are ready at `ready_at`. A side whose service
    /// was removed has none.
    pub(crate) fn scale(&mut self, count: u32, ready_at: Duration) {
        if self.is_removed() {
            return;
        }
        self.desired = count;
        let Some(digest) = self.digest.clone() else {
            return;
        };
        let count = self.model.quota.map_or(count, |quota| count.min(quota));
        let count = usize::try_from(count.min(MOST_TARGETS)).unwrap_or(0);
        self.targets.resize(count, Target { digest, ready_at });
    }

    /// Replaces the first `count` targets (F22): they start anew, perhaps with another digest
    /// (F24).
    pub(crate) fn replace(&mut self, count: u32, digest: Option<&Digest>, ready_at: Duration) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for target in self.targets.iter_mut().take(count) {
            target.ready_at = ready_at;
            if let Some(digest) = digest {
                target.digest = digest.clone();
            }
        }
    }

    /// Puts the pinned revision back on every target.
    pub(crate) fn restore_digest(&mut self) {
        if let Some(digest) = &self.digest {
            self.targets.iter_mut().for_each(|target| target.digest = digest.clone());
        }
    }

    /// Removes exactly the named resources; without its service a side has no targets.
    pub(crate) fn remove(&mut self, named: &[ResourceId]) {
        let before = self.resources.len();
        self.resources.retain(|resource| !named.contains(resource));
        if self.resources.len() < before && self.is_removed() {
            self.targets.clear();
            self.desired = 0;
        }
    }

    fn is_removed(&self) -> bool {
        !self.resources.iter().any(|resource| resource.as_str().contains("-service-"))
    }

    /// Returns whether it is meant to run this.
    pub(crate) fn runs(&self, digest: &Digest) -> bool {
        self.digest.as_ref() == Some(digest)
    }

    pub(crate) const fn set_down(&mut self, down: bool) {
        self.down = down;
    }

    pub(crate) const fn desired(&self) -> u32 {
        self.desired
    }

    pub(crate) fn healthy(&self, now: Duration) -> u32 {
        match self.model.health {
            Health::Never | Health::GivesUp => 0,
            Health::CrashLoop { .. } if self.down => 0,
            Health::Normal | Health::CrashLoop { .. } => {
                let ready = self.targets.iter().filter(|target| target.ready_at <= now).count();
                u32::try_from(ready).unwrap_or(u32::MAX)
            }
        }
    }

    /// Returns the requests a second that the healthy targets carry.
    pub(crate) fn capacity(&self, now: Duration) -> f64 {
        f64::from(self.healthy(now)) * self.model.per_target
    }

    /// Returns when the next target becomes ready.
    pub(crate) fn next_ready(&self, now: Duration) -> Option<Duration> {
        self.targets.iter().map(|target| target.ready_at).filter(|at| *at > now).min()
    }

    pub(crate) fn digests(&self) -> Vec<Digest> {
        let mut digests: Vec<Digest> = Vec::new();
        for target in &self.targets {
            // Nearly always all are the same, and then nothing is left to sort.
            if digests.last() != Some(&target.digest) {
                digests.push(target.digest.clone());
            }
        }
        digests.sort();
        digests.dedup();
        digests
    }

    pub(crate) fn running(&self) -> u32 {
        u32::try_from(self.targets.len()).unwrap_or(u32::MAX)
    }

    /// Describes the side as it is.
    pub(crate) fn describe(&self, now: Duration) -> SideState {
        SideState {
            resources: self.resources.clone(),
            digests: self.digests(),
            desired: self.desired,
            healthy: self.healthy(now),
            target_capacity_per_kilosecond: Some(per_kilosecond(self.model.per_target)),
            pinned_at: self.pin,
            reasons: self.reasons(now),
            given_up: self.given_up(now),
        }
    }

    fn given_up(&self, now: Duration) -> Option<String> {
        let tried = !self.targets.is_empty() && self.next_ready(now).is_none();
        (self.model.health == Health::GivesUp && tried)
            .then(|| format!("{} targets failed to start", self.running()))
    }

    fn reasons(&self, now: Duration) -> Vec<String> {
        let mut reasons = Vec::new();
        let running = self.running();
        if running < self.desired {
            reasons.push(format!("{} targets cannot be placed", self.desired - running));
        }
        let starting = self.targets.iter().filter(|target| target.ready_at > now).count();
        if starting > 0 {
            reasons.push(format!("{starting} targets are starting"));
        }
        match self.model.health {
            Health::Never | Health::GivesUp if running > 0 => {
                reasons.push("targets fail their health check".to_owned());
            }
            Health::CrashLoop { .. } if self.down && running > 0 => {
                reasons.push("targets crashed and are being restarted".to_owned());
            }
            Health::Never | Health::GivesUp | Health::Normal | Health::CrashLoop { .. } => {}
        }
        reasons
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, as it should here")]
fn per_kilosecond(per_second: f64) -> u64 {
    (per_second * 1000.0).round() as u64
}

/// No side has more; a request for more is a mistake that must not eat the memory.
const MOST_TARGETS: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_side_is_not_scaled_up_again() {
        let model = crate::WorldSpec::healthy().blue.fleet;
        let mut fleet = Fleet::empty(model);
        let service = ResourceId::new("blue-service-1").unwrap();
        let digest = Digest::new(format!("sha256:{}", "b".repeat(64))).unwrap();
        fleet.launch(vec![service.clone()], &digest, 6, Duration::ZERO);
        assert_eq!(fleet.healthy(Duration::ZERO), 6);
        fleet.remove(&[service]);
        fleet.scale(6, Duration::ZERO);
        assert_eq!((fleet.desired(), fleet.healthy(Duration::ZERO)), (0, 0));
    }
}
