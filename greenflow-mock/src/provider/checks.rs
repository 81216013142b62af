//! The checks and suites of a world.

use std::future::pending;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckReport, CheckRequest, CheckStage, ErrorKind, ProviderError,
};
use greenflow_core::value::{Digest, Side};

use super::{Operation, unknown};
use crate::world::{CheckBehaviour, CheckEnd, State};

super::provider! {
    /// The checks and suites of a world.
    WorldChecks
}

#[async_trait]
impl Check for WorldChecks {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        let what = || request.check.to_string();
        let find = |state: &mut State, _| find(state, &request);
        let (behaviour, seen) = self.world.ask(Operation::Check, cx, what, find).await?;
        match behaviour.ends {
            CheckEnd::Hangs => pending().await,
            CheckEnd::Error => {
                self.world.wait(behaviour.takes).await;
                Err(ProviderError::new(ErrorKind::Unavailable, "check")
                    .not_applied()
                    .on(request.check.as_str())
                    .because("the runner is down"))
            }
            CheckEnd::With(outcome) => {
                self.world.wait(behaviour.takes).await;
                let mut report = CheckReport::ended(outcome, request.check.as_str());
                report.cases = behaviour.outcomes(outcome);
                report.seen = seen;
                Ok(report)
            }
        }
    }
}

fn find(
    state: &State,
    request: &CheckRequest,
) -> Result<(CheckBehaviour, Option<Digest>), ProviderError> {
    let known = state.answers.checks.get(&request.check).cloned();
    if known.is_none() && state.answers.strict {
        return Err(unknown("check", request.check.as_str()));
    }
    let behaviour = known.unwrap_or_default();
    let under_test = match request.stage {
        CheckStage::Verify => Some(Side::Green),
        // Production answers from whichever side has most of the traffic.
        CheckStage::Confirm | CheckStage::Retire => {
            let share = state.router.effective();
            Some(if share.green >= share.blue { Side::Green } else { Side::Blue })
        }
        // A checklist item or a preflight check looks at no running side.
        CheckStage::Checklist | CheckStage::Preflight | _ => None,
    };
    let really =
        under_test.and_then(|side| state.fleets.get(side).digests().into_iter().next_back());
    let seen = behaviour.seen.clone().or(really);
    Ok((behaviour, seen))
}
