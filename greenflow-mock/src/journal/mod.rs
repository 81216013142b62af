//! A journal in memory.

mod event;
mod faults;
mod memory;
mod store;

pub use event::{StoreAct, StoreEvent};
pub use memory::MemoryJournal;

#[cfg(test)]
mod tests;
