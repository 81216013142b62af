//! The compute provider: one document with the targets of both sides.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Clock, Compute, ComputeCapabilities, ErrorKind, Fence, Pin, ProviderError,
    Provision, Provisioned, Remove, SideState, Sides,
};
use greenflow_core::value::{Digest, ResourceId, Side, WallTime};
use serde::{Deserialize, Serialize};

use super::balancer::Balancing;
use super::fenced::Fenced;
use super::store::{Document, Folder, refused};

/// `compute.json`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Computing {
    pub(super) blue: Fleet,
    pub(super) green: Fleet,
    /// How many targets were ever made: a name is never given twice.
    pub(super) made: u64,
    /// What there was, oldest first: for whoever asks afterwards whether it was ever too little.
    pub(super) history: Vec<Had>,
    fenced: Fenced,
}

/// The targets of one side.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Fleet {
    pub(super) targets: Vec<Target>,
    pub(super) pinned_at: Option<u32>,
}

/// From when on there were which targets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Had {
    pub(super) at: WallTime,
    /// When each of them has started.
    pub(super) blue: Vec<WallTime>,
    pub(super) green: Vec<WallTime>,
}

/// One target.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) id: ResourceId,
    pub(super) digest: Digest,
    /// When it has started.
    pub(super) ready_at: WallTime,
    /// What it answers when asked how it is; `null` is nothing at all.
    pub(super) answer: Option<String>,
}

impl Document for Computing {
    const FILE: &'static str = "compute.json";
}

impl Computing {
    pub(super) const fn fleet(&self, side: Side) -> &Fleet {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    pub(super) const fn fleet_mut(&mut self, side: Side) -> &mut Fleet {
        match side {
            Side::Blue => &mut self.blue,
            Side::Green => &mut self.green,
        }
    }

    /// Notes what there is from now on.
    pub(super) fn note(&mut self, now: WallTime) {
        let started = |fleet: &Fleet| fleet.targets.iter().map(|target| target.ready_at).collect();
        // Another process may have a clock that is ahead; history never runs back.
        let at = self.history.last().map_or(now, |last| last.at.max(now));
        let had = Had { at, blue: started(&self.blue), green: started(&self.green) };
        let same = |last: &Had| last.blue == had.blue && last.green == had.green;
        if !self.history.last().is_some_and(same) {
            self.history.push(had);
        }
    }

    /// Gives a side exactly so many targets of this digest. Those it has already are kept, so
    /// saying it again changes nothing (CO-3).
    pub(super) fn fill(
        &mut self,
        side: Side,
        digest: &Digest,
        count: u32,
        ready_at: WallTime,
    ) -> Result<(), ProviderError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let mut made = self.made;
        let targets = &mut self.fleet_mut(side).targets;
        targets.retain(|target| target.digest == *digest);
        targets.truncate(count);
        while targets.len() < count {
            made += 1;
            let id = ResourceId::new(format!("{side}-{made}"))
                .map_err(|error| refused(ErrorKind::Unexpected, "provision").caused_by(error))?;
            let answer = Some(WELL.to_owned());
            targets.push(Target { id, digest: digest.clone(), ready_at, answer });
        }
        self.made = made;
        Ok(())
    }
}

impl Target {
    /// Returns whether it would answer production traffic now (CO-4).
    pub(super) fn is_healthy(&self, now: WallTime) -> bool {
        self.ready_at <= now && self.answer.as_deref() == Some(WELL)
    }
}

impl Fleet {
    fn state(&self, now: WallTime) -> SideState {
        let mut digests: Vec<Digest> =
            self.targets.iter().map(|target| target.digest.clone()).collect();
        digests.sort();
        digests.dedup();
        let ill = self.targets.iter().filter(|target| !target.is_healthy(now));
        SideState {
            resources: self.targets.iter().map(|target| target.id.clone()).collect(),
            digests,
            desired: count(self.targets.len()),
            healthy: count(self.targets.len() - ill.clone().count()),
            target_capacity_per_kilosecond: Some(CAPACITY),
            pinned_at: self.pinned_at,
            reasons: ill.take(3).map(|target| format!("{} does not answer", target.id)).collect(),
            given_up: None,
        }
    }
}

