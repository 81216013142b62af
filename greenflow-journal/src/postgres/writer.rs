//! The task that writes.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Pool};
use greenflow_core::provider::{Claim, LeaseToken, Rest};
use tokio_postgres::Error;
use uuid::Uuid;

use super::appends::{Op, append};
use super::connection::Connection;
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
    /// Kept from batch to batch, while it is sound.
    connection: Option<Connection>,
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
        Self { pool, deadline, connection: None }
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
        let (made, lost) = self.insist(group).await;
        // A repeat that fails says nothing about the first attempt.
        let explain = |trouble: &Trouble| lost.as_ref().unwrap_or(trouble).explain();
        match made {
            Ok(answers) => answers,
            Err(Trouble::Refused(_)) if group.len() > 1 => {
                let repeat = if lost.is_some() { Repeat::Yes } else { Repeat::No };
                let mut answers = Vec::with_capacity(group.len());
                for job in group {
                    let made = self.attempt(std::slice::from_ref(job), repeat).await;
                    answers.extend(made.unwrap_or_else(|trouble| vec![Err(explain(&trouble))]));
                }
                answers
            }
            Err(trouble) => group.iter().map(|_| Err(explain(&trouble))).collect(),
        }
    }

    /// Attempts it again where that can help, and returns whether an answer was lost before.
    async fn insist(
        &mut self,
        group: &[Job<'_>],
    ) -> (Result<Vec<Answer>, Trouble>, Option<Trouble>) {
        match self.attempt(group, Repeat::No).await {
            Err(trouble @ Trouble::Lost { .. }) => {
                tracing::warn!(?trouble, "an answer of PostgreSQL was lost: asking again");
                (self.attempt(group, Repeat::Yes).await, Some(trouble))
            }
            Err(trouble) if trouble.is_of_the_connection() => {
                tracing::warn!(?trouble, "a connection to PostgreSQL is of no use: taking another");
                (self.attempt(group, Repeat::No).await, None)
            }
            made => (made, None),
        }
    }

    async fn attempt(&mut self, group: &[Job<'_>], repeat: Repeat) -> Result<Vec<Answer>, Trouble> {
        let mut connection = match self.connection.take().filter(Connection::is_sound) {
            Some(connection) => connection,
            None => Connection::take(&self.pool, self.deadline).await?,
        };
        let sent = async |client: &mut ClientWrapper| send(client, group, repeat).await;
        let answer = connection.ask(self.deadline, sent).await;
        self.connection = Some(connection).filter(Connection::is_sound);
        answer
    }
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

fn releases<'a>(group: &[Job<'a>]) -> Vec<(&'a LeaseToken, Rest)> {
    let release = |job: &Job<'a>| match job.write {
        Write::Release { token, rest } => Some((token, *rest)),
        Write::Create(_) | Write::Append(_) | Write::Claim(_) | Write::Renew { .. } => None,
    };
    group.iter().filter_map(release).collect()
}
