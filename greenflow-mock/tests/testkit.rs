//! The test kit on the world.

use greenflow_mock::fixtures::{kit, world_for_kit};

#[test]
fn the_world_keeps_every_contract() {
    let reports = kit::world("world", &world_for_kit());
    println!("{reports}");
    reports.assert_conformant();
}
