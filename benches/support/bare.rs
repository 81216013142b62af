//! The calls of a rollout without the rollout: what the simulated world itself costs.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::provider::{
    CallContext, Clock as _, FenceToken, Providers, SampleRequest, SetSplit,
};
use greenflow_core::value::{InvalidName, RolloutId, Split, WallTime};
use greenflow_mock::{Operation, Sim, SimError, World};

use super::{SEED, spec};

/// As many provider calls of each kind as a rollout made, in a plain loop over as much virtual
/// time, on the same world and clock. Journal, judge, machine and engine are left out.
#[derive(Debug)]
pub struct BareLoop {
    calls: Vec<Operation>,
    span: Duration,
    cx: CallContext,
}

impl BareLoop {
    /// Spreads the calls that a rollout made over the time it took.
    ///
    /// # Errors
    /// None; the rollout's name is a good one.
    pub fn like(made: &BTreeMap<Operation, u64>, took: Duration) -> Result<Self, InvalidName> {
        let mut calls = Vec::new();
        let mut left: Vec<(Operation, u64)> =
            KINDS.iter().map(|kind| (*kind, made.get(kind).copied().unwrap_or(0))).collect();
        // In turns, so that no kind comes all at once.
        while left.iter().any(|(_, count)| *count > 0) {
            for (kind, count) in left.iter_mut().filter(|(_, count)| *count > 0) {
                *count -= 1;
                calls.push(*kind);
            }
        }
        let cx = CallContext::new(
            RolloutId::new("bare")?,
            FenceToken::default(),
            Duration::from_secs(10),
        );
        let span = took / u32::try_from(calls.len().max(1)).unwrap_or(u32::MAX);
        Ok(Self { calls, span, cx })
    }

    /// Returns how many calls one run makes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Returns whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Makes them all on a new world. Returns how many were answered.
    ///
    /// # Errors
    /// When the simulation is given up.
    pub fn run(&self) -> Result<usize, SimError> {
        let world = World::new(&spec(), SEED);
        let clock = world.clock();
        let providers = world.providers();
        let mut answered = 0;
        let all = async {
            for kind in &self.calls {
                clock.sleep_until(clock.monotonic() + self.span).await;
                answered += usize::from(self.call(&providers, clock.true_wall(), *kind).await);
            }
        };
        Sim::new(&world).run(all)?;
        Ok(answered)
    }

    async fn call(&self, providers: &Providers, now: WallTime, kind: Operation) -> bool {
        let cx = &self.cx;
        if kind == Operation::ReadSplit {
            return providers.load_balancer.read_split(cx).await.is_ok();
        }
        if kind == Operation::SetSplit {
            let all_blue = SetSplit::new(Split::ALL_BLUE);
            return providers.load_balancer.set_split(cx, all_blue).await.is_ok();
        }
        if kind == Operation::Describe {
            return providers.compute.describe(cx).await.is_ok();
        }
        let end = now.before(Duration::from_secs(5));
        let request = SampleRequest::new(end.before(Duration::from_secs(30)), end);
        providers.metrics.sample(cx, request).await.is_ok()
    }
}

/// The kinds that make up nearly all of a rollout's calls.
const KINDS: [Operation; 4] =
    [Operation::ReadSplit, Operation::SetSplit, Operation::Describe, Operation::Sample];
