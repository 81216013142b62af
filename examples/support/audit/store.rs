//! The journal to audit, wherever it is.

use std::path::Path;
use std::sync::Arc;

use greenflow_core::provider::Journal;
use greenflow_journal::{OpenError, SqliteJournal};

/// Why a journal was not opened.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "the example's own")]
pub enum StoreError {
    /// There is none, or this program cannot read its kind.
    #[error("{0}")]
    NoJournal(String),
    /// It cannot be used; its own message says why and what to do.
    #[error("{store}: {source}")]
    Open {
        /// Where it is.
        store: String,
        /// Why.
        source: OpenError,
    },
}

/// Opens the journal in this SQLite file, or behind this PostgreSQL URL.
///
/// # Errors
/// [`StoreError`].
pub async fn open(store: &str) -> Result<Arc<dyn Journal>, StoreError> {
    if store.starts_with("postgres://") || store.starts_with("postgresql://") {
        return postgres(store).await;
    }
    // Opening would make one.
    if !Path::new(store).is_file() {
        return Err(StoreError::NoJournal(format!("{store}: there is no such file")));
    }
    match SqliteJournal::open(store) {
        Ok(journal) => Ok(Arc::new(journal)),
        Err(source) => Err(StoreError::Open { store: store.to_owned(), source }),
    }
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str) -> Result<Arc<dyn Journal>, StoreError> {
    use deadpool_postgres::{Config, Runtime};
    use greenflow_journal::PostgresJournal;
    use tokio_postgres::NoTls;

    let refused = |error: String| StoreError::NoJournal(format!("this is no database: {error}"));
    let config = Config { url: Some(url.to_owned()), ..Config::default() };
    let pool = config.create_pool(Some(Runtime::Tokio1), NoTls);
    let pool = pool.map_err(|error| refused(error.to_string()))?;
    match PostgresJournal::open(pool).await {
        Ok(journal) => Ok(Arc::new(journal)),
        // The URL may hold a password.
        Err(source) => Err(StoreError::Open { store: "the database".to_owned(), source }),
    }
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str) -> Result<Arc<dyn Journal>, StoreError> {
    let text = "for a journal in PostgreSQL build with `--features postgres`";
    Err(StoreError::NoJournal(text.to_owned()))
}
