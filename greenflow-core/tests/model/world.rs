//! The outside: a balancer that loses answers and applies writes late, and two sides.

use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::provider::{
    Fence, IntervalSample, ObservedSplit, SideSample, SideState, Sides,
};
use greenflow_core::value::{EffectId, ResourceId, Side, Split, WallTime};

use super::setting::{Setting, Weakness, digest};

/// The first moment of every rollout here, in milliseconds since 1970.
pub(crate) const WALL: i64 = 1_770_768_000_000;
/// How long a reading may show what was before a change, in milliseconds.
pub(crate) const STALE: u64 = 30_000;

/// The outside as it truly is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct World {
    /// Since when which split was set, by whom. The last is the present one.
    pub(crate) splits: Vec<(u64, Split, By)>,
    /// Calls under way that have not taken effect and may.
    pub(crate) late: Vec<Call>,
    pub(crate) blue: bool,
    pub(crate) green: bool,
    /// Since when green fails.
    pub(crate) broken_at: Option<u64>,
    /// The newest token that the balancer has seen, for one with a fence.
    seen: (u64, EffectId),
}

/// Whose hand set a split.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum By {
    Nobody,
    Us,
    Another,
}

/// One call on its way, or waiting to take effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    pub(crate) epoch: u64,
    pub(crate) id: EffectId,
    pub(crate) write: Write,
    pub(crate) sent_at: u64,
    pub(crate) intended_at: u64,
}

impl std::hash::Hash for Call {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.epoch, self.id, self.write.name(), self.sent_at, self.intended_at).hash(state);
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            splits: vec![(0, Split::ALL_BLUE, By::Nobody)],
            late: Vec::new(),
            blue: true,
            green: false,
            broken_at: None,
            seen: (0, EffectId::new(0)),
        }
    }

    pub(crate) fn split(&self) -> Split {
        self.splits[self.splits.len() - 1].1
    }

    /// Who set the present split, and when.
    pub(crate) fn set(&self) -> (By, u64) {
        let (at, _, by) = self.splits[self.splits.len() - 1];
        (by, at)
    }

    pub(crate) fn change(&mut self, now: u64, split: Split, by: By) {
        if self.split() != split {
            self.splits.push((now, split, by));
        }
    }

    /// What a reading may show instead of the truth.
    pub(crate) fn before(&self, now: u64) -> Option<Split> {
        let (changed, ..) = self.splits[self.splits.len() - 1];
        let (_, before, _) = self.splits.iter().rev().nth(1)?;
        (now < changed + STALE).then_some(*before)
    }

    /// The newest epoch that the fence has seen.
    pub(crate) const fn newest(&self) -> u64 {
        self.seen.0
    }

    /// Whether the balancer takes a call, or its fence refuses it.
    pub(crate) fn takes(&mut self, setting: &Setting, call: &Call) -> bool {
        if call.write.split().is_none() || !matches!(setting.fence, Fence::PerOperation) {
            return true;
        }
        let token = (call.epoch, call.id);
        let stale = if setting.lacks(Weakness::FencesByEpochOnly) {
            token.0 < self.seen.0
        } else {
            token < self.seen
        };
        self.seen = self.seen.max(token);
        !stale
    }

    /// A side that gets traffic and is not there.
    pub(crate) fn serves_nobody(&self) -> Option<Side> {
        let split = self.split();
        if split.blue().basis_points() > 0 && !self.blue {
            return Some(Side::Blue);
        }
        (split.green().basis_points() > 0 && !self.green).then_some(Side::Green)
    }

    pub(crate) fn read_split(split: Split) -> ObservedSplit {
        ObservedSplit::single("route".parse().unwrap(), split)
    }

    pub(crate) fn read_sides(&self) -> Sides {
        let side = |name: &str, runs: bool| SideState {
            resources: if runs { vec![ResourceId::new(name).unwrap()] } else { Vec::new() },
            digests: if runs && name == "green-1" { vec![digest()] } else { Vec::new() },
            desired: if runs { 2 } else { 0 },
            healthy: if runs { 2 } else { 0 },
            ..SideState::default()
        };
        Sides { blue: side("blue-1", self.blue), green: side("green-1", self.green) }
    }

    /// What was served: ten requests a second, divided as the split was.
    pub(crate) fn sample(&self, start: WallTime, end: WallTime) -> IntervalSample {
        let millis = |wall: WallTime| u64::try_from(wall.as_unix_millis() - WALL).unwrap_or(0);
        let (from, until) = (millis(start), millis(end));
        let (mut blue, mut green, mut errors) = (0, 0, 0);
        for (index, (at, split, _)) in self.splits.iter().enumerate() {
            let next = self.splits.get(index + 1).map_or(u64::MAX, |(at, ..)| *at);
            let requests = |from: u64, until: u64, share: u16| {
                until.saturating_sub(from) * u64::from(share) / 1_000_000
            };
            let (a, b) = (from.max(*at), until.min(next));
            blue += requests(a, b, split.blue().basis_points());
            green += requests(a, b, split.green().basis_points());
            let broken = self.broken_at.unwrap_or(u64::MAX);
            errors += requests(a.max(broken), b, split.green().basis_points());
        }
        let side = |requests, errors| SideSample { requests, errors, ..SideSample::default() };
        let (blue, green) = (Some(side(blue, 0)), Some(side(green, errors)));
        IntervalSample { start, end, blue, green, unserved: None }
    }
}

pub(crate) const fn millis(duration: Duration) -> u64 {
    duration.as_secs() * 1000 + duration.subsec_millis() as u64
}
