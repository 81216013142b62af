//! A controller dies after a fact, and the next one, which reads only bytes, ends the rollout.

use greenflow_core::engine::RunEnd;
use greenflow_core::fact::frame::Chain;
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::provider::Clock as _;

use super::golden::replay;
use super::life::{Life, optional, seed_plan, short_plan, with_another};

#[test]
fn the_short_rollout_is_resumed_after_each_of_its_facts() {
    let mut deaths = 0;
    for facts in 1..=64 {
        let life = Life::new(short_plan());
        if life.live(Some(facts)).is_none() {
            deaths += 1;
            completes(&life, facts);
        }
    }
    assert!(deaths >= 10, "{deaths}");
}

#[test]
fn the_seed_rollout_is_resumed_after_one_in_twelve_of_its_facts() {
    for facts in (1..120).step_by(12) {
        let life = Life::new(seed_plan());
        assert!(life.live(Some(facts)).is_none(), "it has fewer than {facts} facts");
        completes(&life, facts);
    }
}

#[test]
fn a_fact_of_a_newer_release_that_need_not_be_understood_stops_nobody_and_stays() {
    for facts in [1, 4, 7, 10] {
        let life = Life::new(short_plan());
        assert!(life.live(Some(facts)).is_none());
        // At the end: a newer release wrote it after all that the dead one had.
        let frames = life.frames();
        let with = with_another(&frames, frames.len(), optional);
        life.put(with.clone());
        completes(&life, facts);
        assert_eq!(life.frames()[..with.len()], with);
    }
}

/// People who were asked before the death are not asked again: an answer that does not come in time
/// means the way back.
fn completes(life: &Life, facts: usize) {
    let entries = Chain::of(&life.rollout).read_all(&life.frames()).unwrap();
    let asked = replay(&entries).unwrap().phase_name() == PhaseName::AwaitingApproval;
    let wanted = if asked { Ended::RolledBack } else { Ended::Completed };
    let end = life.to_the_end();
    assert!(matches!(end, Ok(RunEnd::Ended(ended)) if ended == wanted), "after {facts}: {end:?}");
    Chain::of(&life.rollout).read_all(&life.frames()).unwrap();
    let broken = life.audit.finish(life.world.clock().monotonic());
    assert!(broken.is_empty(), "after {facts}: {broken:?}");
}
