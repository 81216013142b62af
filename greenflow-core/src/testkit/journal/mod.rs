//! The contract of [`Journal`](crate::provider::Journal).

mod faults;
mod fixture;
mod frames;
mod hand;
mod leases;
mod rollouts;

pub use faults::{
    a_dropped_call_leaves_it_usable, an_appended_frame_survives,
    an_error_that_leaves_it_open_is_no_refusal, who_may_write_survives,
};
pub use fixture::JournalFixture;
pub use frames::{
    append_compares_epoch_and_head, append_is_all_or_nothing, frames_are_read_in_order,
};
pub use leases::{
    a_lease_is_claimed_by_one_owner, release_ends_a_lease_and_stores_when_due,
    release_stores_how_far_time_has_come, renew_is_for_the_live_lease,
};
pub use rollouts::{a_service_is_locked_by_one_rollout, every_match_is_listed_by_id};

super::clause::clauses! {
    "Journal", JournalFixture,
    "JO-1" => a_service_is_locked_by_one_rollout,
    "JO-2" => append_is_all_or_nothing,
    "JO-2" => an_appended_frame_survives,
    "JO-3" => append_compares_epoch_and_head,
    "JO-4" => frames_are_read_in_order,
    "JO-5" => a_lease_is_claimed_by_one_owner,
    "JO-5" => who_may_write_survives,
    "JO-6" => renew_is_for_the_live_lease,
    "JO-7" => release_ends_a_lease_and_stores_when_due,
    "JO-7" => release_stores_how_far_time_has_come,
    "JO-8" => every_match_is_listed_by_id,
    "JO-9" => an_error_that_leaves_it_open_is_no_refusal,
    "JO-10" => a_dropped_call_leaves_it_usable,
}
