//! The pin on blue's capacity, taken back at the end of every way.

use std::time::Duration;

use crate::fact::Write;
use crate::machine::cx::Cx;

/// Takes the pin back once no write of before can land any more. Returns whether that is over: it is
/// taken back, or cannot be.
pub(super) fn taken_back(cx: &mut Cx<'_>) -> bool {
    if cx.may_land() {
        cx.waits_for("earlier writes to be certain not to land any more");
        return false;
    }
    if !cx.state.pinned || cx.state.unpin_failed {
        return true;
    }
    // Whoever took over does not change blue blindly: this controller has read anything of the world,
    // or tried to.
    if cx.seen.split.is_told() || cx.seen.sides.is_told() {
        cx.write(Write::PinBlue { minimum: None });
    } else {
        cx.poll_split(Duration::ZERO);
        cx.waits_for("a look at the balancer");
    }
    false
}

/// What is left over where the pin cannot be taken back.
pub(super) const LEFT: &str = "the pin on blue's capacity";
