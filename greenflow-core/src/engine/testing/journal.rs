//! A journal of one rollout that fails as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::TestClock;
use crate::provider::{
    Append, Claim, Clock as _, Create, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest,
    Standing, StoredFrame, Summary,
};
use crate::value::{ControllerId, RolloutId, ServiceName};

/// What happens to the next append.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::engine) enum Fault {
    /// It fails and does not land.
    Fails,
    /// It lands, and the answer is an error.
    LandsUnanswered,
    /// It never answers and does not land.
    Hangs,
}

#[derive(Clone, Debug)]
pub(in crate::engine) struct TestJournal {
    clock: TestClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub(in crate::engine) struct State {
    pub(in crate::engine) frames: Vec<StoredFrame>,
    pub(in crate::engine) epoch: u64,
    pub(in crate::engine) owner: Option<ControllerId>,
    pub(in crate::engine) expires: Duration,
    pub(in crate::engine) append_faults: VecDeque<Fault>,
    /// Every call fails.
    pub(in crate::engine) down: bool,
    /// Every append fails that is not urgent.
    pub(in crate::engine) full: bool,
    /// Every append fails.
    pub(in crate::engine) broken: bool,
    /// Every read fails.
    pub(in crate::engine) unread: bool,
    /// How long a renewal takes.
    pub(in crate::engine) renewal_takes: Duration,
    pub(in crate::engine) claims: u32,
    /// Every claim finds it damaged.
    pub(in crate::engine) damaged: bool,
    /// How long a listing takes.
    pub(in crate::engine) list_takes: Duration,
    /// When each listing began.
    pub(in crate::engine) listed_at: Vec<Duration>,
    pub(in crate::engine) create_faults: VecDeque<Fault>,
    /// What the last release told.
    pub(in crate::engine) rest: Rest,
    /// What a claim is told of the time since then.
    pub(in crate::engine) idle: Duration,
}

impl TestJournal {
    pub(in crate::engine) fn new(clock: &TestClock) -> Self {
        Self { clock: clock.clone(), state: Arc::default() }
    }

    pub(in crate::engine) fn arc(&self) -> Arc<dyn Journal> {
        Arc::new(self.clone())
    }

    pub(in crate::engine) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up(&self) -> Result<MutexGuard<'_, State>, JournalError> {
        let state = self.state();
        if state.down { Err(away()) } else { Ok(state) }
    }

    fn held(&self, token: &LeaseToken) -> Result<MutexGuard<'_, State>, JournalError> {
        let state = self.up()?;
        let is_live = state.expires > self.clock.monotonic();
        if state.epoch == token.epoch && is_live {
            return Ok(state);
        }
        Err(JournalError::Fenced { ours: token.epoch, current: state.epoch })
    }
}

fn away() -> JournalError {
    JournalError::Unavailable { reason: "down".to_owned(), source: None }
}

fn land(state: &mut State, request: Append) -> Result<(), JournalError> {
    let head = state.frames.len() as u64;
    if head != request.expected_head {
        return Err(JournalError::Conflict { head, expected: request.expected_head });
    }
    for frame in request.frames {
        let sequence = state.frames.len() as u64 + 1;
        state.frames.push(StoredFrame { sequence, epoch: request.token.epoch, frame });
    }
    Ok(())
}

#[async_trait]
impl Journal for TestJournal {
    async fn create(&self, request: Create) -> Result<Lease, JournalError> {
        let fault = self.state().create_faults.pop_front();
        match fault {
            Some(Fault::Fails) => return Err(away()),
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::LandsUnanswered) | None => {}
        }
        if !self.up()?.frames.is_empty() {
            return Err(JournalError::Exists(request.rollout));
        }
        let Create { rollout, owner, ttl, frames, .. } = request;
        let lease = self.claim(Claim { rollout, owner, ttl }).await?;
        let token = lease.token.clone();
        let standing = Standing::default();
        land(
            &mut self.state(),
            Append { token, expected_head: 0, frames, standing, urgent: false },
        )?;
        if fault.is_some() {
            return Err(away());
        }
        Ok(Lease { head: self.state().frames.len() as u64, ..lease })
    }

    async fn append(&self, request: Append) -> Result<(), JournalError> {
        let fault = self.state().append_faults.pop_front();
        if fault == Some(Fault::Hangs) {
            std::future::pending::<()>().await;
        }
        let mut state = self.held(&request.token)?;
        let full = state.full && !request.urgent;
        if fault == Some(Fault::Fails) || full || state.broken {
            return Err(away());
        }
        land(&mut state, request)?;
        if fault.is_some() { Err(away()) } else { Ok(()) }
    }

    async fn read(
        &self,
        _: &RolloutId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredFrame>, JournalError> {
        let after = usize::try_from(after).unwrap();
        let state = self.up()?;
        if state.unread {
            return Err(away());
        }
        Ok(state.frames.iter().skip(after).take(limit).cloned().collect())
    }

    async fn claim(&self, request: Claim) -> Result<Lease, JournalError> {
        let now = self.clock.monotonic();
        let mut state = self.up()?;
        if state.damaged {
            return Err(JournalError::Damaged("as it was told".to_owned()));
        }
        let others = state.owner.clone().filter(|owner| *owner != request.owner);
        if let Some(owner) = others.filter(|_| state.expires > now) {
            let remaining = state.expires - now;
            return Err(JournalError::Held { rollout: request.rollout, owner, remaining });
        }
        state.epoch += 1;
        state.claims += 1;
        state.owner = Some(request.owner.clone());
        state.expires = now + request.ttl;
        let (rollout, owner, epoch) = (request.rollout, request.owner, state.epoch);
        let head = state.frames.len() as u64;
        let token = LeaseToken { rollout, owner, epoch };
        let reached = state.rest.reached.unwrap_or_default();
        Ok(Lease { token, head, reached, idle: state.idle })
    }

    async fn renew(&self, token: &LeaseToken, ttl: Duration) -> Result<(), JournalError> {
        drop(self.held(token)?);
        let takes = self.state().renewal_takes;
        if !takes.is_zero() {
            self.clock.sleep_until(self.clock.monotonic() + takes).await;
        }
        self.held(token)?.expires = self.clock.monotonic() + ttl;
        Ok(())
    }

    async fn release(&self, token: &LeaseToken, rest: Rest) -> Result<(), JournalError> {
        let mut state = self.held(token)?;
        let reached = rest.reached.or(state.rest.reached);
        state.rest = Rest { reached, ..rest };
        state.expires = Duration::ZERO;
        state.owner = None;
        Ok(())
    }

    async fn list(&self, filter: ListFilter) -> Result<Vec<Summary>, JournalError> {
        let now = self.clock.monotonic();
        let ends = {
            let mut state = self.up()?;
            state.listed_at.push(now);
            now + state.list_takes
        };
        self.clock.sleep_until(ends).await;
        let state = self.up()?;
        let owner = state.owner.clone().filter(|_| state.expires > ends);
        if state.owner.is_none() || (filter.claimable && owner.is_some()) {
            return Ok(Vec::new());
        }
        let standing = Standing { ended: false, locks_service: true };
        let (rollout, service) = (RolloutId::new("r").unwrap(), ServiceName::new("s").unwrap());
        let (head, epoch) = (state.frames.len() as u64, state.epoch);
        Ok(vec![Summary { rollout, service, standing, head, epoch, owner }])
    }
}
