//! Which history shows that an oracle can fail.

use super::drift as d;
use super::facts as f;
use super::leases as l;
use super::removals as r;
use super::tape::{Tape, good};
use super::world as w;

/// A history that breaks one guarantee.
pub(super) struct Bad {
    /// Which.
    pub(super) id: &'static str,
    /// What it was made of.
    pub(super) from: fn() -> Tape,
    /// How it was bent.
    pub(super) bent: fn(Tape) -> Tape,
    /// What the same deed breaks as well.
    pub(super) with: &'static [&'static str],
}

const fn bad(id: &'static str, from: fn() -> Tape, bent: fn(Tape) -> Tape) -> Bad {
    Bad { id, from, bent, with: &[] }
}

impl Bad {
    const fn with(mut self, with: &'static [&'static str]) -> Self {
        self.with = with;
        self
    }
}

/// Lists one for each oracle, and one for each other way to break its guarantee.
pub(super) fn list() -> Vec<Bad> {
    vec![
        bad("S01", good, w::a_router_set_to_nothing),
        bad("S02", good, w::a_split_that_no_route_ever_showed),
        bad("S03", good, w::a_raise_to_a_green_that_is_down),
        bad("S04", good, w::a_raise_to_a_green_that_is_too_small),
        bad("S04", good, w::a_raise_beside_a_blue_that_is_too_small),
        bad("S05", good, w::a_blue_below_its_pin),
        bad("S06", good, w::a_pin_that_is_left),
        bad("S07", good, f::a_raise_that_nobody_approved),
        bad("S07", good, f::green_brought_up_with_an_open_item),
        bad("S07", good, f::traffic_moved_before_its_time),
        bad("S08", good, f::a_step_on_a_breach),
        bad("S09", good, f::a_raise_to_another_step),
        bad("S10", good, f::a_hold_cut_short),
        bad("S10", good, w::a_step_that_no_request_shows),
        bad("S11", good, f::healthy_without_a_measurement),
        bad("S12", good, f::on_after_a_failed_check),
        bad("S12", good, f::on_without_an_acknowledgement),
        bad("S13", good, w::a_hold_with_too_few_targets),
        bad("S13", good, w::a_raise_to_too_few_targets),
        bad("S14", good, w::a_start_beside_a_blue_that_is_not_whole),
        bad("S15", good, w::a_raise_to_a_stranger),
        bad("S15", good, w::a_stranger_that_nobody_answers),
        bad("S16", f::back, w::a_cut_to_a_blue_that_is_down),
        bad("S17", good, f::a_retention_cut_short),
        bad("S17", good, r::of_a_blue_that_had_requests),
        bad("S18", f::back, f::green_removed_while_a_write_may_land),
        bad("S18", f::back, r::of_a_green_that_had_requests),
        bad("S19", f::back, f::compute_before_the_cut),
        bad("S20", good, w::blue_removed_beside_nothing),
        bad("S20", good, r::of_a_blue_beside_a_dead_green),
        bad("S20", good, r::of_a_blue_beside_one_target),
        bad("S21", good, f::a_removal_of_somebody_elses),
        bad("S22", good, w::a_removal_of_what_is_in_use),
        bad("S22", good, r::of_what_was_seen_in_use),
        bad("S22", good, r::without_a_last_look),
        bad("S23", good, f::blue_removed_though_the_plan_keeps_it),
        bad("S24", good, f::a_removal_that_failed_and_is_not_told),
        bad("S24", good, w::a_blue_that_is_there_after_all),
        bad("S25", good, f::blue_recorded_twice),
        bad("S26", good, f::blue_given_up_unknown),
        bad("S27", good, f::an_abort_that_comes_to_nothing),
        bad("S28", good, w::a_write_of_another_rollout),
        bad("S29", good, l::a_deposed_controller_appends),
        bad("S30", good, l::a_write_on_the_rest_of_a_lease),
        bad("S31", good, l::an_older_split_that_lands_late),
        bad("S32", good, l::a_look_without_a_lease),
        bad("S33", l::taken_over, l::a_write_before_a_look).with(&["S42"]),
        bad("S34", good, w::another_hand_overwritten),
        bad("S34", good, d::a_step_beside_another_hands_split),
        bad("S34", good, d::another_hand_that_nobody_answers),
        bad("S34", d::drifted, d::a_hold_without_a_word),
        bad("S35", good, f::another_plan_than_its_hash).with(&["S45"]),
        bad("S36", good, f::an_approval_of_another_step),
        bad("S37", good, f::an_ended_rollout_revived),
        bad("S38", f::aborted_in_a_hold, f::an_abort_in_a_hold_heard_late),
        bad("S39", good, f::an_order_of_nobody),
        bad("S40", good, w::a_write_that_is_not_applied_and_landed),
        bad("S40", good, w::a_removal_that_was_only_acknowledged),
        bad("S41", good, w::a_write_that_says_something_else),
        bad("S42", good, w::a_write_without_an_intent),
        bad("S43", good, l::forward_without_a_journal),
        bad("S44", good, l::a_call_for_damaged_facts).with(&["S28"]),
        bad("S45", good, f::a_fact_that_no_fold_takes),
        bad("S46", good, l::a_time_that_runs_ahead),
        bad("S47", good, l::a_lease_beside_a_live_one),
        bad("S48", f::back, f::a_way_back_without_a_word),
        bad("S48", f::back, f::an_alert_that_is_kept_back),
        bad("S48", f::back, w::an_alert_that_nobody_took),
        bad("S49", f::back, f::a_cut_that_waits),
        bad("S50", good, w::two_writes_at_a_time),
        bad("S51", good, f::another_revision_than_the_plans),
        bad("S52", good, f::a_panic),
        bad("S53", good, f::a_notice_too_long),
        bad("S54", good, f::an_epoch_that_goes_back).with(&["S45"]),
        bad("L03", l::taken_over, l::a_take_over_that_comes_late),
        bad("L09", l::taken_over_on_the_way_back, l::a_way_back_left_where_it_stood),
        bad("L10", good, l::a_lease_held_on_after_the_end),
        bad("L11", l::beside_damage, l::stopped_by_anothers_damage),
        bad("L12", l::standby, l::a_rollout_that_is_due_and_waits),
        bad("L14", good, f::a_bake_assessed_again_and_again),
    ]
}
