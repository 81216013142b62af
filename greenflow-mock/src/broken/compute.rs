//! Compute providers that are wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Compute, ComputeCapabilities, ErrorKind, Fence, Pin, ProviderError, Provision,
    Provisioned, Remove, Sides,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::Side;

use super::memory::{Busy, Memory};
use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};

mistakes! {
    /// What a compute provider does wrong.
    ComputeMistake {
        /// It answers with the number of blue's targets that it read first.
        CachesBlue = ("caches-blue", "CO-1"),
        /// It changes blue when it provisions green.
        TouchesBlue = ("touches-blue", "CO-2"),
        /// It refuses a write that it has done already.
        RefusesRepeats = ("compute-refuses-repeats", "CO-3"),
        /// It counts every target that was started as healthy.
        CountsTheDead = ("counts-the-dead", "CO-4"),
        /// It names one digest only.
        NamesOneDigest = ("names-one-digest", "CO-5"),
        /// It acknowledges pins, and does nothing.
        IgnoresPins = ("ignores-pins", "CO-6"),
        /// It removes the whole side, whatever is named.
        RemovesTheSide = ("removes-the-side", "CO-7"),
        /// It says that a side in use was removed.
        SaysRemoved = ("says-removed", "CO-8"),
        /// It declares a shorter late-effect bound than it keeps.
        PromisesTooMuch = ("compute-promises-too-much", "CO-9"),
        /// It stays locked when a write is dropped.
        StaysLocked = ("compute-stays-locked", "CO-10"),
        /// It does not say that a side was given up.
        NeverGivesUp = ("never-gives-up", "CO-11"),
        /// It gives up a side that has no healthy target yet.
        GivesUpTooSoon = ("gives-up-too-soon", "CO-11"),
    }
}

impl ComputeMistake {
    /// Runs the test kit on a compute provider that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::compute(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenCompute::new(self, fixture.providers().compute))
        })
    }
}

/// A compute provider that makes one mistake.
#[derive(Debug)]
pub struct BrokenCompute {
    mistake: ComputeMistake,
    inner: Arc<dyn Compute>,
    first: Memory<Option<u32>>,
    busy: Busy,
}

impl BrokenCompute {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: ComputeMistake, inner: Arc<dyn Compute>) -> Self {
        Self { mistake, inner, first: Memory::default(), busy: Busy::default() }
    }
}

#[async_trait]
impl Compute for BrokenCompute {
    fn capabilities(&self) -> ComputeCapabilities {
        let mut can = self.inner.capabilities();
        if self.mistake == ComputeMistake::PromisesTooMuch {
            can.fence = Fence::Late { bound: Duration::from_secs(30) };
        }
        can
    }

    async fn describe(&self, cx: &CallContext) -> Result<Sides, ProviderError> {
        let mut sides = self.inner.describe(cx).await?;
        if self.mistake == ComputeMistake::CachesBlue {
            let read = sides.blue.desired;
            sides.blue.desired = self.first.with(|first| *first.get_or_insert(read));
        }
        for side in [&mut sides.blue, &mut sides.green] {
            if self.mistake == ComputeMistake::CountsTheDead {
                side.healthy = side.desired;
            }
            if self.mistake == ComputeMistake::NamesOneDigest {
                side.digests.truncate(1);
            }
            if self.mistake == ComputeMistake::NeverGivesUp {
                side.given_up = None;
            }
            if self.mistake == ComputeMistake::GivesUpTooSoon && side.healthy < side.desired {
                side.given_up = Some("it has not started".to_owned());
            }
        }
        Ok(sides)
    }

    async fn provision(
        &self,
        cx: &CallContext,
        request: Provision,
    ) -> Result<Provisioned, ProviderError> {
        match self.mistake {
            ComputeMistake::TouchesBlue => {
                let made = self.inner.provision(cx, request).await?;
                self.inner.pin(cx, Pin::new(Side::Blue, Some(1))).await?;
                Ok(made)
            }
            ComputeMistake::RefusesRepeats if cx.attempt > 1 => {
                Err(ProviderError::new(ErrorKind::Conflict, "provision").not_applied())
            }
            ComputeMistake::StaysLocked => {
                if self.busy.put_up() {
                    let error = ProviderError::new(ErrorKind::Unavailable, "provision");
                    return Err(error.not_applied());
                }
                let answer = self.inner.provision(cx, request).await;
                self.busy.take_down();
                answer
            }
            ComputeMistake::CachesBlue
            | ComputeMistake::RefusesRepeats
            | ComputeMistake::CountsTheDead
            | ComputeMistake::NamesOneDigest
            | ComputeMistake::IgnoresPins
            | ComputeMistake::RemovesTheSide
            | ComputeMistake::SaysRemoved
            | ComputeMistake::NeverGivesUp
            | ComputeMistake::GivesUpTooSoon
            | ComputeMistake::PromisesTooMuch => self.inner.provision(cx, request).await,
        }
    }

    async fn pin(&self, cx: &CallContext, request: Pin) -> Result<(), ProviderError> {
        if self.mistake == ComputeMistake::IgnoresPins {
            return Ok(());
        }
        self.inner.pin(cx, request).await
    }

    async fn remove(&self, cx: &CallContext, mut request: Remove) -> Result<(), ProviderError> {
        if self.mistake == ComputeMistake::RemovesTheSide {
            let all = self.inner.describe(cx).await?.side(request.side).resources.clone();
            request = Remove::new(request.side, all);
        }
        match self.inner.remove(cx, request).await {
            Err(error)
                if self.mistake == ComputeMistake::SaysRemoved
                    && error.kind() == ErrorKind::Conflict =>
            {
                Ok(())
            }
            answer => answer,
        }
    }
}
