//! The row of a rollout.

use std::time::Duration;

use greenflow_core::provider::{JournalError, LeaseToken, Standing, Summary};
use greenflow_core::value::{ControllerId, RolloutId, ServiceName, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::clock::Moment;
use super::trouble::{Refusal, from_millis};

/// The row of a rollout.
#[derive(Debug)]
pub(super) struct Rollout {
    pub(super) number: i64,
    pub(super) head: u64,
    pub(super) epoch: u64,
    owner: Option<String>,
    lease_boot: i64,
    lease_until: i64,
    appended: Told,
    /// The rollout's own time, and when it was told; never, where there is none.
    reached: u64,
    reached_at: Option<Told>,
}

/// A moment, as the tables have it.
#[derive(Clone, Copy, Debug)]
struct Told {
    boot: i64,
    at: i64,
    wall: i64,
}

/// Whose the lease is, and for how long.
#[derive(Debug)]
pub(super) struct Live<'a> {
    pub(super) owner: &'a str,
    pub(super) remaining: Duration,
}

impl Rollout {
    /// Finds the row of a rollout.
    pub(super) fn find(connection: &Connection, id: &RolloutId) -> Result<Self, Refusal> {
        let sql = "SELECT number, head, epoch, owner, lease_boot, lease_until_ms, appended_boot,
                     appended_at_ms, appended_at_wall_ms, reached_ms, reached_boot, reached_at_ms,
                     reached_at_wall_ms FROM rollout WHERE id = ?1";
        let row =
            connection.prepare_cached(sql)?.query_row([id.as_str()], Self::read).optional()?;
        row.ok_or_else(|| JournalError::NotFound(id.clone()).into())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            head: row.get(1)?,
            epoch: row.get(2)?,
            owner: row.get(3)?,
            lease_boot: row.get(4)?,
            lease_until: row.get(5)?,
            appended: Told { boot: row.get(6)?, at: row.get(7)?, wall: row.get(8)? },
            reached: row.get(9)?,
            reached_at: match row.get(10)? {
                Some(boot) => Some(Told { boot, at: row.get(11)?, wall: row.get(12)? }),
                None => None,
            },
        })
    }

    /// Returns the lease, if it is live.
    pub(super) fn live(&self, now: Moment) -> Option<Live<'_>> {
        let owner = self.owner.as_deref()?;
        let left = self.lease_until.saturating_sub(now.at);
        let live = self.lease_boot == now.boot && left > 0;
        live.then(|| Live { owner, remaining: from_millis(left) })
    }

    /// Refuses everybody but the owner of the live lease.
    pub(super) fn check(&self, now: Moment, token: &LeaseToken) -> Result<(), JournalError> {
        let ours = self.live(now).is_some_and(|live| live.owner == token.owner.as_str());
        if ours && token.epoch == self.epoch {
            return Ok(());
        }
        Err(JournalError::Fenced { ours: token.epoch, current: self.epoch })
    }

    /// Returns how far the rollout's own time had come, as it was last told.
    pub(super) const fn reached(&self) -> Timestamp {
        Timestamp::from_millis(self.reached)
    }

    /// Returns how long ago the last frame was appended, or that was told.
    pub(super) fn idle(&self, now: Moment) -> Duration {
        let appended = self.appended.ago(now);
        self.reached_at.map_or(appended, |told| told.ago(now).min(appended))
    }
}

impl Told {
    /// Returns how long ago it was. While the host was down nobody knows how time passed but the wall
    /// clock, which may have been moved: that counts for at most an hour.
    fn ago(self, now: Moment) -> Duration {
        if self.boot == now.boot {
            return from_millis(now.at.saturating_sub(self.at));
        }
        let up = from_millis(now.at);
        let by_wall = from_millis(now.wall.saturating_sub(self.wall));
        by_wall.clamp(up, up.saturating_add(LONGEST_DOWN))
    }
}

/// Reads a row of the list; an error says what of it makes no sense.
pub(super) fn summary(row: &Row<'_>, now: Moment) -> Result<Summary, String> {
    let text = |at: usize| row.get::<_, String>(at).map_err(|error| error.to_string());
    let number = |at: usize| row.get::<_, u64>(at).map_err(|error| error.to_string());
    let flag = |at: usize| row.get::<_, bool>(at).map_err(|error| error.to_string());
    let signed = |at: usize| row.get::<_, i64>(at).map_err(|error| error.to_string());
    let owner: Option<String> = row.get(6).map_err(|error| error.to_string())?;
    let live = signed(7)? == now.boot && signed(8)? > now.at;
    let owner = owner.filter(|_| live).map(ControllerId::new).transpose();
    Ok(Summary {
        rollout: RolloutId::new(text(0)?).map_err(|error| error.to_string())?,
        service: ServiceName::new(text(1)?).map_err(|error| error.to_string())?,
        standing: Standing { ended: flag(2)?, locks_service: flag(3)? },
        head: number(4)?,
        epoch: number(5)?,
        owner: owner.map_err(|error| error.to_string())?,
    })
}

/// The most that the wall clock may say a host was down.
const LONGEST_DOWN: Duration = Duration::from_secs(3600);
