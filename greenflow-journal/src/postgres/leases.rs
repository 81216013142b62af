//! Who may write, and until when; each kind as one statement for all of a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use greenflow_core::provider::{Claim, JournalError, Lease, LeaseToken, Rest};
use greenflow_core::value::{ControllerId, RolloutId, Timestamp};
use tokio_postgres::{Error, Row};

use super::explain::{Standings, look};
use super::values::{bigint, millis, number, span};
use crate::error::unavailable;
use crate::queue::{Answer, Done};

/// Claims.
pub(super) async fn claim(client: &ClientWrapper, claims: &[&Claim]) -> Result<Vec<Answer>, Error> {
    let sql = "UPDATE greenflow_rollout r
               SET epoch = r.epoch + 1, owner = i.owner,
                 lease_until = clock_timestamp() + i.ttl * interval '1 millisecond',
                 due_at = clock_timestamp() + i.ttl * interval '1 millisecond'
               FROM unnest($1::text[], $2::text[], $3::bigint[]) AS i (id, owner, ttl)
               WHERE r.id = i.id
                 AND (r.owner IS NULL OR r.owner = i.owner OR r.lease_until <= clock_timestamp())
               RETURNING r.id, r.epoch, r.head, r.reached_ms,
                 floor(extract(epoch FROM clock_timestamp()
                   - greatest(r.appended_at, r.reached_at)) * 1000)::bigint";
    let ids: Vec<&str> = claims.iter().map(|claim| claim.rollout.as_str()).collect();
    let owners: Vec<&str> = claims.iter().map(|claim| claim.owner.as_str()).collect();
    let ttls: Vec<i64> = claims.iter().map(|claim| millis(claim.ttl)).collect();
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&ids, &owners, &ttls]).await?;
    let won: BTreeMap<String, Row> = rows.into_iter().map(|row| (row.get(0), row)).collect();
    let places = vec![0_i64; ids.len()];
    let standings = if won.len() == claims.len() {
        Standings::default()
    } else {
        look(client, &ids, &places).await?
    };
    let answer = |claim: &&Claim| {
        if let Some(row) = won.get(claim.rollout.as_str()) {
            return lease(claim.rollout.clone(), claim.owner.clone(), row).map(Done::Lease);
        }
        let found = standings.of(&claim.rollout)?;
        Err(found.held(&claim.rollout, &claim.owner).unwrap_or_else(changing))
    };
    Ok(claims.iter().map(answer).collect())
}

/// Claims whatever is due and leased by nobody, at most `limit`; what another claims at the same
/// time is passed over.
pub(super) async fn claim_due(
    client: &ClientWrapper,
    owner: &ControllerId,
    ttl: Duration,
    limit: usize,
) -> Result<Result<Vec<Lease>, JournalError>, Error> {
    let sql = "UPDATE greenflow_rollout r
               SET epoch = r.epoch + 1, owner = $1,
                 lease_until = clock_timestamp() + $2::bigint * interval '1 millisecond',
                 due_at = clock_timestamp() + $2::bigint * interval '1 millisecond'
               FROM (
                 SELECT id FROM greenflow_rollout
                 WHERE NOT ended AND due_at <= now() AND (owner IS NULL OR lease_until <= now())
                 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
               ) due
               WHERE r.id = due.id
               RETURNING r.id, r.epoch, r.head, r.reached_ms,
                 floor(extract(epoch FROM clock_timestamp()
                   - greatest(r.appended_at, r.reached_at)) * 1000)::bigint";
    let statement = client.prepare_cached(sql).await?;
    let limit = bigint(limit as u64);
    let rows = client.query(&statement, &[&owner.as_str(), &millis(ttl), &limit]).await?;
    let claimed = |row: &Row| {
        let rollout = RolloutId::new(row.get::<_, String>(0));
        let rollout = rollout.map_err(|error| JournalError::Damaged(error.to_string()))?;
        lease(rollout, owner.clone(), row)
    };
    Ok(rows.iter().map(claimed).collect())
}

