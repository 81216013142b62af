//! Retiring an older rollout's blue, so that a new rollout can have the service.

use futures_util::future::join;

use super::ending::{Finish, Goal};
use super::start::resume_until;
use super::{Engine, EngineError, handle};
use crate::fact::Supersede;
use crate::machine::{Action, Command};
use crate::value::RolloutId;

/// Drives the older rollout until it does not lock its service any more.
///
/// A controller that has it parked finds on its next wake that the journal has grown, and goes on
/// from there; until then, what is left of the older rollout is claimable by any controller.
///
/// # Errors
/// When the older rollout refuses, or cannot be driven.
pub(super) async fn supersede(
    engine: &Engine,
    wish: Supersede,
    successor: RolloutId,
) -> Result<(), EngineError> {
    let Supersede { rollout, who, why } = wish;
    let refused = |reason| EngineError::SupersedeRefused { rollout: rollout.clone(), reason };
    let (handle, ends) = handle::pair(rollout.clone());
    let ask = async move {
        let answer = handle
            .command(Command::new(who, why, Action::RetireNow { superseded_by: Some(successor) }))
            .await;
        if answer.is_err() {
            handle.hand_over().await;
        }
        answer
    };
    let run = resume_until(engine.clone(), ends, rollout.clone(), Goal::ServiceFree);
    let (finish, answer) = join(Box::pin(run), ask).await;
    match (finish?, answer) {
        (Finish::ServiceFree, _) => Ok(()),
        (Finish::Ended(ended), Ok(())) => {
            Err(refused(format!("it ended ({ended:?}) and still holds the service")))
        }
        (Finish::HandedOver | Finish::Parked(_), Ok(())) => {
            Err(refused("it was handed over".to_owned()))
        }
        (Finish::Ended(_) | Finish::HandedOver | Finish::Parked(_), Err(error)) => {
            Err(refused(error.to_string()))
        }
    }
}
