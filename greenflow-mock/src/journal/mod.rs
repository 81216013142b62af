//! A journal in memory.

mod damage;
mod event;
mod faults;
mod memory;
mod store;

pub use damage::Damage;
pub use event::{StoreAct, StoreEvent};
pub use memory::MemoryJournal;

#[cfg(test)]
mod tests;
