//! What each phase decides, from the facts and from what was seen. Level-triggered: asked again
//! after every input, it says what is due now, and nothing when nothing is.

mod alarm;
mod assessing;
mod awaiting_approval;
mod baking;
mod calm;
mod capacity;
pub(super) mod checks;
mod confirming;
mod finishing;
mod held;
mod hold_over;
mod looks;
mod pin;
mod preflight;
mod provisioning;
mod removal;
mod retaining;
mod retiring;
mod rolling_back;
mod safe_side;
pub(super) mod scheduled;
mod shifting;
pub(super) mod targets;
mod verifying;
mod vigil;
mod watching;

use super::cx::Cx;
use super::phases::Phase;

/// Asks the present phase what is due.
pub(super) fn decide(cx: &mut Cx<'_>) {
    targets::keep(cx);
    if cx.decided() {
        return;
    }
    match cx.state.phase() {
        Phase::Scheduled(_) => scheduled::decide(cx),
        Phase::Preflight(phase) => preflight::decide(phase, cx),
        Phase::Provisioning(phase) => provisioning::decide(phase, cx),
        Phase::Verifying(_) => verifying::decide(cx),
        Phase::AwaitingApproval(phase) => awaiting_approval::decide(phase, cx),
        Phase::Shifting(phase) => shifting::decide(phase, cx),
        Phase::Baking(phase) => baking::decide(phase, cx),
        Phase::Confirming(phase) => confirming::decide(phase, cx),
        Phase::Retaining(phase) => retaining::decide(phase, cx),
        Phase::Retiring(phase) => retiring::decide(phase, cx),
        Phase::Watching(_) => watching::decide(cx),
        Phase::Assessing(phase) => assessing::decide(phase, cx),
        Phase::Held(phase) => held::decide(phase, cx),
        Phase::RollingBack(phase) => rolling_back::decide(phase, cx),
        Phase::Stuck(phase) => {
            cx.waits_for(format!("a person: {}; {}", phase.reason.what, phase.reason.remedy));
        }
        Phase::Completed(_) | Phase::RolledBack(_) | Phase::Refused(_) => cx.waits_for("nothing"),
    }
}
