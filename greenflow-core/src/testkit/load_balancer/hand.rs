//! What the checks of a balancer share.

use std::sync::Arc;
use std::time::Duration;

use super::LoadBalancerFixture;
use crate::provider::{CallContext, Fence, LoadBalancer, ObservedSplit, ProviderError, SetSplit};
use crate::testkit::bench::Bench;
use crate::testkit::result::{Checked, fail, made};
use crate::value::{Split, Weight};

/// The kit's hand on a balancer.
pub(super) struct Hand<'a> {
    pub(super) bench: Bench<'a>,
    pub(super) balancer: Arc<dyn LoadBalancer>,
}

impl<'a> Hand<'a> {
    pub(super) fn new(fixture: &'a dyn LoadBalancerFixture) -> Checked<Self> {
        Ok(Self { bench: Bench::new(fixture)?, balancer: fixture.load_balancer() })
    }

    pub(super) async fn see(&self) -> Checked<ObservedSplit> {
        self.bench.ok("read_split", self.balancer.read_split(&self.bench.read())).await
    }

    /// Reads, and fails unless every route shows this split.
    pub(super) async fn shows(&self, split: Split, when: &str) -> Checked {
        let seen = self.see().await?;
        if seen.agreed() == Some(split) {
            return Ok(());
        }
        fail(format!("{when}, read_split shows \"{seen}\" and not \"{split}\""))
    }

    /// Sets a split that must succeed, and waits until it may be read.
    pub(super) async fn set(&self, cx: &CallContext, split: Split) -> Checked {
        let call = self.balancer.set_split(cx, SetSplit::new(split));
        self.bench.ok(&format!("set_split to \"{split}\""), call).await?;
        self.bench.settle().await
    }

    /// Sets a split, however that ends; `None` is no answer.
    pub(super) async fn try_set(
        &self,
        cx: &CallContext,
        split: Split,
    ) -> Option<Result<(), ProviderError>> {
        self.bench.outcome(self.balancer.set_split(cx, SetSplit::new(split))).await
    }

    /// How long a write may still land, and then show.
    pub(super) fn late(&self) -> Duration {
        let fence = self.balancer.capabilities().fence;
        fence.late_effect_bound().saturating_add(self.bench.settle_time())
    }

    pub(super) fn fence(&self) -> Fence {
        self.balancer.capabilities().fence
    }

    /// Returns those of these shares (in percent) that the balancer can represent.
    pub(super) fn splits(&self, percents: &[u8]) -> Checked<Vec<Split>> {
        let granularity = self.balancer.capabilities().granularity;
        let mut splits = Vec::new();
        for percent in percents {
            let green = made(Weight::from_percent(*percent))?;
            if granularity.represents(green) {
                splits.push(Split::to_green(green));
            }
        }
        Ok(splits)
    }

    /// Returns a split with some traffic on green, the smaller of what it can.
    pub(super) fn some_green(&self) -> Checked<Split> {
        Ok(self.splits(&[10])?.first().copied().unwrap_or(Split::ALL_GREEN))
    }
}
