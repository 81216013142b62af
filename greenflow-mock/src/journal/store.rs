//! What the journal keeps, and every refusal of it.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Duration;

use greenflow_core::provider::{
    Append, Claim, Create, Frame, JournalError, Lease, LeaseToken, ListFilter, Rest, Standing,
    StoredFrame, Summary,
};
use greenflow_core::value::{ControllerId, RolloutId, ServiceName, Timestamp};

use super::event::{StoreAct, StoreEvent};

/// Every rollout that the journal keeps.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) rows: BTreeMap<RolloutId, Row>,
    /// What was done, while somebody watches.
    pub(crate) log: Option<Vec<StoreEvent>>,
    /// The append in which a controller is about to die.
    pub(crate) on_the_way: Option<OnTheWay>,
    /// Appends that nobody gets an answer to, and when each arrives.
    pub(crate) late: Vec<(Duration, Append)>,
}

/// An append in which a controller is about to die: neither stored nor answered.
#[derive(Debug)]
pub(crate) struct OnTheWay {
    pub(crate) rollout: RolloutId,
    /// `None` until it comes.
    pub(crate) request: Option<Append>,
    pub(crate) waker: Option<Waker>,
}

impl OnTheWay {
    /// Waits for the next append of a rollout.
    pub(crate) const fn new(rollout: RolloutId) -> Self {
        Self { rollout, request: None, waker: None }
    }
}

/// One rollout.
#[derive(Debug)]
pub(crate) struct Row {
    service: ServiceName,
    pub(crate) frames: Vec<StoredFrame>,
    pub(crate) damaged: bool,
    standing: Standing,
    epoch: u64,
    lease: Option<Held>,
    due: Due,
    /// How far its own time had come, as it was last told.
    reached: Timestamp,
    /// When that was, or when the last frame was appended.
    told_at: Duration,
}

#[derive(Debug)]
struct Held {
    owner: ControllerId,
    until: Duration,
}

/// When somebody may claim an unleased rollout; one whose owner died is due at once.
#[derive(Clone, Copy, Debug)]
enum Due {
    At(Duration),
    Never,
}

impl Store {
    pub(crate) fn create(&mut self, now: Duration, request: Create) -> Result<Lease, JournalError> {
        if self.rows.contains_key(&request.rollout) {
            return Err(JournalError::Exists(request.rollout));
        }
        let locks = |row: &Row| row.service == request.service && row.locks();
        if let Some((by, _)) = self.rows.iter().find(|(_, row)| locks(row)) {
            return Err(JournalError::ServiceLocked { service: request.service, by: by.clone() });
        }
        let mut row = Row {
            service: request.service,
            frames: Vec::new(),
            damaged: false,
            standing: Standing { ended: false, locks_service: true },
            epoch: 1,
            lease: Some(Held { owner: request.owner.clone(), until: now + request.ttl }),
            due: Due::At(Duration::ZERO),
            reached: Timestamp::ZERO,
            told_at: now,
        };
        row.push(request.frames);
        let lease = row.lease_for(&request.rollout, request.owner, now);
        self.rows.insert(request.rollout, row);
        self.note(
            now,
            &lease.token,
            StoreAct::Leased { head: lease.head, until: now + request.ttl },
        );
        Ok(lease)
    }

    /// Takes what has arrived until now and waits for no answer. It counts like any other: under a
    /// live lease, and after exactly the facts that are there.
    pub(crate) fn take_late(&mut self, now: Duration) {
        self.late.sort_by_key(|(at, _)| *at);
        let arrived = self.late.iter().take_while(|(at, _)| *at <= now).count();
        for (at, request) in self.late.drain(..arrived).collect::<Vec<_>>() {
            // Nobody waits to hear whether it counted.
            drop(self.append(at, request));
        }
    }

    pub(crate) fn append(&mut self, now: Duration, request: Append) -> Result<(), JournalError> {
        let row = self.row_mut(&request.token.rollout)?;
        row.check(now, &request.token)?;
        if row.head() != request.expected_head {
            let (head, expected) = (row.head(), request.expected_head);
            return Err(JournalError::Conflict { head, expected });
        }
        let Append { token, expected_head: _, frames, standing, urgent } = request;
        let (after, count) = (row.head(), frames.len() as u64);
        row.push(frames);
        row.standing = standing;
        row.told_at = now;
        let Standing { ended, locks_service: locks } = standing;
        let act = StoreAct::Appended { after, frames: count, urgent, ended, locks };
        self.note(now, &token, act);
        Ok(())
    }

    pub(crate) fn read(
        &self,
        rollout: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        let row = self.rows.get(rollout);
        let row = row.ok_or_else(|| JournalError::NotFound(rollout.clone()))?;
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(row.frames.iter().skip(skip).take(limit).cloned().collect())
    }

