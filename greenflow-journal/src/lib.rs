//! Durable journals for GreenFlow.

mod checksum;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
mod queue;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::{OpenError, QueueFull};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresJournal, PostgresOptions};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteJournal, SqliteOptions};
