//! Reading.

use deadpool_postgres::ClientWrapper;
use greenflow_core::provider::{JournalError, ListFilter, Standing, StoredFrame, Summary};
use greenflow_core::value::{ControllerId, InvalidName, RolloutId, ServiceName};
use tokio_postgres::{Error, Row};

use super::values::{bigint, number};
use crate::checksum::checksum;

/// Reads the frames after the first `after`, at most `limit`; every one of them is one that was
/// written there, and none is missing, or it fails.
pub(super) async fn frames(
    client: &ClientWrapper,
    rollout: &RolloutId,
    after: u64,
    limit: usize,
) -> Result<Result<Vec<StoredFrame>, JournalError>, Error> {
    settle(client, rollout).await?;
    let sql = "SELECT r.head, e.sequence, e.epoch, e.checksum, e.frame
               FROM greenflow_rollout r LEFT JOIN LATERAL (
                 SELECT sequence, epoch, checksum, frame FROM greenflow_event
                 WHERE rollout = r.id AND sequence > $2 ORDER BY sequence LIMIT $3
               ) e ON true
               WHERE r.id = $1
               ORDER BY e.sequence";
    let statement = client.prepare_cached(sql).await?;
    let most = bigint(limit as u64);
    let rows = client.query(&statement, &[&rollout.as_str(), &bigint(after), &most]).await?;
    Ok(collect(rollout, after, limit, &rows))
}

/// Waits for a write that the server is still making, and whose answer was lost. A statement of its
/// own: one that waits goes on to see the row as it is then, but the frames as they were before.
async fn settle(client: &ClientWrapper, rollout: &RolloutId) -> Result<(), Error> {
    let sql = "SELECT 1 FROM greenflow_rollout WHERE id = $1 FOR SHARE";
    let statement = client.prepare_cached(sql).await?;
    client.query_opt(&statement, &[&rollout.as_str()]).await.map(drop)
}

fn collect(
    rollout: &RolloutId,
    after: u64,
    limit: usize,
    rows: &[Row],
) -> Result<Vec<StoredFrame>, JournalError> {
    let Some(first) = rows.first() else {
        return Err(JournalError::NotFound(rollout.clone()));
    };
    let head = number(first.get(0))?;
    let mut frames = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(sequence) = row.get::<_, Option<i64>>(1) else { continue };
        let (sequence, epoch) = (number(sequence)?, number(row.get(2))?);
        let frame = StoredFrame { sequence, epoch, frame: row.get(4) };
        let expected = after.saturating_add(frames.len() as u64).saturating_add(1);
        let sum = i64::from(checksum(rollout, sequence, epoch, &frame.frame));
        if sequence != expected || sum != row.get::<_, i64>(3) {
            return damaged(rollout, format!("frame {expected} is not what was written"));
        }
        frames.push(frame);
    }
    let expected = head.saturating_sub(after).min(limit as u64);
    if frames.len() as u64 == expected {
        return Ok(frames);
    }
    let found = frames.len();
    damaged(
        rollout,
        format!("after frame {after} there should be {expected}, and {found} are there"),
    )
}

/// Lists rollouts. A row that makes no sense is left out and reported: it must stop nobody else.
pub(super) async fn rollouts(
    client: &ClientWrapper,
    filter: &ListFilter,
) -> Result<Vec<Summary>, Error> {
    let mut sql = "SELECT id, service, ended, locks_service, head, epoch,
                     CASE WHEN lease_until > clock_timestamp() THEN owner END
                   FROM greenflow_rollout WHERE ($1::text IS NULL OR service = $1)"
        .to_owned();
    if filter.unended {
        sql.push_str(" AND NOT ended");
    }
    if filter.claimable {
        sql.push_str(" AND due_at <= now() AND (owner IS NULL OR lease_until <= now())");
    }
    sql.push_str(" ORDER BY id COLLATE \"C\"");
    let service = filter.service.as_ref().map(|service| service.as_str());
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &[&service]).await?;
    let mut list = Vec::with_capacity(rows.len());
    for row in &rows {
        match summary(row) {
            Ok(summary) => list.push(summary),
            Err(error) => tracing::error!(%error, "a rollout in the journal is unreadable"),
        }
    }
    Ok(list)
}

fn summary(row: &Row) -> Result<Summary, JournalError> {
    let damaged = |error: InvalidName| JournalError::Damaged(error.to_string());
    let owner: Option<String> = row.get(6);
    Ok(Summary {
        rollout: RolloutId::new(row.get::<_, String>(0)).map_err(damaged)?,
        service: ServiceName::new(row.get::<_, String>(1)).map_err(damaged)?,
        standing: Standing { ended: row.get(2), locks_service: row.get(3) },
        head: number(row.get(4))?,
        epoch: number(row.get(5))?,
        owner: owner.map(ControllerId::new).transpose().map_err(damaged)?,
    })
}

fn damaged<T>(rollout: &RolloutId, what: impl std::fmt::Display) -> Result<T, JournalError> {
    Err(JournalError::Damaged(format!(
        "rollout {rollout}: {what}; keep a copy of the database and restore a backup"
    )))
}
