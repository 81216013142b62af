//! The task that writes.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object, Pool, PoolError, TimeoutType};
use greenflow_core::provider::{Claim, LeaseToken};
use tokio::time::timeout;
use tokio_postgres::Error;
use uuid::Uuid;

use super::appends::{Op, append};
use super::creates::create;
use super::leases::{Repeat, claim, release, renew};
use super::trouble::Trouble;
use crate::error::unavailable;
use crate::queue::{Answer, Intake, Write};

/// The task that writes: each kind of write as one statement, which is one commit.
#[derive(Debug)]
pub(super) struct Writer {
    pool: Pool,
    deadline: Duration,
    /// Kept from batch to batch; none before the first and after one whose answer was lost.
    client: Option<Object>,
}

/// A write with its place in the batch and the op by which it is recognised.
#[derive(Clone, Copy, Debug)]
struct Job<'a> {
    place: usize,
    write: &'a Write,
    op: Uuid,
}

impl Writer {
    pub(super) const fn new(pool: Pool, deadline: Duration) -> Self {
        Self { pool, deadline, client: None }
    }

    /// Writes until all callers have gone.
    pub(super) async fn run(mut self, mut intake: Intake) {
        while let Some(batch) = intake.wait().await {
            let (writes, waiting) = batch.split();
            let answers = self.make(&writes).await;
            waiting.answer(answers);
        }
    }

    /// Makes all writes; the answers are in their order.
    async fn make(&mut self, writes: &[Write]) -> Vec<Answer> {
        let mut answers: Vec<Option<Answer>> = writes.iter().map(|_| None).collect();
        for group in groups(writes) {
            let made = self.make_group(&group).await;
            for (job, answer) in group.iter().zip(made) {
                if let Some(place) = answers.get_mut(job.place) {
                    *place = Some(answer);
                }
            }
        }
        let missing = || Err(unavailable("the write was not tried"));
        answers.into_iter().map(|answer| answer.unwrap_or_else(missing)).collect()
    }

