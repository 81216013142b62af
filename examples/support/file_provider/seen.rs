//! What the world itself knows, for whoever owns it: how it stands, and what it has been through.

use std::collections::BTreeSet;

use greenflow_core::provider::ProviderError;
use greenflow_core::value::{Digest, Side, WallTime};
use serde::Serialize;

use super::balancer::Balancing;
use super::compute::Computing;
use super::{FileWorld, compute};

/// How the world stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Standing {
    /// Green's share in basis points; `null` when the routes differ or say none.
    pub green_share: Option<u16>,
    /// What there is of blue.
    pub blue: Fleet,
    /// What there is of green.
    pub green: Fleet,
    /// How many targets were ever made, blue's first ones among them.
    pub targets_ever_made: u64,
}

/// What there is of one side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Fleet {
    /// How many targets.
    pub targets: usize,
    /// What they run.
    pub digests: BTreeSet<Digest>,
    /// Its pin.
    pub pinned_at: Option<u32>,
}

impl FileWorld {
    /// Returns how the world stands.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be read.
    pub fn standing(&self) -> Result<Standing, ProviderError> {
        let balancing: Balancing = self.folder.read("standing")?;
        let computing: Computing = self.folder.read("standing")?;
        Ok(Standing {
            green_share: balancing.share(),
            blue: Fleet::of(&computing.blue),
            green: Fleet::of(&computing.green),
            targets_ever_made: computing.made,
        })
    }

    /// Returns every moment since the beginning at which a side had traffic and fewer than
    /// `minimum` targets that had started. It is no sample: both documents keep every change.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be read.
    pub fn shortages(&self, minimum: usize) -> Result<Vec<String>, ProviderError> {
        let balancing: Balancing = self.folder.read("shortages")?;
        let computing: Computing = self.folder.read("shortages")?;
        let started = computing.history.iter().flat_map(|had| had.blue.iter().chain(&had.green));
        let changed = computing.history.iter().map(|had| had.at);
        let shifted = balancing.history.iter().map(|since| since.at);
        let moments: BTreeSet<WallTime> = started.copied().chain(changed).chain(shifted).collect();
        let found =
            moments.into_iter().filter_map(|at| shortage(&balancing, &computing, at, minimum));
        Ok(found.collect())
    }
}

impl Fleet {
    fn of(fleet: &compute::Fleet) -> Self {
        Self {
            targets: fleet.targets.len(),
            digests: fleet.targets.iter().map(|target| target.digest.clone()).collect(),
            pinned_at: fleet.pinned_at,
        }
    }
}

/// Says what was short at this moment, just after whatever changed at it.
fn shortage(
    balancing: &Balancing,
    computing: &Computing,
    at: WallTime,
    minimum: usize,
) -> Option<String> {
    let share = balancing.history.iter().rev().find(|since| since.at <= at)?.green;
    let had = computing.history.iter().rev().find(|had| had.at <= at)?;
    let sides = [(Side::Blue, share < WHOLE, &had.blue), (Side::Green, share > 0, &had.green)];
    let short = sides.into_iter().find_map(|(side, serves, targets)| {
        let ready = targets.iter().filter(|ready_at| **ready_at <= at).count();
        (serves && ready < minimum).then_some((side, ready))
    })?;
    let (side, ready) = short;
    let at = at.as_unix_millis();
    Some(format!("at {at} green had {share} of {WHOLE}, and {side} {ready} targets of {minimum}"))
}

/// All traffic, in basis points.
const WHOLE: u16 = 10_000;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use greenflow_core::engine::TokioClock;
    use greenflow_core::plan::{Limit, Plan};
    use greenflow_core::value::Revision;

    use super::*;
    use crate::file_provider::fixture::Temporary;

    #[test]
    fn a_side_that_serves_with_too_few_targets_is_seen_afterwards_too() {
        let digest = |fill: &str| Digest::new(format!("sha256:{}", fill.repeat(64))).unwrap();
        let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest("b")))
            .step(100, std::time::Duration::ZERO)
            .limit(Limit::error_rate_percent(1))
            .keep_blue()
            .build()
            .unwrap();
        let (folder, clock) = (Temporary::new().unwrap(), Arc::new(TokioClock::new()));
        let world = FileWorld::create(folder.path(), clock, plan.body(), &digest("a")).unwrap();
        assert_eq!(world.shortages(4).unwrap(), Vec::<String>::new());
        world.compute().scale_down(Side::Blue, 3).unwrap();
        assert_eq!(world.shortages(3).unwrap(), Vec::<String>::new());
        assert_eq!(world.shortages(4).unwrap().len(), 1);
        assert_eq!(world.standing().unwrap().blue.targets, 3);
        assert_eq!(world.standing().unwrap().green_share, Some(0));
    }
}
