//! The hooks of a world.

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, Hook, HookReport, HookRequest, ProviderError,
};
use greenflow_core::value::{EffectId, RolloutId};

use super::{Operation, Reply, unknown};
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
        self.world.ask(Operation::RunHook, cx, what, |state, _| start(state, cx, &request)).await
    }

    async fn find(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        let what = || request.hook.to_string();
        let find = |state: &mut State, _| {
            let run = state.answers.hook_runs.get(&key(cx));
            let complete = run.filter(|(done_at, _)| *done_at <= state.now);
            Ok(Reply::Now(complete.map(|(_, report)| report.clone())))
        };
        self.world.ask(Operation::FindHook, cx, what, find).await
    }
}

/// Starts a hook, or waits for the run of the same effect.
fn start(
    state: &mut State,
    cx: &CallContext,
    request: &HookRequest,
) -> Result<Reply<HookReport>, ProviderError> {
    let key = key(cx);
    if let Some((done_at, report)) = state.answers.hook_runs.get(&key) {
        return Ok(Reply::After(done_at.saturating_sub(state.now), Ok(report.clone())));
    }
    let known = state.answers.hooks.get(&request.hook).copied();
    if known.is_none() && state.answers.strict {
        return Err(unknown("run hook", request.hook.as_str()));
    }
    let behaviour = known.unwrap_or_default();
    let answer = match behaviour.ends {
        Ending::Hangs => return Ok(Reply::Never),
        Ending::Error => Err(ProviderError::new(ErrorKind::Unexpected, "run hook")
            .on(request.hook.as_str())
            .because("it failed")),
        Ending::Well => {
            let detail = format!("{}-{}", request.hook, state.answers.hook_runs.len() + 1);
            let report = HookReport { detail };
            let done_at = state.now.saturating_add(behaviour.takes);
            state.answers.hook_runs.insert(key, (done_at, report.clone()));
            Ok(report)
        }
    };
    Ok(Reply::After(behaviour.takes, answer))
}

fn key(cx: &CallContext) -> (RolloutId, EffectId) {
    (cx.rollout.clone(), cx.effect.unwrap_or_default())
}
