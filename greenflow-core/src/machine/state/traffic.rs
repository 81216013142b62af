//! What is known of the split, in its three grades, and which writes may still land.

use std::time::Duration;

use crate::provider::ObservedSplit;
use crate::value::{Commanded, ReadBack, Split, Timestamp, TrafficObserved};

/// What is known of the split, in its three grades, and which writes may still land.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traffic {
    /// The last split that was sent.
    pub(crate) commanded: Option<Commanded>,
    /// The last split that the configuration confirmed.
    pub(crate) read_back: Option<ReadBack>,
    /// The last split that the requests showed.
    pub(crate) observed: Option<TrafficObserved>,
    /// Since when all requests have been seen on green; the start of retention.
    pub(crate) full_since: Option<Timestamp>,
    /// When the last write of any kind was sent, as far as is known.
    pub(crate) last_sent: Option<Timestamp>,
    /// Until when a write of ours with an unknown outcome may still land.
    pub(crate) late_until: Timestamp,
    /// Whether green was ever given traffic, by us or, as far as was seen, by another hand.
    pub(crate) raised: bool,
}

impl Traffic {
    /// Returns the last split that was sent.
    #[must_use]
    pub const fn commanded(&self) -> Option<Commanded> {
        self.commanded
    }

    /// Returns the last split that the configuration confirmed.
    #[must_use]
    pub const fn read_back(&self) -> Option<ReadBack> {
        self.read_back
    }

    /// Returns the last split that the requests showed.
    #[must_use]
    pub const fn observed(&self) -> Option<TrafficObserved> {
        self.observed
    }

    /// Returns what the configuration should say now.
    #[must_use]
    pub fn expected(&self) -> Split {
        self.read_back.map_or(Split::ALL_BLUE, ReadBack::split)
    }

    /// Returns whether a reading shows nothing but what we set: each route the split that was
    /// confirmed, or the one that was sent after it. A write that broke off half way, as when its
    /// controller died between two routes, leaves both behind.
    #[must_use]
    pub(crate) fn may_show(&self, seen: &ObservedSplit) -> bool {
        let expected = self.expected();
        let sent = self.commanded.map_or(expected, Commanded::split);
        let ours = |split: Split| split == expected || split == sent;
        !seen.routes.is_empty() && seen.routes.iter().all(|route| route.split.is_some_and(ours))
    }

    /// Returns whether green may be getting requests.
    #[must_use]
    pub fn on_green(&self) -> bool {
        self.expected() != Split::ALL_BLUE
    }

    pub(super) fn sent(&mut self, at: Timestamp) {
        self.last_sent = self.last_sent.max(Some(at));
    }

    pub(super) fn may_land_until(&mut self, until: Timestamp) {
        self.late_until = self.late_until.max(until);
    }

    /// Returns from when on nothing that was ever sent can still land.
    pub(crate) fn quiet_from(&self, late_effect_bound: Duration) -> Timestamp {
        self.last_sent.map_or(Timestamp::ZERO, |sent| sent.after(late_effect_bound))
    }
}
