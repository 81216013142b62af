//! One PostgreSQL for controllers on several hosts.

mod appends;
mod connection;
mod creates;
mod explain;
mod journal;
mod leases;
mod list;
mod migrate;
mod options;
mod trouble;
mod values;
mod writer;

pub use journal::PostgresJournal;
pub use options::PostgresOptions;
