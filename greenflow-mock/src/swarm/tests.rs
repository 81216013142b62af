use std::collections::BTreeSet;

use super::{Faults, Trouble};
use crate::faults::FaultId;

fn ids(troubles: &[Trouble]) -> BTreeSet<FaultId> {
    troubles.iter().map(|trouble| trouble.id).collect()
}

#[test]
fn none_draws_nothing_and_all_draws_every_class() {
    let classes: BTreeSet<FaultId> = Faults::classes().collect();
    let missing: Vec<_> = FaultId::all().filter(|id| !classes.contains(id)).collect();
    assert_eq!(missing, [FaultId::known(63)]);
    for seed in 0..50 {
        assert_eq!(Faults::None.draw(seed), []);
        assert_eq!(ids(&Faults::All.draw(seed)), classes);
    }
}

#[test]
fn each_class_has_its_turn_alone() {
    let runs = Faults::classes().count() as u64;
    let mut met = BTreeSet::new();
    for seed in 0..runs {
        let ids = ids(&Faults::Seed.draw(seed));
        assert_eq!(ids.len(), 1, "seed {seed}: {ids:?}");
        met.extend(ids);
    }
    assert_eq!(met, Faults::classes().collect());
}

#[test]
fn each_pair_and_each_triple_has_its_turn() {
    let classes = Faults::classes().count() as u64;
    for (faults, how_many, runs) in [
        (Faults::Pairs, 2, classes * (classes - 1) / 2),
        (Faults::Triples, 3, classes * (classes - 1) * (classes - 2) / 6),
    ] {
        assert_eq!(faults.turns(), runs);
        let mut met = BTreeSet::new();
        // From any seed on.
        for seed in 1000..1000 + runs {
            let ids = ids(&faults.draw(seed));
            assert_eq!(ids.len(), how_many, "seed {seed}: {ids:?}");
            met.insert(ids);
        }
        assert_eq!(met.len() as u64, runs);
    }
}

#[test]
fn a_swarm_is_mixed_anew_for_each_seed_and_always_the_same_for_one() {
    let mut met = BTreeSet::new();
    let (mut quiet, mut most) = (0, 0);
    for seed in 0..500 {
        let troubles = Faults::Swarm.draw(seed);
        assert_eq!(troubles, Faults::Swarm.draw(seed));
        let ids = ids(&troubles);
        quiet += u32::from(ids.is_empty());
        most = most.max(ids.len());
        met.extend(ids);
    }
    assert_eq!(met, Faults::classes().collect(), "each class is met");
    assert!((25..100).contains(&quiet), "{quiet} of 500 runs have no fault");
    assert!((8..30).contains(&most), "{most} classes at once");
}
