//! The machine by itself: its table, its matrix of phases and inputs, its fold.

mod journal;
mod matrix;
mod replay;
mod table;
