//! Looking at everything.

use greenflow_core::provider::JournalError;
use greenflow_core::value::RolloutId;
use rusqlite::Connection;

use super::list::{check_end, frames};
use super::rows::Rollout;
use super::trouble::Refusal;

/// Reads everything and compares it with its checksums.
pub(super) fn everything(connection: &Connection) -> Result<(), Refusal> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(JournalError::Damaged(said).into());
    }
    let mut statement = connection.prepare("SELECT id FROM rollout ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = RolloutId::new(row.get::<_, String>(0)?);
        let id = id.map_err(|error| JournalError::Damaged(error.to_string()))?;
        check_end(connection, &id, &Rollout::find(connection, &id)?)?;
        one(connection, &id)?;
    }
    Ok(())
}

fn one(connection: &Connection, id: &RolloutId) -> Result<(), Refusal> {
    let mut after = 0;
    loop {
        let read = frames(connection, id, after, PART)?.len();
        after += read as u64;
        if read < PART {
            return Ok(());
        }
    }
}

/// So many frames are in memory at once.
const PART: usize = 1000;
