//! Which start of the host a moment counts from.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::clock::{HostClock, Moment};
use crate::OpenError;

/// Returns the row of this start of the host, and writes it if this is the first process since.
pub(super) fn number(connection: &Connection, clock: &HostClock) -> Result<i64, OpenError> {
    let failed = |error| OpenError::store("record this start of the host", error);
    let find = || {
        connection
            .query_row(
                "SELECT number, time_namespace FROM boot WHERE name = ?1",
                [&clock.boot],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
            )
            .optional()
            .map_err(failed)
    };
    if find()?.is_none() {
        let sql = "INSERT INTO boot (name, time_namespace, seen_at_wall_ms) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO NOTHING";
        let values = params![clock.boot, clock.time_namespace, Moment::now(0).wall];
        connection.execute(sql, values).map_err(failed)?;
    }
    let Some((number, theirs)) = find()? else {
        return Err(OpenError::Damaged("the row of this start of the host is gone".to_owned()));
    };
    if theirs != clock.time_namespace {
        let ours = clock.time_namespace.clone();
        return Err(OpenError::OtherTimeNamespace { theirs, ours });
    }
    Ok(number)
}
