//! Taking the lease of a rollout that exists, and reading its facts.

use std::time::Duration;

use super::handle::{Inbox, Message};
use super::lease::{Asked, Holding};
use super::pilot::Fold;
use super::time::within;
use super::troubles::{NO_EPOCH, refuse};
use super::{CommandError, Engine, EngineError};
use crate::fact::Entry;
use crate::fact::frame::Chain;
use crate::plan::Timing;
use crate::provider::{Claim, Journal, JournalError, Lease};
use crate::value::{ControllerId, Revision, RolloutId};

/// What came of waiting for a lease.
#[derive(Debug)]
pub(super) enum Claimed {
    /// It is ours; it was asked for at this moment.
    Ours(Lease, Asked),
    /// Somebody wants the run to end.
    HandOver,
}

/// How long to wait for a lease; `None` is for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Patience {
    /// With a journal that cannot be reached.
    pub(super) away: Option<Duration>,
    /// With another controller that has it.
    pub(super) held: Option<Duration>,
}

/// Waits for the lease of a rollout. While another controller has it, that one acts; commands
/// that come meanwhile are answered so once it has kept it for a whole TTL. A journal that is damaged
/// already here is paged.
///
/// # Errors
/// What the journal refused; and what it said last when `patience` is over.
pub(super) async fn claim(
    engine: &Engine,
    rollout: &RolloutId,
    owner: &ControllerId,
    inbox: &mut Inbox,
    patience: Patience,
) -> Result<Claimed, EngineError> {
    let (clock, ttl) = (engine.clock.as_ref(), engine.times.ttl);
    let begun = clock.monotonic();
    let mut away_since = None;
    loop {
        let sent = Asked::now(clock);
        let request = Claim { rollout: rollout.clone(), owner: owner.clone(), ttl };
        let answer = within(clock, DEADLINE, engine.journal.as_ref().claim(request)).await;
        let pause = match answer.unwrap_or_else(|| Err(no_answer())) {
            Ok(lease) => return Ok(Claimed::Ours(lease, sent)),
            Err(JournalError::Held { rollout, owner, remaining }) => {
                away_since = None;
                let waited = clock.monotonic().saturating_sub(begun);
                if waited >= ttl {
                    inbox.refuse_kept(&CommandError::HeldElsewhere { owner: owner.clone() });
                }
                if patience.held.is_some_and(|patience| waited >= patience) {
                    return Err(JournalError::Held { rollout, owner, remaining }.into());
                }
                remaining.clamp(PAUSE, engine.times.renew.max(PAUSE))
            }
            Err(error @ JournalError::Unavailable { .. }) => {
                let since = *away_since.get_or_insert(sent.at);
                let away = clock.monotonic().saturating_sub(since);
                if patience.away.is_some_and(|patience| away >= patience) {
                    return Err(error.into());
                }
                tracing::warn!(%error, "claim");
                away.clamp(PAUSE, PAUSE_MAX)
            }
            Err(
                error @ (JournalError::ServiceLocked { .. }
                | JournalError::Exists(_)
                | JournalError::NotFound(_)
                | JournalError::Fenced { .. }
                | JournalError::Conflict { .. }
                | JournalError::Damaged(_)),
            ) => {
                if matches!(error, JournalError::NotFound(_)) {
                    inbox.refuse_kept(&CommandError::NotCreated);
                }
                let error = error.into();
                refuse(engine, rollout, NO_EPOCH, &error).await;
                return Err(error);
            }
        };
        let until = clock.monotonic().saturating_add(pause);
        loop {
            tokio::select! { biased;
                message = inbox.next_new() => match message {
                    Message::HandOver { .. } => return Ok(Claimed::HandOver),
                    message @ Message::Command { .. } => inbox.put_back(message),
                },
                () = clock.sleep_until(until) => break,
            }
        }
    }
}

/// What a journal's facts amount to.
pub(super) struct Folded<M> {
    pub(super) machine: M,
    pub(super) pinned: Pinned,
}

/// What executors need of the plan; pinned by the first fact.
#[derive(Clone, Debug)]
pub(super) struct Pinned {
    pub(super) green: Revision,
    pub(super) timing: Timing,
}

/// Reads and folds all facts of a rollout whose lease is held, renewing it meanwhile. When the
/// lease was claimed there were `head` of them: fewer are a journal that has lost its end, which no
/// chain can show.
///
/// # Errors
/// When the lease is lost, or when the facts cannot be read or folded; nothing was done then.
pub(super) async fn read_and_fold<M>(
    engine: &Engine,
    rollout: &RolloutId,
    lease: &Holding,
    head: u64,
    fold: &Fold<M>,
) -> Result<(Folded<M>, Chain), EngineError> {
    let lost = |loss| EngineError::LeaseLost { rollout: rollout.clone(), loss };
    let clock = engine.clock.as_ref();
    let (entries, chain) = loop {
        let failure = tokio::select! { biased;
            loss = lease.keep() => return Err(lost(loss)),
            read = within(clock, READ_DEADLINE, read_entries(engine.journal.as_ref(), rollout)) =>
                match read {
                    Some(Ok(read)) => break read,
                    Some(Err(EngineError::Journal(error @ JournalError::Unavailable { .. }))) => {
                        error
                    }
                    Some(Err(error)) => return Err(error),
                    None => no_answer(),
                },
        };
        tracing::warn!(error = %failure, "read");
        let remaining = lease.remaining().map_err(lost)?;
        clock.sleep_until(clock.monotonic().saturating_add(PAUSE.min(remaining))).await;
    };
    if chain.head() < head {
        let found = chain.head();
        let what = format!("rollout {rollout} has {head} facts, and only {found} can be read");
        return Err(JournalError::Damaged(what).into());
    }
    fold(entries).map(|folded| (folded, chain))
}

/// Reads all facts of a rollout, page by page, and the chain that they make.
///
/// # Errors
/// The journal's failure, or the first fact that cannot be read.
pub(super) async fn read_entries(
    journal: &dyn Journal,
    rollout: &RolloutId,
) -> Result<(Vec<Entry>, Chain), EngineError> {
    let (mut entries, mut chain) = (Vec::new(), Chain::of(rollout));
    loop {
        let page = journal.read(rollout, chain.head(), PAGE).await?;
        let is_last = page.len() < PAGE;
        let read = chain.read_all(&page).map_err(|error| EngineError::frame(rollout, error))?;
        entries.extend(read);
        if is_last {
            return Ok((entries, chain));
        }
    }
}

pub(super) fn no_answer() -> JournalError {
    JournalError::Unavailable { reason: format!("no answer within {DEADLINE:?}"), source: None }
}

const PAGE: usize = 256;
/// How long one claim may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(3);
const READ_DEADLINE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);
