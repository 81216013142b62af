//! The tables, and how older ones become these.

use rusqlite::{Connection, TransactionBehavior};

use crate::OpenError;

/// Marks a file as ours: "GFJ1".
const APPLICATION: i64 = 0x4746_4a31;
/// The newest schema that this version knows: how many steps there are.
const NEWEST: i64 = STEPS.len() as i64;
/// What makes a schema of the one before it. Never changed once released, only added to.
const STEPS: [&str; 2] = [include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// Looks at a file without changing it: it is ours, and not too new.
pub(super) fn check(connection: &Connection) -> Result<i64, OpenError> {
    let number = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(|error| unreadable(connection, error))
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| unreadable(connection, error))?;
    if application != APPLICATION && (application != 0 || version != 0 || tables != 0) {
        return Err(OpenError::NotAJournal(path(connection)));
    }
    if version > NEWEST {
        return Err(OpenError::NewerSchema { found: version, known: NEWEST });
    }
    Ok(version)
}

/// Brings a file to the newest schema; safe when several processes do it at once.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    if check(connection)? == NEWEST {
        return Ok(());
    }
    let failed = |error| OpenError::store("bring the journal to the newest schema", error);
    // Also begins as another process's migration ends.
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let version = check(&transaction)?;
    for (step, sql) in (1..).zip(STEPS) {
        if step > version {
            transaction.execute_batch(sql).map_err(failed)?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", NEWEST).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn unreadable(connection: &Connection, error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenError::NotAJournal(path(connection)),
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => OpenError::Damaged(error.to_string()),
        _ => OpenError::store(format!("read {}", path(connection)), error),
    }
}

fn path(connection: &Connection) -> String {
    connection.path().unwrap_or("the file").to_owned()
}