    pub(crate) fn claim(&mut self, now: Duration, request: Claim) -> Result<Lease, JournalError> {
        let row = self.row_mut(&request.rollout)?;
        if let Some(held) = row.live(now).filter(|held| held.owner != request.owner) {
            return Err(JournalError::Held {
                rollout: request.rollout,
                owner: held.owner.clone(),
                remaining: held.until - now,
            });
        }
        row.epoch += 1;
        row.lease = Some(Held { owner: request.owner.clone(), until: now + request.ttl });
        row.due = Due::At(Duration::ZERO);
        let lease = row.lease_for(&request.rollout, request.owner, now);
        self.note(
            now,
            &lease.token,
            StoreAct::Leased { head: lease.head, until: now + request.ttl },
        );
        Ok(lease)
    }

    pub(crate) fn renew(
        &mut self,
        now: Duration,
        token: &LeaseToken,
        ttl: Duration,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(&token.rollout)?;
        row.check(now, token)?;
        row.lease = Some(Held { owner: token.owner.clone(), until: now + ttl });
        self.note(now, token, StoreAct::Renewed { until: now + ttl });
        Ok(())
    }

    pub(crate) fn release(
        &mut self,
        now: Duration,
        token: &LeaseToken,
        rest: Rest,
    ) -> Result<(), JournalError> {
        let row = self.row_mut(&token.rollout)?;
        row.check(now, token)?;
        row.lease = None;
        let due = rest.due_in.map(|span| now.saturating_add(span));
        row.due = due.map_or(Due::Never, Due::At);
        if let Some(reached) = rest.reached {
            (row.reached, row.told_at) = (reached, now);
        }
        self.note(now, token, StoreAct::Released { due });
        Ok(())
    }

    pub(crate) fn list(&self, now: Duration, filter: &ListFilter) -> Vec<Summary> {
        let wanted = |row: &Row| {
            filter.service.as_ref().is_none_or(|service| *service == row.service)
                && (!filter.unended || !row.standing.ended)
                && (!filter.claimable || row.is_claimable(now))
        };
        let summary = |(rollout, row): (&RolloutId, &Row)| Summary {
            rollout: rollout.clone(),
            service: row.service.clone(),
            standing: row.standing,
            head: row.head(),
            epoch: row.epoch,
            owner: row.live(now).map(|held| held.owner.clone()),
        };
        self.rows.iter().filter(|(_, row)| wanted(row)).map(summary).collect()
    }

    /// Notes what was done, if anybody watches.
    pub(crate) fn note(&mut self, at: Duration, token: &LeaseToken, act: StoreAct) {
        if let Some(log) = &mut self.log {
            let LeaseToken { rollout, owner, epoch } = token.clone();
            log.push(StoreEvent { at, rollout, owner: Some(owner), epoch, act });
        }
    }

    /// Notes what concerns no controller's lease.
    pub(crate) fn note_of(&mut self, at: Duration, rollout: &RolloutId, act: StoreAct) {
        let epoch = self.rows.get(rollout).map_or(0, |row| row.epoch);
        if let Some(log) = &mut self.log {
            log.push(StoreEvent { at, rollout: rollout.clone(), owner: None, epoch, act });
        }
    }

    fn row_mut(&mut self, rollout: &RolloutId) -> Result<&mut Row, JournalError> {
        self.rows.get_mut(rollout).ok_or_else(|| JournalError::NotFound(rollout.clone()))
    }
}

impl Row {
    pub(crate) fn head(&self) -> u64 {
        self.frames.len() as u64
    }

    pub(crate) const fn locks(&self) -> bool {
        self.standing.locks_service && !self.standing.ended
    }

    fn push(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            let sequence = self.head() + 1;
            self.frames.push(StoredFrame { sequence, epoch: self.epoch, frame });
        }
    }

    fn live(&self, now: Duration) -> Option<&Held> {
        self.lease.as_ref().filter(|held| held.until > now)
    }

    fn is_claimable(&self, now: Duration) -> bool {
        let due = match self.due {
            Due::At(at) => at <= now,
            Due::Never => false,
        };
        self.live(now).is_none() && due
    }

    /// Refuses everybody but the owner of the live lease.
    fn check(&self, now: Duration, token: &LeaseToken) -> Result<(), JournalError> {
        let ours = self.live(now).is_some_and(|held| held.owner == token.owner);
        if ours && token.epoch == self.epoch {
            return Ok(());
        }
        Err(JournalError::Fenced { ours: token.epoch, current: self.epoch })
    }

    fn lease_for(&self, rollout: &RolloutId, owner: ControllerId, now: Duration) -> Lease {
        Lease {
            token: LeaseToken { rollout: rollout.clone(), owner, epoch: self.epoch },
            head: self.head(),
            reached: self.reached,
            idle: now.saturating_sub(self.told_at),
        }
    }
}
