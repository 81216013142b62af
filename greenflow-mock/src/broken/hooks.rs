//! Providers of hooks that are wrong on purpose.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, Hook, HookReport, HookRequest, ProviderError,
};
use greenflow_core::testkit::Report;
use greenflow_core::value::EffectId;

use super::memory::Memory;
use super::mistake::mistakes;
use crate::fixtures::{kit, world_for_kit};

mistakes! {
    /// What a provider of hooks does wrong.
    HookMistake {
        /// It does the work again when an effect is repeated.
        DoesItAgain = ("does-it-again", "HK-1"),
        /// It never finds what a run produced.
        ForgetsRuns = ("forgets-runs", "HK-2"),
        /// It calls an unknown name something else than that.
        MisnamesTheUnknown = ("misnames-the-unknown", "HK-3"),
    }
}

impl HookMistake {
    /// Runs the test kit on a provider of hooks that makes this mistake.
    #[must_use]
    pub fn report(self) -> Report {
        kit::hooks(self.name(), &world_for_kit(), |fixture| {
            Arc::new(BrokenHooks::new(self, fixture.providers().hooks))
        })
    }
}

/// A provider of hooks that makes one mistake.
#[derive(Debug)]
pub struct BrokenHooks {
    mistake: HookMistake,
    inner: Arc<dyn Hook>,
    done: Memory<BTreeSet<EffectId>>,
}

impl BrokenHooks {
    /// Lets `inner` make a mistake.
    #[must_use]
    pub fn new(mistake: HookMistake, inner: Arc<dyn Hook>) -> Self {
        Self { mistake, inner, done: Memory::default() }
    }

    /// Gives the repeat of a complete run an effect of its own.
    fn anew(&self, cx: &CallContext) -> CallContext {
        let mut anew = cx.clone();
        let done = |effect: &EffectId| self.done.with(|done| done.contains(effect));
        if let Some(effect) = cx.effect.filter(done) {
            anew.effect = Some(EffectId::new(effect.sequence() + 1_000_000));
        }
        anew
    }
}

#[async_trait]
impl Hook for BrokenHooks {
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        let sent =
            if self.mistake == HookMistake::DoesItAgain { self.anew(cx) } else { cx.clone() };
        let answer = self.inner.run(&sent, request).await;
        self.done.with(|done| done.extend(cx.effect));
        match answer {
            Err(error)
                if self.mistake == HookMistake::MisnamesTheUnknown
                    && error.kind() == ErrorKind::NotFound =>
            {
                Err(ProviderError::new(ErrorKind::Unexpected, "run hook").not_applied())
            }
            answer => answer,
        }
    }

    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        let found = self.inner.find(cx, request).await?;
        Ok(found.filter(|_| self.mistake != HookMistake::ForgetsRuns))
    }
}
