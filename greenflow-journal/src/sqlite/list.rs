//! Reading.

use greenflow_core::provider::{JournalError, ListFilter, StoredFrame, Summary};
use greenflow_core::value::RolloutId;
use rusqlite::{Connection, params};

use super::clock::Moment;
use super::rows::{Rollout, summary};
use super::trouble::Refusal;
use crate::checksum::checksum;

/// Reads the frames after the first `after`, at most `limit`; every one of them is one that was
/// written there, and none is missing, or it fails.
pub(super) fn frames(
    connection: &Connection,
    rollout: &RolloutId,
    after: u64,
    limit: usize,
) -> Result<Vec<StoredFrame>, Refusal> {
    // One moment for both queries.
    let transaction = connection.unchecked_transaction()?;
    let row = Rollout::find(&transaction, rollout)?;
    let sql = "SELECT sequence, epoch, checksum, frame FROM event
               WHERE rollout = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
    let mut statement = transaction.prepare_cached(sql)?;
    let (after_, limit_) = (i64::try_from(after), i64::try_from(limit));
    let values = params![row.number, after_.unwrap_or(i64::MAX), limit_.unwrap_or(i64::MAX)];
    let mut rows = statement.query(values)?;
    let mut frames = Vec::new();
    while let Some(row) = rows.next()? {
        let expected = after.saturating_add(frames.len() as u64).saturating_add(1);
        let frame = StoredFrame { sequence: row.get(0)?, epoch: row.get(1)?, frame: row.get(3)? };
        let sum = checksum(rollout, frame.sequence, frame.epoch, &frame.frame);
        if frame.sequence != expected || sum != row.get::<_, u32>(2)? {
            return Err(damaged(rollout, format!("frame {expected} is not what was written")));
        }
        frames.push(frame);
    }
    let expected = row.head.saturating_sub(after).min(limit as u64);
    if frames.len() as u64 != expected {
        let found = frames.len();
        let what = format!("after frame {after} there should be {expected}, and {found} are there");
        return Err(damaged(rollout, what));
    }
    Ok(frames)
}

/// Refuses a journal whose end does not fit its row, so that no epoch is given twice.
pub(super) fn check_end(
    connection: &Connection,
    rollout: &RolloutId,
    row: &Rollout,
) -> Result<(), Refusal> {
    let sql = "SELECT count(*), coalesce(max(sequence), 0), coalesce(max(epoch), 0) FROM event
               WHERE rollout = ?1 AND sequence >= ?2";
    let from = i64::try_from(row.head).unwrap_or(i64::MAX);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (count, last, epoch): (u64, u64, u64) =
        connection.prepare_cached(sql)?.query_row(params![row.number, from], read)?;
    if count == row.head.min(1) && last == row.head && epoch <= row.epoch {
        return Ok(());
    }
    let (head, ours) = (row.head, row.epoch);
    let what = format!(
        "it should end with frame {head}, of epoch {ours} at most, and ends with {last} of {epoch}"
    );
    Err(damaged(rollout, what))
}

/// Lists rollouts. A row that makes no sense is left out and reported: it must stop nobody else.
pub(super) fn rollouts(
    connection: &Connection,
    now: Moment,
    filter: &ListFilter,
) -> Result<Vec<Summary>, Refusal> {
    let mut sql = "SELECT id, service, ended, locks_service, head, epoch, owner, lease_boot,
                     lease_until_ms FROM rollout
                   WHERE (?1 IS NULL OR service = ?1)"
        .to_owned();
    if filter.unended {
        sql.push_str(" AND ended = 0");
    }
    if filter.claimable {
        sql.push_str(
            " AND (owner IS NULL OR lease_boot <> ?2 OR lease_until_ms <= ?3)
              AND due_at_ms IS NOT NULL AND (due_boot <> ?2 OR due_at_ms <= ?3)",
        );
    } else {
        // All have the same parameters.
        sql.push_str(" AND ?2 IS NOT NULL AND ?3 IS NOT NULL");
    }
    sql.push_str(" ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let service = filter.service.as_ref().map(|service| service.as_str());
    let mut rows = statement.query(params![service, now.boot, now.at])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        match summary(row, now) {
            Ok(summary) => list.push(summary),
            Err(error) => tracing::error!(%error, "a rollout in the journal is unreadable"),
        }
    }
    Ok(list)
}

pub(super) fn damaged(rollout: &RolloutId, what: impl std::fmt::Display) -> Refusal {
    JournalError::Damaged(format!(
        "rollout {rollout}: {what}; keep a copy of the journal's files and restore a backup"
    ))
    .into()
}
