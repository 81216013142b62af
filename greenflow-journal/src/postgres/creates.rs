//! Creating a rollout.

use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use greenflow_core::provider::{Create, JournalError, Lease, LeaseToken};
use greenflow_core::value::{RolloutId, Timestamp};
use tokio_postgres::Error;
use uuid::Uuid;

use super::values::{bigint, millis};
use crate::checksum::checksum;
use crate::error::unavailable;
use crate::queue::{Answer, Done};

/// Creates a rollout, unless its id or its service is taken. If it is there by the same op, that
/// one's answer was lost, and it has succeeded.
pub(super) async fn create(
    client: &ClientWrapper,
    request: &Create,
    op: Uuid,
) -> Result<Answer, Error> {
    for _ in 0..TRIES {
        if insert(client, request, op).await? {
            return Ok(Ok(Done::Lease(lease(request))));
        }
        let sql = "SELECT created_by = $2 FROM greenflow_rollout WHERE id = $1";
        let statement = client.prepare_cached(sql).await?;
        if let Some(row) = client.query_opt(&statement, &[&request.rollout.as_str(), &op]).await? {
            let ours: bool = row.get(0);
            return Ok(if ours {
                Ok(Done::Lease(lease(request)))
            } else {
                Err(JournalError::Exists(request.rollout.clone()))
            });
        }
        if let Some(refusal) = locked(client, request).await? {
            return Ok(Err(refusal));
        }
        // Whoever was in the way ended in between.
    }
    Ok(Err(unavailable("the service was changing hands; nothing was written, try again")))
}

async fn insert(client: &ClientWrapper, request: &Create, op: Uuid) -> Result<bool, Error> {
    let sql = "WITH made AS (
                 INSERT INTO greenflow_rollout (id, service, ended, locks_service, head, epoch,
                   created_by, owner, lease_until, due_at, appended_at)
                 VALUES ($1, $2, false, true, $3, $4, $5, $6,
                   clock_timestamp() + $7::bigint * interval '1 millisecond',
                   clock_timestamp(), clock_timestamp())
                 ON CONFLICT DO NOTHING RETURNING id
               ), stored AS (
                 INSERT INTO greenflow_event (rollout, sequence, epoch, op, checksum, frame)
                 SELECT made.id, f.place, $4, $5, f.checksum, f.frame
                 FROM made, unnest($8::bigint[], $9::bytea[])
                   WITH ORDINALITY AS f (checksum, frame, place)
               )
               SELECT id FROM made";
    let Create { rollout, service, owner, ttl, frames } = request;
    let sums: Vec<i64> = (1..)
        .zip(frames)
        .map(|(sequence, frame)| checksum(rollout, sequence, FIRST_EPOCH, frame).into())
        .collect();
    let statement = client.prepare_cached(sql).await?;
    let made = client
        .query_opt(
            &statement,
            &[
                &rollout.as_str(),
                &service.as_str(),
                &bigint(frames.len() as u64),
                &bigint(FIRST_EPOCH),
                &op,
                &owner.as_str(),
                &millis(*ttl),
                &sums,
                frames,
            ],
        )
        .await?;
    Ok(made.is_some())
}

async fn locked(client: &ClientWrapper, request: &Create) -> Result<Option<JournalError>, Error> {
    let sql = "SELECT id FROM greenflow_rollout WHERE service = $1 AND NOT ended AND locks_service";
    let statement = client.prepare_cached(sql).await?;
    let row = client.query_opt(&statement, &[&request.service.as_str()]).await?;
    Ok(row.map(|row| match RolloutId::new(row.get::<_, String>(0)) {
        Ok(by) => JournalError::ServiceLocked { service: request.service.clone(), by },
        Err(error) => JournalError::Damaged(error.to_string()),
    }))
}

fn lease(request: &Create) -> Lease {
    let Create { rollout, owner, frames, .. } = request;
    let token = LeaseToken { rollout: rollout.clone(), owner: owner.clone(), epoch: FIRST_EPOCH };
    Lease { token, head: frames.len() as u64, reached: Timestamp::ZERO, idle: Duration::ZERO }
}

/// The epoch of a rollout's first lease.
const FIRST_EPOCH: u64 = 1;
/// How often a service that changes hands is tried.
const TRIES: usize = 3;
