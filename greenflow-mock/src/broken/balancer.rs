//! Balancers that are wrong on purpose.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, Fence, FenceToken, Granularity, LoadBalancer, LoadBalancerCapabilities,
    ObservedSplit, ProviderError, SetSplit,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::{EffectId, Split, Weight};

use super::memory::{Busy, Memory};
use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};
use crate::spec::WorldSpec;

mistakes! {
    /// What a balancer does wrong.
    BalancerMistake {
        /// It does not see the last of its routes.
        LosesARoute = ("loses-a-route", "LB-1"),
        /// It acknowledges half and half, and does nothing.
        OnlyAcknowledges = ("only-acknowledges", "LB-2"),
        /// It refuses a write that it has done already.
        RefusesRepeats = ("refuses-repeats", "LB-3"),
        /// It answers the repeat of a write from memory.
        AnswersFromMemory = ("answers-from-memory", "LB-3"),
        /// It goes to a split by way of another one.
        GoesInTwoSteps = ("goes-in-two-steps", "LB-4"),
        /// It rounds a split that it cannot represent.
        RoundsSplits = ("rounds-splits", "LB-5"),
        /// It says of every failed write that it did not happen.
        DeniesEffects = ("denies-effects", "LB-6"),
        /// It declares a shorter late-effect bound than it keeps.
        PromisesTooMuch = ("promises-too-much", "LB-7"),
        /// It gives a stale write the newest token.
        RenewsTokens = ("renews-tokens", "LB-8"),
        /// It reads foreign weights as what it has set itself.
        GuessesForeignWeights = ("guesses-foreign-weights", "LB-9"),
        /// It stays locked when a write is dropped.
        StaysLocked = ("balancer-stays-locked", "LB-10"),
    }
}

impl BalancerMistake {
    /// Runs the test kit on a balancer that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::load_balancer(self.name(), &self.world(), |fixture| {
            Arc::new(BrokenBalancer::new(self, fixture.providers().load_balancer))
        })
    }

    /// Some mistakes show only on a balancer that can do more, or less.
    fn world(self) -> WorldSpec {
        let mut spec = world_for_kit();
        if matches!(self, Self::RoundsSplits | Self::RenewsTokens) {
            spec.router.granularity = Granularity::Steps { basis_points: 100 };
            spec.router.fence = Fence::PerOperation;
        }
        spec
    }
}

/// A balancer that makes one mistake.
#[derive(Debug)]
pub struct BrokenBalancer {
    mistake: BalancerMistake,
    inner: Arc<dyn LoadBalancer>,
    highest: Memory<FenceToken>,
    last: Memory<Split>,
    done: Memory<BTreeSet<EffectId>>,
    busy: Busy,
}

impl BrokenBalancer {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: BalancerMistake, inner: Arc<dyn LoadBalancer>) -> Self {
        let (highest, last) = (Memory::default(), Memory::default());
        let (done, busy) = (Memory::default(), Busy::default());
        Self { mistake, inner, highest, last, done, busy }
    }

    async fn set_locked(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        if self.busy.put_up() {
            return Err(ProviderError::new(ErrorKind::Unavailable, "set split").not_applied());
        }
        let answer = self.inner.set_split(cx, request).await;
        self.busy.take_down();
        answer
    }

    async fn set_once(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        let Some(effect) = cx.effect else { return self.inner.set_split(cx, request).await };
        if self.done.with(|done| done.contains(&effect)) {
            return Ok(());
        }
        self.inner.set_split(cx, request).await?;
        self.done.with(|done| done.insert(effect));
        Ok(())
    }

    async fn set_in_two(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        let mut first = cx.clone();
        first.effect = None;
        self.inner.set_split(&first, SetSplit::new(green(500))).await?;
        self.inner.set_split(cx, request).await
    }

    fn round(&self, split: Split) -> Split {
        match self.inner.capabilities().granularity {
            Granularity::Steps { basis_points } if basis_points > 0 => {
                green(split.green().basis_points() / basis_points * basis_points)
            }
            Granularity::Steps { .. } | Granularity::Whole => split,
        }
    }

    fn renew(&self, cx: &CallContext) -> CallContext {
        let mut renewed = cx.clone();
        renewed.fence = self.highest.with(|highest| {
            *highest = (*highest).max(cx.fence);
            *highest
        });
        renewed
    }
}

#[async_trait]
impl LoadBalancer for BrokenBalancer {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        let mut can = self.inner.capabilities();
        if self.mistake == BalancerMistake::PromisesTooMuch {
            can.fence = Fence::Late { bound: Duration::from_secs(30) };
        }
        can
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        self.last.with(|last| *last = request.split);
        match self.mistake {
            BalancerMistake::OnlyAcknowledges if request.split == green(5000) => Ok(()),
            BalancerMistake::RefusesRepeats if cx.attempt > 1 => {
                Err(ProviderError::new(ErrorKind::Conflict, "set split").not_applied())
            }
            BalancerMistake::AnswersFromMemory => self.set_once(cx, request).await,
            BalancerMistake::GoesInTwoSteps => self.set_in_two(cx, request).await,
            BalancerMistake::RoundsSplits => {
                let rounded = SetSplit::new(self.round(request.split));
                self.inner.set_split(cx, rounded).await
            }
            BalancerMistake::DeniesEffects => {
                let answer = self.inner.set_split(cx, request).await;
                answer.map_err(ProviderError::not_applied)
            }
            BalancerMistake::RenewsTokens => self.inner.set_split(&self.renew(cx), request).await,
            BalancerMistake::StaysLocked => self.set_locked(cx, request).await,
            BalancerMistake::LosesARoute
            | BalancerMistake::OnlyAcknowledges
            | BalancerMistake::RefusesRepeats
            | BalancerMistake::PromisesTooMuch
            | BalancerMistake::GuessesForeignWeights => self.inner.set_split(cx, request).await,
        }
    }

    async fn read_split(&self, cx: &CallContext) -> Result<ObservedSplit, ProviderError> {
        let mut seen = self.inner.read_split(cx).await?;
        if self.mistake == BalancerMistake::LosesARoute {
            seen.routes.pop();
        }
        if self.mistake == BalancerMistake::GuessesForeignWeights {
            let last = self.last.with(|last| *last);
            seen.routes.iter_mut().for_each(|route| {
                route.split.get_or_insert(last);
            });
        }
        Ok(seen)
    }
}

/// A split by green's basis points; too many are all of it.
fn green(basis_points: u16) -> Split {
    Split::to_green(Weight::from_basis_points(basis_points).unwrap_or(Weight::FULL))
}
