//! The checks and suites of a world.

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, CheckStage, ErrorKind,
    ProviderError,
};
use greenflow_core::value::{Digest, Side};

use super::{Operation, Reply, unknown};
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
        let answer =
            self.world.ask(Operation::Check, cx, what, |state, _| run(state, &request)).await;
        if answer.as_ref().is_ok_and(|report| report.outcome == CheckOutcome::Passed) {
            self.world.lock().check_passed(request.check);
        }
        answer
    }
}

fn run(state: &State, request: &CheckRequest) -> Result<Reply<CheckReport>, ProviderError> {
    let (behaviour, seen) = find(state, request)?;
    let answer = match behaviour.ends {
        CheckEnd::Hangs => return Ok(Reply::Never),
        CheckEnd::Error => Err(ProviderError::new(ErrorKind::Unavailable, "check")
            .not_applied()
            .on(request.check.as_str())
            .because("the runner is down")),
        CheckEnd::With(outcome) => {
            let mut report = CheckReport::ended(outcome, request.check.as_str());
            report.cases = behaviour.outcomes(outcome);
            report.seen = seen;
            Ok(report)
        }
    };
    Ok(Reply::After(behaviour.takes, answer))
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
