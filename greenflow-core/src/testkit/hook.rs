//! The contract of [`Hook`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::bench::{Bench, stimulus};
use super::names::UNKNOWN;
use super::result::{Checked, ensure, made};
use super::wait::within;
use super::{ClauseResult, Fixture, Stimulus};
use crate::provider::{CallContext, ErrorKind, Hook, HookReport, HookRequest};
use crate::value::{HookName, ResourceId};

/// A fresh provider of hooks that has done nothing yet.
#[async_trait]
pub trait HookFixture: Fixture {
    /// Returns the provider, the same at each call.
    fn hooks(&self) -> Arc<dyn Hook>;

    /// Returns the name of a hook that it knows, and that goes well.
    fn hook(&self) -> HookName;

    /// Returns the resources that it concerns; by default none.
    fn resources(&self) -> Vec<ResourceId> {
        Vec::new()
    }

    /// Returns how often the hook's work has been begun, as it is known without asking the
    /// provider.
    async fn times_done(&self) -> Stimulus<u64>;
}

super::clause::clauses! {
    "Hook", HookFixture,
    "HK-1" => a_repeat_does_not_do_it_twice,
    "HK-2" => what_a_complete_run_produced_is_found,
    "HK-3" => an_unknown_hook_is_not_found,
}

/// HK-1: runs a hook, repeats the effect, and counts what was really done.
pub async fn a_repeat_does_not_do_it_twice(fixture: &dyn HookFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let first = hand.run(&hand.bench.write(1)).await?;
        let again = hand.run(&hand.bench.write(1).attempt(2)).await?;
        ensure(first == again, || format!("it produced {first:?}, and repeated {again:?}"))?;
        let times = stimulus(fixture.times_done().await)?;
        ensure(times == 1, || format!("one effect was sent twice, and it was done {times} times"))
    };
    check.await.into()
}

/// HK-2: looks before, during and after a run, and for an effect that never ran.
pub async fn what_a_complete_run_produced_is_found(fixture: &dyn HookFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let before = hand.find(1).await?;
        ensure(before.is_none(), || format!("it never ran, and find says {before:?}"))?;
        let cx = hand.bench.write(1);
        let running = hand.hooks.run(&cx, hand.request.clone());
        let ended = within(hand.bench.clock.as_ref(), MOMENT, running).await;
        let during = hand.find(1).await?;
        let report = hand.run(&hand.bench.write(1).attempt(2)).await?;
        ensure(ended.is_some() || during.as_ref().is_none_or(|found| *found == report), || {
            format!("while it ran, find said {during:?}; it produced {report:?}")
        })?;
        let after = hand.find(1).await?;
        ensure(after.as_ref() == Some(&report), || {
            format!("it produced {report:?}, and find says {after:?}")
        })?;
        let other = hand.find(2).await?;
        ensure(other.is_none(), || format!("effect 2 never ran, and find says {other:?}"))
    };
    check.await.into()
}

/// HK-3: asks for a hook that there is not.
pub async fn an_unknown_hook_is_not_found(fixture: &dyn HookFixture) -> ClauseResult {
    let check = async {
        let hand = Hand::new(fixture)?;
        let request = HookRequest::new(made(HookName::new(UNKNOWN))?, fixture.resources());
        let cx = hand.bench.write(1);
        let call = hand.hooks.run(&cx, request);
        hand.bench.refused("a hook with an unknown name", ErrorKind::NotFound, call).await
    };
    check.await.into()
}

struct Hand<'a> {
    bench: Bench<'a>,
    hooks: Arc<dyn Hook>,
    request: HookRequest,
}

impl<'a> Hand<'a> {
    fn new(fixture: &'a dyn HookFixture) -> Checked<Self> {
        let request = HookRequest::new(fixture.hook(), fixture.resources());
        Ok(Self { bench: Bench::new(fixture)?, hooks: fixture.hooks(), request })
    }

    async fn run(&self, cx: &CallContext) -> Checked<HookReport> {
        self.bench.ok("run", self.hooks.run(cx, self.request.clone())).await
    }

    async fn find(&self, sequence: u64) -> Checked<Option<HookReport>> {
        let cx = self.bench.write(sequence);
        self.bench.ok("find", self.hooks.find(&cx, self.request.clone())).await
    }
}

/// So long a run is given before somebody looks.
const MOMENT: Duration = Duration::from_millis(40);
