//! The contract of [`MetricSource`](crate::provider::MetricSource).

mod checks;
mod fixture;
mod hand;

pub use checks::{
    a_part_is_not_larger_than_the_whole, an_interval_that_is_not_complete_is_not_counted,
    an_unknown_metric_is_absent, counts_are_of_the_side_that_answered, nothing_is_counted_twice,
    the_answer_says_what_it_covers, what_is_missing_is_not_zero,
};
pub use fixture::{MetricFixture, Served};

super::clause::clauses! {
    "MetricSource", MetricFixture,
    "MS-1" => the_answer_says_what_it_covers,
    "MS-2" => nothing_is_counted_twice,
    "MS-3" => what_is_missing_is_not_zero,
    "MS-4" => a_part_is_not_larger_than_the_whole,
    "MS-5" => counts_are_of_the_side_that_answered,
    "MS-6" => an_interval_that_is_not_complete_is_not_counted,
    "MS-7" => an_unknown_metric_is_absent,
}
