//! The classes that can be drawn, by their number in the catalogue.

use super::draw::Draw;
use super::trouble::What;
use super::{calls, controllers, people, world};

/// A class of faults.
pub(super) struct Class {
    pub(super) id: u8,
    pub(super) draw: fn(&mut Draw) -> Vec<What>,
}

const fn class(id: u8, draw: fn(&mut Draw) -> Vec<What>) -> Class {
    Class { id, draw }
}

/// Every class that can be drawn.
pub(super) const CLASSES: &[Class] = &[
    class(1, calls::throttled),
    class(2, calls::lost),
    class(3, calls::applied_unanswered),
    class(4, calls::applied_late_unanswered),
    class(5, calls::acknowledged_only),
    class(6, calls::duplicated),
    class(7, calls::overtaken),
    class(8, calls::partly_provisioned),
    class(9, calls::partly_set),
    class(10, calls::stale),
    class(11, calls::new_and_old),
    class(12, world::slow_data_plane),
    class(13, world::sticky),
    class(14, calls::slow),
    class(15, calls::not_found),
    class(16, calls::denied),
    class(17, calls::malformed),
    class(18, calls::incomplete),
    class(19, world::no_capacity),
    class(20, world::blue_scaled_in),
    class(21, world::demand_moves),
    class(22, world::zone_lost),
    class(23, world::image_missing),
    class(24, world::wrong_image),
    class(25, world::healthy_to_the_probe),
    class(26, world::flapping),
    class(27, world::bad_late),
    class(28, world::slowly_worse),
    class(29, world::both_bad),
    class(30, world::blue_bad),
    class(31, world::metrics_missing),
    class(32, world::metrics_senseless),
    class(33, world::metrics_late),
    class(34, world::metrics_swapped),
    class(35, world::little_traffic),
    class(36, world::metrics_stuck),
    class(37, world::bad_from_the_start),
    class(38, world::probes_hang),
    class(39, world::another_hand),
    class(40, world::rewritten),
    class(41, world::deleted),
    class(42, world::wall_jumps),
    class(43, controllers::clock_drifts),
    class(44, controllers::stopped),
    class(45, controllers::killed),
    class(46, controllers::killed_twice),
    class(47, controllers::dropped),
    class(48, controllers::two_lead),
    class(49, controllers::three_lead),
    class(50, calls::journal_away),
    class(51, calls::journal_full),
    class(52, controllers::torn),
    class(53, controllers::damaged),
    class(54, calls::not_synced),
    class(55, controllers::unsynced),
    class(56, calls::journal_unanswered),
    class(57, controllers::other_release),
    class(58, world::notifier_down),
    class(59, people::approves_another),
    class(60, controllers::plan_changed),
    class(61, controllers::second_start),
    class(62, people::commands),
    class(64, calls::brown_out),
];