/// Renewals.
pub(super) async fn renew(
    client: &ClientWrapper,
    renewals: &[(&LeaseToken, Duration)],
) -> Result<Vec<Answer>, Error> {
    let sql = "UPDATE greenflow_rollout r
               SET lease_until = clock_timestamp() + i.ttl * interval '1 millisecond'
               FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
                 AS i (id, owner, epoch, ttl)
               WHERE r.id = i.id AND r.owner = i.owner AND r.epoch = i.epoch
                 AND r.lease_until > clock_timestamp()
               RETURNING r.id";
    let tokens: Vec<&LeaseToken> = renewals.iter().map(|(token, _)| *token).collect();
    let ttls: Vec<i64> = renewals.iter().map(|(_, ttl)| millis(*ttl)).collect();
    let (ids, owners, epochs) = columns(&tokens);
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&ids, &owners, &epochs, &ttls]).await?;
    fence(client, &tokens, &rows, Repeat::No).await
}

/// Releases. One that is repeated because its answer was lost may find that it has succeeded.
pub(super) async fn release(
    client: &ClientWrapper,
    releases: &[(&LeaseToken, Rest)],
    repeat: Repeat,
) -> Result<Vec<Answer>, Error> {
    let sql = "UPDATE greenflow_rollout r
               SET owner = NULL, lease_until = '-infinity',
                 due_at = clock_timestamp() + i.due_in * interval '1 millisecond',
                 reached_ms = coalesce(i.reached, r.reached_ms),
                 reached_at = CASE WHEN i.reached IS NULL THEN r.reached_at
                   ELSE clock_timestamp() END
               FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
                 AS i (id, owner, epoch, due_in, reached)
               WHERE r.id = i.id AND r.owner = i.owner AND r.epoch = i.epoch
                 AND r.lease_until > clock_timestamp()
               RETURNING r.id";
    let tokens: Vec<&LeaseToken> = releases.iter().map(|(token, _)| *token).collect();
    let due_in: Vec<Option<i64>> =
        releases.iter().map(|(_, rest)| rest.due_in.map(millis)).collect();
    let reached = |(_, rest): &(_, Rest)| rest.reached.map(|at| bigint(at.as_millis()));
    let reached: Vec<Option<i64>> = releases.iter().map(reached).collect();
    let (ids, owners, epochs) = columns(&tokens);
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&ids, &owners, &epochs, &due_in, &reached]).await?;
    fence(client, &tokens, &rows, repeat).await
}

/// Whether a write was sent before, and its answer lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Repeat {
    Yes,
    No,
}

fn columns<'a>(tokens: &[&'a LeaseToken]) -> (Vec<&'a str>, Vec<&'a str>, Vec<i64>) {
    let ids = tokens.iter().map(|token| token.rollout.as_str()).collect();
    let owners = tokens.iter().map(|token| token.owner.as_str()).collect();
    (ids, owners, tokens.iter().map(|token| bigint(token.epoch)).collect())
}

/// Answers those that are in the rows with success, and says of the others why not.
async fn fence(
    client: &ClientWrapper,
    tokens: &[&LeaseToken],
    rows: &[Row],
    repeat: Repeat,
) -> Result<Vec<Answer>, Error> {
    let won: BTreeSet<&str> = rows.iter().map(|row| row.get(0)).collect();
    let ids: Vec<&str> = tokens.iter().map(|token| token.rollout.as_str()).collect();
    let places = vec![0_i64; ids.len()];
    let standings = if won.len() == tokens.len() {
        Standings::default()
    } else {
        look(client, &ids, &places).await?
    };
    let answer = |token: &&LeaseToken| {
        if won.contains(token.rollout.as_str()) {
            return Ok(Done::Nothing);
        }
        let found = standings.of(&token.rollout)?;
        // Nobody but its owner ends the lease of an epoch.
        let gone = found.owner.is_none() && found.epoch == token.epoch;
        if repeat == Repeat::Yes && gone {
            return Ok(Done::Nothing);
        }
        Err(found.fenced(&token.owner, token.epoch).unwrap_or_else(changing))
    };
    Ok(tokens.iter().map(answer).collect())
}

fn lease(rollout: RolloutId, owner: ControllerId, row: &Row) -> Result<Lease, JournalError> {
    let (epoch, head) = (number(row.get(1))?, number(row.get(2))?);
    let (reached, idle) = (Timestamp::from_millis(number(row.get(3))?), span(row.get(4)));
    Ok(Lease { token: LeaseToken { rollout, owner, epoch }, head, reached, idle })
}

fn changing() -> JournalError {
    unavailable("the rollout was changing at that moment; nothing was written, try again")
}
