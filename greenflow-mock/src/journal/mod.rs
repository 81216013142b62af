//! A journal in memory.

mod faults;
mod memory;
mod store;

pub use memory::MemoryJournal;

#[cfg(test)]
mod tests;
