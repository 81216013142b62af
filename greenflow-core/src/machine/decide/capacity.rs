//! Whether a side can carry its share.

use crate::machine::cx::Cx;
use crate::provider::Sides;
use crate::value::{Side, Split};

/// How many healthy targets a side needs for its share of the demand.
///
/// From the last sample's demand and the targets' own capacity where both are known; otherwise in
/// proportion to the capacity that blue had when the rollout began. Never more than that capacity:
/// it carried all of the traffic.
pub(super) fn needed(cx: &Cx<'_>, sides: &Sides, side: Side, split: Split) -> u32 {
    let share = match side {
        Side::Blue => split.blue(),
        Side::Green => split.green(),
    };
    if share.basis_points() == 0 {
        return 0;
    }
    let share = u128::from(share.basis_points());
    let headroom = u128::from(cx.plan().shift.headroom_percent);
    let reference = u128::from(reference(cx));
    let by_share = (reference * share * headroom).div_ceil(10_000 * 100);
    let by_demand = || {
        let target = u128::from(sides.side(side).target_capacity_per_kilosecond?);
        let (requests, lasting) = cx.seen.sampler.demand?;
        let millis = lasting.as_millis();
        if target == 0 || millis == 0 {
            return None;
        }
        // requests/millis × 10⁶ = per kilosecond; × share/10⁴ × headroom/10²; ÷ target capacity
        let needed = u128::from(requests) * 1_000_000 * share * headroom;
        Some(needed.div_ceil(millis * target * 10_000 * 100))
    };
    let needed = by_demand().unwrap_or(by_share).clamp(1, reference.max(1));
    u32::try_from(needed).unwrap_or(u32::MAX)
}

/// The capacity that blue had when the rollout began.
pub(super) fn reference(cx: &Cx<'_>) -> u32 {
    cx.state.blue.as_ref().map_or(1, |blue| blue.desired.max(blue.healthy).max(1))
}

/// How many targets green shall have.
pub(super) fn planned_green(cx: &Cx<'_>) -> u32 {
    cx.plan().provision.capacity.unwrap_or_else(|| reference(cx))
}

/// Returns what keeps a side from carrying `split`, in words.
pub(super) fn shortage(cx: &Cx<'_>, sides: &Sides, side: Side, split: Split) -> Option<String> {
    let (has, needs) = (sides.side(side).healthy, needed(cx, sides, side, split));
    (has < needs).then(|| format!("{side} has {has} healthy targets and needs {needs} for {split}"))
}

/// Says that blue is not what it was when the rollout began: the way back would lead elsewhere.
pub(super) fn altered(cx: &Cx<'_>, sides: &Sides) -> Option<String> {
    let recorded = cx.state.blue.as_ref()?;
    let gone = recorded.resources.iter().find(|resource| !sides.blue.resources.contains(resource));
    if let Some(gone) = gone {
        return Some(format!("blue to have {gone}, which it had when the rollout began"));
    }
    let other = sides.blue.digests.iter().find(|digest| !recorded.digests.contains(digest));
    other.map(|other| format!("blue to run what it ran when the rollout began; it runs {other}"))
}

/// Says that blue would break down under all of the traffic, where demand and capacity are known.
///
/// Without headroom, and never from a guess: a blue that lacks a target or two is still better
/// than a failing green.
pub(super) fn overload(cx: &Cx<'_>, sides: &Sides) -> Option<String> {
    let target = u128::from(sides.blue.target_capacity_per_kilosecond?);
    let (requests, lasting) = cx.seen.sampler.demand?;
    let demand = (u128::from(requests) * 1_000_000).checked_div(lasting.as_millis())?;
    let carries = u128::from(sides.blue.healthy) * target;
    (carries < demand).then(|| {
        let (carries, demand) = (carries / 1000, demand / 1000);
        format!("blue carries {carries} requests/s and {demand} come")
    })
}

/// Returns what is wrong with what green's targets run, in words.
pub(super) fn stranger(cx: &Cx<'_>, sides: &Sides) -> Option<String> {
    let pinned = &cx.plan().green.digest;
    let stranger = sides.green.digests.iter().find(|digest| *digest != pinned)?;
    Some(format!("a green target runs {stranger}, not {pinned}"))
}
