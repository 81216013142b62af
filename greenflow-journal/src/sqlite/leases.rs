//! Who may write, and until when.

use std::time::Duration;

use greenflow_core::provider::{Claim, JournalError, Lease, LeaseToken, Rest};
use greenflow_core::value::ControllerId;
use rusqlite::{Connection, params};

use super::clock::Moment;
use super::list::{check_end, damaged};
use super::rows::Rollout;
use super::trouble::{Refusal, to_millis};

pub(super) fn claim(
    connection: &Connection,
    now: Moment,
    request: &Claim,
) -> Result<Lease, Refusal> {
    let Claim { rollout, owner, ttl } = request;
    let row = Rollout::find(connection, rollout)?;
    if let Some(live) = row.live(now).filter(|live| live.owner != owner.as_str()) {
        let holder = ControllerId::new(live.owner).map_err(|error| damaged(rollout, error))?;
        let (rollout, remaining) = (rollout.clone(), live.remaining);
        return Err(JournalError::Held { rollout, owner: holder, remaining }.into());
    }
    check_end(connection, rollout, &row)?;
    let sql = "UPDATE rollout SET epoch = ?2, owner = ?3, lease_boot = ?4, lease_until_ms = ?5,
                 due_boot = ?4, due_at_ms = 0 WHERE number = ?1";
    let epoch = row.epoch + 1;
    let until = now.at.saturating_add(to_millis(*ttl));
    let values = params![row.number, epoch, owner.as_str(), now.boot, until];
    connection.prepare_cached(sql)?.execute(values)?;
    let token = LeaseToken { rollout: rollout.clone(), owner: owner.clone(), epoch };
    Ok(Lease { token, head: row.head, reached: row.reached(), idle: row.idle(now) })
}

pub(super) fn renew(
    connection: &Connection,
    now: Moment,
    token: &LeaseToken,
    ttl: Duration,
) -> Result<(), Refusal> {
    let row = Rollout::find(connection, &token.rollout)?;
    row.check(now, token)?;
    let sql = "UPDATE rollout SET lease_until_ms = ?2 WHERE number = ?1";
    let until = now.at.saturating_add(to_millis(ttl));
    connection.prepare_cached(sql)?.execute(params![row.number, until])?;
    Ok(())
}

pub(super) fn release(
    connection: &Connection,
    now: Moment,
    token: &LeaseToken,
    rest: Rest,
) -> Result<(), Refusal> {
    let row = Rollout::find(connection, &token.rollout)?;
    row.check(now, token)?;
    let sql = "UPDATE rollout SET owner = NULL, due_boot = ?2, due_at_ms = ?3 WHERE number = ?1";
    let due = rest.due_in.map(|span| now.at.saturating_add(to_millis(span)));
    connection.prepare_cached(sql)?.execute(params![row.number, now.boot, due])?;
    let Some(reached) = rest.reached else { return Ok(()) };
    let sql = "UPDATE rollout SET reached_ms = ?2, reached_boot = ?3, reached_at_ms = ?4,
                 reached_at_wall_ms = ?5 WHERE number = ?1";
    let reached = i64::try_from(reached.as_millis()).unwrap_or(i64::MAX);
    let values = params![row.number, reached, now.boot, now.at, now.wall];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
