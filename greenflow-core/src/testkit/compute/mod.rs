//! The contract of [`Compute`](crate::provider::Compute).

mod faults;
mod fixture;
mod given_up;
mod hand;
mod pins;
mod reads;
mod writes;

pub use faults::{a_dropped_call_leaves_it_usable, no_write_lands_too_late};
pub use fixture::ComputeFixture;
pub use given_up::{a_start_given_up_is_said, what_may_still_start_is_not_given_up};
pub use pins::{
    a_pin_gives_back_what_is_missing, a_pin_is_shown_and_taken_back, automation_stays_above_a_pin,
};
pub use reads::{
    both_sides_are_read_as_they_are, digests_are_what_really_runs,
    only_what_would_answer_is_healthy,
};
pub use writes::{
    a_repeat_changes_nothing_and_succeeds, provision_starts_green_by_digest_and_leaves_blue,
    remove_refuses_what_takes_traffic, remove_removes_exactly_what_is_named,
};

super::clause::clauses! {
    "Compute", ComputeFixture,
    "CO-1" => both_sides_are_read_as_they_are,
    "CO-2" => provision_starts_green_by_digest_and_leaves_blue,
    "CO-3" => a_repeat_changes_nothing_and_succeeds,
    "CO-4" => only_what_would_answer_is_healthy,
    "CO-5" => digests_are_what_really_runs,
    "CO-6" => a_pin_is_shown_and_taken_back,
    "CO-6" => automation_stays_above_a_pin,
    "CO-6" => a_pin_gives_back_what_is_missing,
    "CO-7" => remove_removes_exactly_what_is_named,
    "CO-8" => remove_refuses_what_takes_traffic,
    "CO-9" => no_write_lands_too_late,
    "CO-10" => a_dropped_call_leaves_it_usable,
    "CO-11" => a_start_given_up_is_said,
    "CO-11" => what_may_still_start_is_not_given_up,
}
