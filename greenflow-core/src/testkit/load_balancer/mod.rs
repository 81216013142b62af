//! The contract of [`LoadBalancer`](crate::provider::LoadBalancer).

mod faults;
mod fixture;
mod hand;
mod reads;
mod writes;

pub use faults::{
    a_dropped_call_leaves_it_usable, a_stale_token_is_refused, no_write_lands_too_late,
    what_it_says_did_not_happen_never_happens,
};
pub use fixture::{LoadBalancerFixture, OtherHand};
pub use reads::{
    a_route_it_cannot_read_is_an_error, every_route_is_read_in_a_stable_order,
    what_another_hand_set_is_read_as_it_is,
};
pub use writes::{
    a_repeat_changes_nothing_and_succeeds, a_repeat_that_may_leave_is_no_receipt,
    no_reader_sees_a_split_that_was_not_sent, what_it_cannot_represent_it_refuses,
    what_was_set_is_read,
};

super::clause::clauses! {
    "LoadBalancer", LoadBalancerFixture,
    "LB-1" => every_route_is_read_in_a_stable_order,
    "LB-1" => a_route_it_cannot_read_is_an_error,
    "LB-2" => what_was_set_is_read,
    "LB-3" => a_repeat_changes_nothing_and_succeeds,
    "LB-3" => a_repeat_that_may_leave_is_no_receipt,
    "LB-4" => no_reader_sees_a_split_that_was_not_sent,
    "LB-5" => what_it_cannot_represent_it_refuses,
    "LB-6" => what_it_says_did_not_happen_never_happens,
    "LB-7" => no_write_lands_too_late,
    "LB-8" => a_stale_token_is_refused,
    "LB-9" => what_another_hand_set_is_read_as_it_is,
    "LB-10" => a_dropped_call_leaves_it_usable,
}
