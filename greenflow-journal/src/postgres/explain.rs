//! Why a write that changed nothing was refused.

use std::collections::BTreeMap;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use greenflow_core::provider::JournalError;
use greenflow_core::value::{ControllerId, RolloutId};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use super::values::{number, span};

/// How a rollout stands, as far as refusals go.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) head: u64,
    pub(super) epoch: u64,
    pub(super) owner: Option<String>,
    /// How long its lease goes on; zero when it is over.
    pub(super) remaining: Duration,
    /// The op of the frame in the place that was asked about.
    pub(super) op: Option<Uuid>,
}

/// How the rollouts that were asked about stand.
#[derive(Debug, Default)]
pub(super) struct Standings(BTreeMap<String, Row>);

/// Looks at these rollouts, and at the frame in one place of each.
pub(super) async fn look(
    client: &ClientWrapper,
    rollouts: &[&str],
    places: &[i64],
) -> Result<Standings, Error> {
    let sql = "SELECT r.id, r.head, r.epoch, r.owner,
                 CASE WHEN r.lease_until <= clock_timestamp() THEN 0
                   ELSE ceil(extract(epoch FROM r.lease_until - clock_timestamp()) * 1000)
                 END::bigint,
                 e.op
               FROM unnest($1::text[], $2::bigint[]) AS i (id, place)
               JOIN greenflow_rollout r ON r.id = i.id
               LEFT JOIN greenflow_event e ON e.rollout = r.id AND e.sequence = i.place";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[&rollouts, &places]).await?;
    Ok(Standings(rows.into_iter().map(|row| (row.get(0), row)).collect()))
}

impl Standings {
    /// Returns how one stands. One that is damaged is an answer to those who asked about it only.
    pub(super) fn of(&self, rollout: &RolloutId) -> Result<Standing, JournalError> {
        let Some(row) = self.0.get(rollout.as_str()) else {
            return Err(JournalError::NotFound(rollout.clone()));
        };
        let (head, epoch) = (number(row.get(1))?, number(row.get(2))?);
        let (owner, remaining, op) = (row.get(3), span(row.get(4)), row.get(5));
        Ok(Standing { head, epoch, owner, remaining, op })
    }
}

impl Standing {
    /// Returns the refusal of a token that is not that of the live lease.
    pub(super) fn fenced(&self, owner: &ControllerId, epoch: u64) -> Option<JournalError> {
        let ours = self.owner.as_deref() == Some(owner.as_str()) && !self.remaining.is_zero();
        if ours && self.epoch == epoch {
            return None;
        }
        Some(JournalError::Fenced { ours: epoch, current: self.epoch })
    }

    /// Returns the refusal of a claim.
    pub(super) fn held(&self, rollout: &RolloutId, by: &ControllerId) -> Option<JournalError> {
        let owner = self.owner.as_deref().filter(|owner| *owner != by.as_str())?;
        if self.remaining.is_zero() {
            return None;
        }
        let (rollout, remaining) = (rollout.clone(), self.remaining);
        Some(match ControllerId::new(owner) {
            Ok(owner) => JournalError::Held { rollout, owner, remaining },
            Err(error) => JournalError::Damaged(error.to_string()),
        })
    }
}
