//! The machine by itself: its table, its matrix of phases and inputs, its fold.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests may fail loudly"
)]

mod assessing;
mod baking;
mod capacity;
mod checking;
mod clock;
mod cutting;
mod ending;
mod extending;
mod held;
mod journal;
mod leftovers;
mod matrix;
mod measuring;
mod minor;
mod paging;
mod people;
mod raising;
mod replay;
mod retiring;
mod stage;
mod starting;
mod table;
mod unpinning;
mod waiting;
mod watching;
mod wordy;