fn count(targets: usize) -> u32 {
    u32::try_from(targets).unwrap_or(u32::MAX)
}

/// What a target answers that is well.
pub(super) const WELL: &str = "ok";
/// How many requests one target carries in 1000 s.
const CAPACITY: u64 = 100_000;

/// A compute provider whose targets are listed in `compute.json`.
#[derive(Clone, Debug)]
pub struct FileCompute {
    folder: Folder,
    clock: Arc<dyn Clock>,
    startup: Duration,
}

impl FileCompute {
    pub(super) const fn new(folder: Folder, clock: Arc<dyn Clock>, startup: Duration) -> Self {
        Self { folder, clock, startup }
    }

    /// Takes a side down to so many targets, as automation does by itself: never below its pin
    /// (CO-6).
    ///
    /// # Errors
    /// [`ProviderError`] when the document cannot be written.
    pub fn scale_down(&self, side: Side, to: u32) -> Result<(), ProviderError> {
        self.folder.update("scale_down", |computing: &mut Computing| {
            let fleet = computing.fleet_mut(side);
            let least = to.max(fleet.pinned_at.unwrap_or(0));
            fleet.targets.truncate(usize::try_from(least).unwrap_or(usize::MAX));
            computing.note(self.clock.wall());
            Ok(())
        })
    }
}

#[async_trait]
impl Compute for FileCompute {
    fn capabilities(&self) -> ComputeCapabilities {
        ComputeCapabilities { fence: Fence::PerOperation, pins: true }
    }

    async fn describe(&self, _: &CallContext) -> Result<Sides, ProviderError> {
        let computing: Computing = self.folder.read("describe")?;
        let now = self.clock.wall();
        Ok(Sides { blue: computing.blue.state(now), green: computing.green.state(now) })
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        let now = self.clock.wall();
        let ready_at = now.after(self.startup);
        self.folder.update("provision", |computing: &mut Computing| {
            // What is fenced is what the write is about: a pin of blue may overtake this one.
            computing.fenced.admit(cx, "green", "provision")?;
            // CO-2: by digest; the image's name decides nothing here.
            let digest = &request.revision.digest;
            computing.fill(Side::Green, digest, request.capacity, ready_at)?;
            computing.note(now);
            let targets = &computing.green.targets;
            let resources = targets.iter().map(|target| target.id.clone()).collect();
            Ok(Provisioned { resources })
        })
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        let now = self.clock.wall();
        let ready_at = now.after(self.startup);
        self.folder.update("pin", |computing: &mut Computing| {
            computing.fenced.admit(cx, &format!("the pin of {}", request.side), "pin")?;
            let fleet = computing.fleet_mut(request.side);
            fleet.pinned_at = request.minimum;
            let has = count(fleet.targets.len());
            let digest = fleet.targets.first().map(|target| target.digest.clone());
            if let Some((minimum, digest)) = request.minimum.zip(digest)
                && has < minimum
            {
                computing.fill(request.side, &digest, minimum, ready_at)?;
                computing.note(now);
            }
            Ok(())
        })
    }

    async fn remove(&self, cx: &CallContext, request: Remove) -> Result<(), ProviderError> {
        let operation = "remove";
        // CO-8: whether the side takes traffic must not change until it is removed.
        let _traffic_stays = self.folder.lock::<Balancing>(operation)?;
        let balancing: Balancing = self.folder.read(operation)?;
        self.folder.update(operation, |computing: &mut Computing| {
            computing.fenced.admit(cx, &request.side.to_string(), operation)?;
            let targets = &mut computing.fleet_mut(request.side).targets;
            let named = |target: &Target| request.resources.contains(&target.id);
            if targets.iter().any(named) && balancing.may_reach(request.side) {
                return Err(refused(ErrorKind::Conflict, operation)
                    .on(request.side.to_string())
                    .because("it takes production traffic"));
            }
            // CO-7: exactly what is named; what is gone already is removed.
            targets.retain(|target| !named(target));
            computing.note(self.clock.wall());
            Ok(())
        })
    }
}
