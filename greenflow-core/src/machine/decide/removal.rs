//! Whether a removal that failed is tried again.

use crate::machine::cx::Cx;

/// What the last removal says about another.
pub(super) enum Again {
    /// None failed, or long enough ago.
    Now,
    /// It would come too soon after the last.
    Later(String),
    /// It cannot help, or was tried often enough.
    Never(String),
}

/// Looks at the last removal, and wakes when the next may be tried.
///
/// One that is not even sent ends within the same second: without a pause a balancer that answers now
/// this, now that would have it begun anew ten times a second.
pub(super) fn again(cx: &mut Cx<'_>) -> Again {
    let Some(failed) = cx.state.failed.get("remove") else { return Again::Now };
    let words = failed.words();
    if failed.is_final() || failed.times >= TRIES {
        return Again::Never(words);
    }
    let at = failed.at.after(cx.plan().timing.forward_backoff);
    if cx.now.at >= at {
        return Again::Now;
    }
    mark!(RemovalRests);
    cx.wake_at(at);
    Again::Later(words)
}

/// How often a removal is tried.
const TRIES: u32 = 3;
