//! S20: when a side is removed, the other one carries everything and is up; a green beside which blue
//! is removed is whole, if blue is. What is asked counts, whether the world refuses it or not.
//!
//! Excused: a side that changed by another hand within the last two minutes, or went down since it can last
//! have been looked at; targets that cannot be read; a green that never came up and is cleared away, one that
//! another hand had deleted before; what is asked again, before which only the split is looked at;
//! requests that follow the configuration later than is declared for writes; for the requests, a plan that
//! trusts the configuration, a metric source that does not tell the truth in time, a wall clock that was
//! never right, and a side that served none until moments ago, as for S18.

use std::collections::BTreeSet;
use std::time::Duration;

use greenflow_core::fact::{Fact, Write};
use greenflow_core::value::{EffectId, Side};

use super::{Oracle, Story, ensure};
use crate::world::{BySide, Cause, Truth};

/// S20.
#[derive(Debug, Default)]
pub(super) struct S20 {
    /// When each side last served no request.
    rested: BySide<Option<Duration>>,
    /// The removals that were asked for before.
    asked: BTreeSet<EffectId>,
}

impl Oracle for S20 {
    fn id(&self) -> &'static str {
        "S20"
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        for side in [Side::Blue, Side::Green] {
            if story.last.as_ref().is_some_and(|last| serves_none(last, side)) {
                *self.rested.get_mut(side) = Some(truth.at);
            }
        }
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let Some(side) = landed.removed.filter(|_| story.is_ours(&landed.rollout)) else {
            return Ok(());
        };
        let again = landed.effect.is_some_and(|effect| !self.asked.insert(effect));
        if again && !landed.accepted {
            return Ok(());
        }
        let other = side.other();
        // A green that never had traffic is cleared away from beside a blue as it was found.
        let had_traffic = story
            .facts()
            .any(|fact| matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. }));
        let gone = story.last.as_ref().is_some_and(|last| !last.sides.get(side).exists);
        let unseen = story.plan().map_or(Duration::ZERO, |plan| plan.timing.poll * 3);
        let excused = story.given.blind
            || !had_traffic
            || gone
            || story.given.late_requests
            || story.within(*story.side_changed.get(other), SETTLED)
            || story.within(*story.down_since.get(other), unseen)
            || story.within(story.router_changed, SETTLED);
        let (left, share) = (truth.sides.get(other), *truth.share.get(other));
        // Nobody is served by a side that is down, whatever lingers there; so few requests may come that
        // nobody sees them linger; and the tail of a drain finds a side that has just come up again.
        let few = *truth.share.get(side) * truth.demand <= FEW;
        let rested = story.within(*self.rested.get(side), SEEN);
        // Where the configuration is trusted nobody looks at the requests; a source that may say that
        // there are none is not to be blamed on the rollout; by a clock that was always behind old requests
        // are taken for new ones.
        let trusted = story.plan().is_some_and(|plan| plan.start.dangerous_trust_read_back);
        let off = story.given.off_clocks || story.clock_was_never_right();
        let unknown = trusted || story.given.no_metrics || off;
        let carries = left.exists && left.healthy > 0 && (share > 0.99 || few || rested || unknown);
        ensure(excused || carries, || {
            format!("{side} was to be removed beside {left:?} with {share:.4} of the requests")
        })?;
        let goes = side == Side::Blue
            && story.last.as_ref().is_some_and(|last| is_whole(story, side, last));
        ensure(excused || !goes || is_whole(story, other, truth), || {
            format!(
                "a whole {side} was to be removed beside {left:?}, at {} a second",
                truth.demand
            )
        })
    }
}

/// Returns whether no request may be seen on a side.
fn serves_none(truth: &Truth, side: Side) -> bool {
    truth.sides.get(side).healthy == 0 || *truth.share.get(side) * truth.demand <= FEW
}

/// Returns whether a side has the targets that it should, or carries all of the demand.
fn is_whole(story: &Story, side: Side, truth: &Truth) -> bool {
    let blue = story.blue().map_or(1, |blue| blue.healthy);
    let planned = match side {
        Side::Blue => blue,
        Side::Green => story.plan().and_then(|plan| plan.provision.capacity).unwrap_or(blue),
    };
    let now = truth.sides.get(side);
    now.exists && (now.healthy >= planned || now.capacity >= truth.demand)
}

/// How long a change takes until readings must show it.
const SETTLED: Duration = Duration::from_secs(120);
/// How long before the removal it may have been measured that there are none.
const SEEN: Duration = Duration::from_secs(30);
/// So few requests a second that a minute may pass without any.
const FEW: f64 = 0.2;
