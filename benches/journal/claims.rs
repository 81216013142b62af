//! Eight workers that claim the same rollouts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use greenflow_core::provider::{Claim, Journal, JournalError, Lease, ListFilter};
use greenflow_core::value::{ControllerId, RolloutId};

use super::Trouble;
use super::rate::Rate;
use super::stores::{Postgres, TTL};

/// What the workers have together.
pub(crate) struct Claimed {
    pub(crate) rate: Rate,
    pub(crate) leases: Vec<Lease>,
}

/// Each worker lists what is free, claims it by name from a place of its own on, and lists anew
/// after so many claims.
pub(crate) async fn each_by_name<J: Journal>(
    journal: &Arc<J>,
    count: usize,
) -> Result<Claimed, Trouble> {
    let begun = Instant::now();
    let worker = |at: usize| {
        let journal = Arc::clone(journal);
        tokio::spawn(async move {
            let (owner, mut all) = (name(at)?, Vec::new());
            loop {
                let filter = ListFilter { claimable: true, ..ListFilter::default() };
                let found = journal.list(filter).await?;
                let mut free: Vec<RolloutId> = found.into_iter().map(|one| one.rollout).collect();
                if free.is_empty() {
                    return Ok(all);
                }
                let share = free.len() / WORKERS;
                free.rotate_left(share * at);
                free.truncate(share.max(WORKERS));
                all.extend(claim_all(&*journal, free, owner.clone()).await?);
            }
        })
    };
    gather((0..WORKERS).map(worker).collect(), begun, count).await
}

/// Each worker, with a journal of its own, takes what is due, fifty at a time.
pub(crate) async fn what_is_due(store: &Postgres, count: usize) -> Result<Claimed, Trouble> {
    let mut journals = Vec::new();
    for _ in 0..WORKERS {
        journals.push(store.another().await?);
    }
    let begun = Instant::now();
    let worker = |(at, journal): (usize, greenflow_journal::PostgresJournal)| {
        tokio::spawn(async move {
            let (owner, mut all) = (name(at)?, Vec::new());
            loop {
                let leases = journal.claim_due(&owner, TTL, 50).await?;
                if leases.is_empty() {
                    return Ok(all);
                }
                all.extend(leases);
            }
        })
    };
    gather(journals.into_iter().enumerate().map(worker).collect(), begun, count).await
}

type Worker = tokio::task::JoinHandle<Result<Vec<Lease>, Trouble>>;

async fn gather(workers: Vec<Worker>, begun: Instant, count: usize) -> Result<Claimed, Trouble> {
    let mut leases = Vec::new();
    for worker in workers {
        leases.extend(worker.await??);
    }
    let rate = Rate::of(leases.len(), begun);
    let distinct: BTreeSet<&RolloutId> = leases.iter().map(|lease| &lease.token.rollout).collect();
    if (distinct.len(), leases.len()) != (count, count) {
        let (all, distinct) = (leases.len(), distinct.len());
        return Err(format!("{all} claims of {distinct} rollouts, not {count}").into());
    }
    Ok(Claimed { rate, leases })
}

/// Asks for each, 32 at a time; returns what was not another's.
async fn claim_all(
    journal: &dyn Journal,
    names: Vec<RolloutId>,
    owner: ControllerId,
) -> Result<Vec<Lease>, Trouble> {
    let one = async |rollout| {
        let owner = owner.clone();
        match journal.claim(Claim { rollout, owner, ttl: TTL }).await {
            Ok(lease) => Ok(Some(lease)),
            Err(JournalError::Held { .. }) => Ok(None),
            Err(error) => Err(Trouble::from(error)),
        }
    };
    let claims = stream::iter(names).map(one).buffer_unordered(32);
    claims.try_filter_map(async |lease| Ok(lease)).try_collect().await
}

fn name(at: usize) -> Result<ControllerId, Trouble> {
    Ok(format!("worker-{at}").parse()?)
}

const WORKERS: usize = 8;
