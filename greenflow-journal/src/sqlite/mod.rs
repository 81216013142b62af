//! One file on one host.

mod boot;
mod clock;
mod journal;
mod leases;
mod list;
mod lock;
mod open;
mod options;
mod reader;
mod reserve;
mod rows;
mod schema;
mod trouble;
mod verify;
mod wal;
mod writer;
mod writes;

pub use journal::SqliteJournal;
pub use options::SqliteOptions;
