//! All appends of a batch, as one statement.

use std::collections::BTreeSet;

use deadpool_postgres::ClientWrapper;
use greenflow_core::provider::{Append, JournalError};
use tokio_postgres::Error;
use uuid::Uuid;

use super::explain::look;
use super::values::bigint;
use crate::checksum::checksum;
use crate::error::unavailable;
use crate::queue::{Answer, Done};

/// An append, and by what it is recognised when its answer is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op<'a> {
    pub(super) append: &'a Append,
    pub(super) id: Uuid,
}

/// Appends, each under its own compare-and-set on epoch and head. An op whose frames are there
/// already has succeeded.
pub(super) async fn append(client: &ClientWrapper, ops: &[Op<'_>]) -> Result<Vec<Answer>, Error> {
    let done = try_append(client, ops).await?;
    let lost: Vec<Op<'_>> = ops.iter().copied().filter(|op| !done.contains(&op.id)).collect();
    let mut refusals = if lost.is_empty() { Vec::new() } else { explain(client, &lost).await? };
    refusals.reverse();
    let answer = |op: &Op<'_>| {
        if done.contains(&op.id) {
            return Ok(Done::Nothing);
        }
        refusals.pop().unwrap_or_else(|| Err(changing()))
    };
    Ok(ops.iter().map(answer).collect())
}

async fn try_append(client: &ClientWrapper, ops: &[Op<'_>]) -> Result<BTreeSet<Uuid>, Error> {
    let sql = "WITH input AS (
                 SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[],
                     $5::bigint[], $6::bool[], $7::bool[], $8::uuid[])
                   AS i (id, owner, epoch, head, added, ended, locks, op)
               ), won AS (
                 UPDATE greenflow_rollout r
                 SET head = r.head + i.added, ended = i.ended, locks_service = i.locks,
                   appended_at = clock_timestamp()
                 FROM input i
                 WHERE r.id = i.id AND r.head = i.head AND r.epoch = i.epoch
                   AND r.owner = i.owner AND r.lease_until > clock_timestamp()
                 RETURNING r.id, i.epoch, i.head, i.op
               ), stored AS (
                 INSERT INTO greenflow_event (rollout, sequence, epoch, op, checksum, frame)
                 SELECT w.id, w.head + f.place, w.epoch, w.op, f.checksum, f.frame
                 FROM won w
                 JOIN unnest($9::uuid[], $10::bigint[], $11::bigint[], $12::bytea[])
                   AS f (op, place, checksum, frame) ON f.op = w.op
               )
               SELECT op FROM won";
    let of = |part: fn(&Append) -> i64| ops.iter().map(|op| part(op.append)).collect::<Vec<_>>();
    let flag = |part: fn(&Append) -> bool| ops.iter().map(|op| part(op.append)).collect::<Vec<_>>();
    let ids: Vec<&str> = ops.iter().map(|op| op.append.token.rollout.as_str()).collect();
    let owners: Vec<&str> = ops.iter().map(|op| op.append.token.owner.as_str()).collect();
    let epochs = of(|append| bigint(append.token.epoch));
    let heads = of(|append| bigint(append.expected_head));
    let added = of(|append| bigint(append.frames.len() as u64));
    let ended = flag(|append| append.standing.ended);
    let locks = flag(|append| append.standing.locks_service);
    let names: Vec<Uuid> = ops.iter().map(|op| op.id).collect();
    let frames = Frames::of(ops);
    let statement = client.prepare_cached(sql).await?;
    let rows = client
        .query(
            &statement,
            &[
                &ids,
                &owners,
                &epochs,
                &heads,
                &added,
                &ended,
                &locks,
                &names,
                &frames.ops,
                &frames.places,
                &frames.checksums,
                &frames.bytes,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The frames of all appends, column by column.
#[derive(Default)]
struct Frames<'a> {
    ops: Vec<Uuid>,
    places: Vec<i64>,
    checksums: Vec<i64>,
    bytes: Vec<&'a [u8]>,
}

impl<'a> Frames<'a> {
    fn of(ops: &[Op<'a>]) -> Self {
        let mut all = Self::default();
        for Op { append, id } in ops {
            let Append { token, expected_head, frames, .. } = append;
            for (place, frame) in (1_u64..).zip(frames) {
                let sequence = expected_head.saturating_add(place);
                let sum = checksum(&token.rollout, sequence, token.epoch, frame);
                all.ops.push(*id);
                all.places.push(bigint(place));
                all.checksums.push(sum.into());
                all.bytes.push(frame);
            }
        }
        all
    }
}

/// Says of each why it is not there, or that it is.
async fn explain(client: &ClientWrapper, ops: &[Op<'_>]) -> Result<Vec<Answer>, Error> {
    let ids: Vec<&str> = ops.iter().map(|op| op.append.token.rollout.as_str()).collect();
    let places: Vec<i64> =
        ops.iter().map(|op| bigint(op.append.expected_head.saturating_add(1))).collect();
    let standings = look(client, &ids, &places).await?;
    let answer = |op: &Op<'_>| {
        let Append { token, expected_head: expected, .. } = op.append;
        let found = standings.of(&token.rollout)?;
        if found.op == Some(op.id) {
            return Ok(Done::Nothing);
        }
        if let Some(fenced) = found.fenced(&token.owner, token.epoch) {
            return Err(fenced);
        }
        let (head, expected) = (found.head, *expected);
        if head == expected {
            return Err(changing());
        }
        Err(JournalError::Conflict { head, expected })
    };
    Ok(ops.iter().map(answer).collect())
}

fn changing() -> JournalError {
    unavailable("the rollout was changing at that moment; nothing was written, try again")
}
