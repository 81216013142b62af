//! The machine by itself: its table, its matrix of phases and inputs, its fold.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests may fail loudly"
)]

mod checking;
mod clock;
mod cutting;
mod extending;
mod held;
mod journal;
mod lately;
mod leftovers;
mod matrix;
mod measuring;
mod minor;
mod paging;
mod people;
mod raising;
mod replay;
mod rescaling;
mod retiring;
mod stage;
mod starting;
mod table;
mod unpinning;
mod waiting;
mod watching;
mod wordy;
