//! The machine by itself: its table, its matrix of phases and inputs, its fold.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests may fail loudly"
)]

mod another_hand;
mod assessing;
mod at_rest;
mod baking;
mod capacity;
mod checking;
mod clock;
mod cutting;
mod ending;
mod extending;
mod folding;
mod held;
mod journal;
mod lately;
mod leftovers;
mod losing;
mod matrix;
mod measuring;
mod minor;
mod paging;
mod people;
mod raising;
mod replay;
mod rescaling;
mod resting;
mod retiring;
mod showing;
mod stage;
mod standing;
mod starting;
mod table;
mod taking_over;
mod unpinning;
mod waiting;
mod watching;
mod wordy;
