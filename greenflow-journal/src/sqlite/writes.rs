//! What a write does to the tables: every refusal comes before the first change.

use greenflow_core::provider::{Append, Create, Frame, JournalError, Lease, LeaseToken};
use greenflow_core::value::{RolloutId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::clock::Moment;
use super::leases::{claim, release, renew};
use super::list::damaged;
use super::rows::Rollout;
use super::trouble::{Refusal, to_millis};
use crate::checksum::checksum;
use crate::queue::{Done, Write};

/// Makes one write, inside of a transaction.
pub(super) fn make(connection: &Connection, now: Moment, write: &Write) -> Result<Done, Refusal> {
    match write {
        Write::Create(request) => create(connection, now, request).map(Done::Lease),
        Write::Append(request) => append(connection, now, request).map(|()| Done::Nothing),
        Write::Claim(request) => claim(connection, now, request).map(Done::Lease),
        Write::Renew { token, ttl } => renew(connection, now, token, *ttl).map(|()| Done::Nothing),
        Write::Release { token, rest } => {
            release(connection, now, token, *rest).map(|()| Done::Nothing)
        }
    }
}

fn create(connection: &Connection, now: Moment, request: &Create) -> Result<Lease, Refusal> {
    let Create { rollout, service, owner, ttl, frames } = request;
    match Rollout::find(connection, rollout) {
        Ok(_) => return Err(JournalError::Exists(rollout.clone()).into()),
        Err(Refusal::Contract(JournalError::NotFound(_))) => {}
        Err(refusal) => return Err(refusal),
    }
    if let Some(by) = locker(connection, service.as_str())? {
        return Err(JournalError::ServiceLocked { service: service.clone(), by }.into());
    }
    let sql = "INSERT INTO rollout (id, service, ended, locks_service, head, epoch, owner,
                 lease_boot, lease_until_ms, due_boot, due_at_ms,
                 appended_boot, appended_at_ms, appended_at_wall_ms)
               VALUES (?1, ?2, 0, 1, ?3, ?4, ?5, ?6, ?7, ?6, 0, ?6, ?8, ?9)";
    let until = now.at.saturating_add(to_millis(*ttl));
    let head = frames.len() as u64;
    let (service, holder) = (service.as_str(), owner.as_str());
    let id = rollout.as_str();
    connection.prepare_cached(sql)?.execute(params![
        id,
        service,
        head,
        FIRST_EPOCH,
        holder,
        now.boot,
        until,
        now.at,
        now.wall
    ])?;
    let number = connection.last_insert_rowid();
    store(connection, rollout, number, Place { head: 0, epoch: FIRST_EPOCH }, frames)?;
    let token = LeaseToken { rollout: rollout.clone(), owner: owner.clone(), epoch: FIRST_EPOCH };
    Ok(Lease { token, head, reached: Timestamp::ZERO, idle: std::time::Duration::ZERO })
}

fn append(connection: &Connection, now: Moment, request: &Append) -> Result<(), Refusal> {
    let Append { token, expected_head: expected, frames, standing, urgent: _ } = request;
    let row = Rollout::find(connection, &token.rollout)?;
    row.check(now, token)?;
    let (head, expected) = (row.head, *expected);
    if head != expected {
        return Err(JournalError::Conflict { head, expected }.into());
    }
    let sql = "UPDATE rollout SET head = ?2, ended = ?3, locks_service = ?4, appended_boot = ?5,
                 appended_at_ms = ?6, appended_at_wall_ms = ?7 WHERE number = ?1";
    let added = frames.len() as u64;
    let (ended, locks) = (standing.ended, standing.locks_service);
    let values = params![row.number, head + added, ended, locks, now.boot, now.at, now.wall];
    if let Err(error) = connection.prepare_cached(sql)?.execute(values) {
        return Err(locked_by_another(connection, &token.rollout, error)?);
    }
    store(connection, &token.rollout, row.number, Place { head, epoch: token.epoch }, frames)
}

/// Where frames go.
#[derive(Clone, Copy)]
struct Place {
    head: u64,
    epoch: u64,
}

fn store(
    connection: &Connection,
    rollout: &RolloutId,
    number: i64,
    Place { head, epoch }: Place,
    frames: &[Frame],
) -> Result<(), Refusal> {
    let sql = "INSERT INTO event (rollout, sequence, epoch, checksum, frame)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = connection.prepare_cached(sql)?;
    for (sequence, frame) in (head + 1..).zip(frames) {
        let sum = checksum(rollout, sequence, epoch, frame);
        statement.execute(params![number, sequence, epoch, sum, frame])?;
    }
    Ok(())
}

fn locker(connection: &Connection, service: &str) -> Result<Option<RolloutId>, Refusal> {
    let sql = "SELECT id FROM rollout WHERE service = ?1 AND ended = 0 AND locks_service = 1";
    let id: Option<String> =
        connection.prepare_cached(sql)?.query_row([service], |row| row.get(0)).optional()?;
    let name = |id: String| RolloutId::new(id).map_err(|error| error.to_string());
    id.map(name).transpose().map_err(|error| JournalError::Damaged(error).into())
}

/// Explains why a rollout could not lock its service again.
fn locked_by_another(
    connection: &Connection,
    rollout: &RolloutId,
    error: rusqlite::Error,
) -> Result<Refusal, Refusal> {
    if error.sqlite_error_code() != Some(rusqlite::ErrorCode::ConstraintViolation) {
        return Err(error.into());
    }
    let sql = "SELECT service FROM rollout WHERE id = ?1";
    let service: String =
        connection.prepare_cached(sql)?.query_row([rollout.as_str()], |row| row.get(0))?;
    let by = locker(connection, &service)?.ok_or(error)?;
    let service = service.parse().map_err(|error| damaged(rollout, error))?;
    Ok(JournalError::ServiceLocked { service, by }.into())
}

/// The epoch of a rollout's first lease.
const FIRST_EPOCH: u64 = 1;