    /// Makes the writes of one kind. When the answer is lost they are asked for once more: the op
    /// tells which have succeeded. When one of them is refused by the server, each goes alone.
    async fn make_group(&mut self, group: &[Job<'_>]) -> Vec<Answer> {
        let mut made = self.attempt(group, Repeat::No).await;
        if let Err(Trouble::Lost { cause }) = &made {
            tracing::warn!(%cause, "an answer of PostgreSQL was lost: asking again");
            made = self.attempt(group, Repeat::Yes).await;
        }
        match made {
            Ok(answers) => answers,
            Err(Trouble::Refused(_)) if group.len() > 1 => {
                let mut answers = Vec::with_capacity(group.len());
                for job in group {
                    let alone = std::slice::from_ref(job);
                    let made = self.attempt(alone, Repeat::Yes).await;
                    answers.extend(made.unwrap_or_else(|trouble| vec![Err(trouble.explain())]));
                }
                answers
            }
            Err(trouble) => group.iter().map(|_| Err(trouble.explain())).collect(),
        }
    }

    async fn attempt(&mut self, group: &[Job<'_>], repeat: Repeat) -> Result<Vec<Answer>, Trouble> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect().await?,
        };
        let answer = within(self.deadline, send(&client, group, repeat)).await;
        if let Err(Trouble::Lost { .. }) = &answer {
            drop(Object::take(client));
        } else {
            self.client = Some(client);
        }
        answer
    }

    /// Takes a connection that does not wait long for a row that somebody keeps locked, so that
    /// one locked rollout stops no other.
    async fn connect(&self) -> Result<Object, Trouble> {
        let client = connect(&self.pool, self.deadline).await?;
        let longest = (self.deadline / 4).as_millis().max(1);
        let set = format!("SET lock_timeout = {longest}");
        let answer = within(self.deadline, client.batch_execute(&set)).await;
        answer.map(|()| client)
    }
}

/// Takes a connection from the pool.
pub(super) async fn connect(pool: &Pool, deadline: Duration) -> Result<Object, Trouble> {
    match timeout(deadline, pool.get()).await {
        Ok(client) => Ok(client?),
        Err(_) => Err(Trouble::Unconnected(PoolError::Timeout(TimeoutType::Wait))),
    }
}

/// Waits for an answer.
pub(super) async fn within<T>(
    deadline: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Trouble> {
    match timeout(deadline, answer).await {
        Ok(answer) => answer.map_err(Trouble::of),
        Err(_) => Err(Trouble::late(deadline)),
    }
}

/// Gives a connection back, or closes it when its answer is not known.
pub(super) fn settle<T>(client: Object, answer: Result<T, Trouble>) -> Result<T, Trouble> {
    if let Err(Trouble::Lost { .. }) = &answer {
        drop(Object::take(client));
    }
    answer
}

async fn send(
    client: &ClientWrapper,
    group: &[Job<'_>],
    repeat: Repeat,
) -> Result<Vec<Answer>, Error> {
    let kind = group.first().map(|job| job.write);
    match kind {
        None => Ok(Vec::new()),
        Some(Write::Append(_)) => append(client, &appends(group)).await,
        Some(Write::Claim(_)) => claim(client, &claims(group)).await,
        Some(Write::Renew { .. }) => renew(client, &renewals(group)).await,
        Some(Write::Release { .. }) => release(client, &releases(group), repeat).await,
        Some(Write::Create(_)) => {
            let mut answers = Vec::with_capacity(group.len());
            for job in group {
                if let Write::Create(request) = job.write {
                    answers.push(create(client, request, job.op).await?);
                }
            }
            Ok(answers)
        }
    }
}

/// Sorts writes by kind. A create goes alone: it may have to look around.
fn groups(writes: &[Write]) -> Vec<Vec<Job<'_>>> {
    let mut groups: [Vec<Job<'_>>; 4] = Default::default();
    let mut creates = Vec::new();
    let [appends, claims, renewals, releases] = &mut groups;
    for (place, write) in writes.iter().enumerate() {
        let job = Job { place, write, op: Uuid::new_v4() };
        match write {
            Write::Create(_) => creates.push(vec![job]),
            Write::Append(_) => appends.push(job),
            Write::Claim(_) => claims.push(job),
            Write::Renew { .. } => renewals.push(job),
            Write::Release { .. } => releases.push(job),
        }
    }
    groups.into_iter().filter(|group| !group.is_empty()).chain(creates).collect()
}

fn appends<'a>(group: &[Job<'a>]) -> Vec<Op<'a>> {
    let op = |job: &Job<'a>| match job.write {
        Write::Append(append) => Some(Op { append, id: job.op }),
        Write::Create(_) | Write::Claim(_) | Write::Renew { .. } | Write::Release { .. } => None,
    };
    group.iter().filter_map(op).collect()
}

fn claims<'a>(group: &[Job<'a>]) -> Vec<&'a Claim> {
    let claim = |job: &Job<'a>| match job.write {
        Write::Claim(claim) => Some(claim),
        Write::Create(_) | Write::Append(_) | Write::Renew { .. } | Write::Release { .. } => None,
    };
    group.iter().filter_map(claim).collect()
}

fn renewals<'a>(group: &[Job<'a>]) -> Vec<(&'a LeaseToken, Duration)> {
    let renewal = |job: &Job<'a>| match job.write {
        Write::Renew { token, ttl } => Some((token, *ttl)),
        Write::Create(_) | Write::Append(_) | Write::Claim(_) | Write::Release { .. } => None,
    };
    group.iter().filter_map(renewal).collect()
}

fn releases<'a>(group: &[Job<'a>]) -> Vec<(&'a LeaseToken, Option<Duration>)> {
    let release = |job: &Job<'a>| match job.write {
        Write::Release { token, due_in } => Some((token, *due_in)),
        Write::Create(_) | Write::Append(_) | Write::Claim(_) | Write::Renew { .. } => None,
    };
    group.iter().filter_map(release).collect()
}
