//! The hooks of a world.

use std::future::pending;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, Hook, HookReport, HookRequest, ProviderError,
};
use greenflow_core::value::{EffectId, RolloutId};

use super::{Operation, unknown};
use crate::world::{Ending, State};

super::provider! {
    /// The hooks of a world. A hook that has begun goes on, also when nobody waits for it.
    WorldHooks
}

#[async_trait]
impl Hook for WorldHooks {
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        let what = || request.hook.to_string();
        let start = |state: &mut State, _| start(state, cx, &request);
        match self.world.ask(Operation::RunHook, cx, what, start).await? {
            Some((done_at, report)) => {
                let left = done_at.saturating_sub(self.world.lock().now);
                self.world.wait(left).await;
                Ok(report)
            }
            None => pending().await,
        }
    }

    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        let what = || request.hook.to_string();
        let find = |state: &mut State, _| {
            let run = state.answers.hook_runs.get(&key(cx));
            Ok(run.filter(|(done_at, _)| *done_at <= state.now).map(|(_, report)| report.clone()))
        };
        self.world.ask(Operation::FindHook, cx, what, find).await
    }
}

type Run = (std::time::Duration, HookReport);

/// Starts a hook, or finds the run of the same effect; `None` never ends.
fn start(
    state: &mut State,
    cx: &CallContext,
    request: &HookRequest,
) -> Result<Option<Run>, ProviderError> {
    let key = key(cx);
    if let Some(run) = state.answers.hook_runs.get(&key) {
        return Ok(Some(run.clone()));
    }
    let known = state.answers.hooks.get(&request.hook).copied();
    if known.is_none() && state.answers.strict {
        return Err(unknown("run hook", request.hook.as_str()));
    }
    let behaviour = known.unwrap_or_default();
    match behaviour.ends {
        Ending::Hangs => Ok(None),
        Ending::Error => Err(ProviderError::new(ErrorKind::Unexpected, "run hook")
            .not_applied()
            .on(request.hook.as_str())
            .because("it failed")),
        Ending::Well => {
            let detail = format!("{}-{}", request.hook, state.answers.hook_runs.len() + 1);
            let run = (state.now.saturating_add(behaviour.takes), HookReport { detail });
            state.answers.hook_runs.insert(key, run.clone());
            Ok(Some(run))
        }
    }
}

fn key(cx: &CallContext) -> (RolloutId, EffectId) {
    (cx.rollout.clone(), cx.effect.unwrap_or_default())
}
