//! Deaths in pairs: of the controller at a write, and of the one that follows it at another (S42,
//! S54, L9).

use greenflow_core::machine::Ended;
use greenflow_mock::WorldSpec;

use super::drops::{Life, all, bad_at_full, healthy, lived};

/// Every await around the writes of a life: before the intent, when the write has just left and its
/// answer is lost, when it is answered, when it is read back, when its outcome is written down.
fn around_writes(life: &Life) -> Vec<u64> {
    let around = |send: &u64| send.saturating_sub(2)..=send + 4;
    let mut points: Vec<u64> = life.sends.iter().flat_map(around).collect();
    points.retain(|point| (1..life.polls).contains(point));
    points.sort_unstable();
    points.dedup();
    points
}

/// Kills two controllers at every ordered pair of these points; the second dies also in each of the
/// first awaits of its recovery.
fn in_pairs(spec: &WorldSpec, wanted: Ended) {
    let undisturbed = lived(spec, &[], wanted);
    let firsts = around_writes(&undisturbed[0]);
    let mut cases = Vec::new();
    for first in firsts {
        let second = &lived(spec, &[first], wanted)[1];
        let mut points = around_writes(second);
        points.extend(1..RECOVERY.min(second.polls));
        points.sort_unstable();
        points.dedup();
        cases.extend(points.into_iter().map(|second| vec![first, second]));
    }
    assert!(cases.len() > 500, "{}", cases.len());
    all(&cases, spec, wanted);
}

/// How many awaits a controller that takes over has at most before it goes on.
const RECOVERY: u64 = 10;

#[test]
fn a_rollout_whose_controllers_die_at_any_two_writes_ends_as_if_they_had_not() {
    in_pairs(&healthy(), Ended::Completed);
}

#[test]
fn a_way_back_whose_controllers_die_at_any_two_writes_ends_as_if_they_had_not() {
    in_pairs(&bad_at_full(), Ended::RolledBack);
}
