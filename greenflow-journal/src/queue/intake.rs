//! The writer's side.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::write::{Answer, Write};

/// The writer's side of the queue.
#[derive(Debug)]
pub(crate) struct Intake {
    items: mpsc::Receiver<Item>,
    waiting: VecDeque<Item>,
}

/// What goes through the queue.
#[derive(Debug)]
pub(super) enum Item {
    Job(Job),
    Settled(oneshot::Sender<()>),
}

/// A write, and who waits for its answer.
#[derive(Debug)]
pub(super) struct Job {
    write: Write,
    reply: oneshot::Sender<Answer>,
    counted: Counted,
}

/// The writes of one commit: at most one of a rollout.
#[derive(Debug)]
pub(crate) struct Batch {
    jobs: Vec<Job>,
    settled: Vec<oneshot::Sender<()>>,
}

impl Intake {
    pub(super) const fn new(items: mpsc::Receiver<Item>) -> Self {
        Self { items, waiting: VecDeque::new() }
    }

    /// Waits for writes; `None` when all callers have gone. To be called outside of any runtime.
    #[cfg(feature = "sqlite")]
    pub(crate) fn wait_blocking(&mut self) -> Option<Batch> {
        if self.waiting.is_empty() {
            self.waiting.push_back(self.items.blocking_recv()?);
        }
        Some(self.batch())
    }

    /// Waits for writes; `None` when all callers have gone.
    #[cfg(feature = "postgres")]
    pub(crate) async fn wait(&mut self) -> Option<Batch> {
        if self.waiting.is_empty() {
            self.waiting.push_back(self.items.recv().await?);
        }
        Some(self.batch())
    }

    fn batch(&mut self) -> Batch {
        while self.waiting.len() < MOST_WAITING
            && let Ok(item) = self.items.try_recv()
        {
            self.waiting.push_back(item);
        }
        let mut batch = Batch { jobs: Vec::new(), settled: Vec::new() };
        let mut rollouts = BTreeSet::new();
        let mut bytes = 0;
        let mut later = VecDeque::new();
        while let Some(item) = self.waiting.pop_front() {
            match item {
                Item::Job(job) if job.reply.is_closed() => drop(job),
                Item::Job(job) if bytes >= MOST_BYTES || rollouts.contains(job.write.rollout()) => {
                    later.push_back(Item::Job(job));
                }
                Item::Job(job) => {
                    rollouts.insert(job.write.rollout().clone());
                    bytes += job.write.bytes();
                    batch.jobs.push(job);
                }
                Item::Settled(reply) if later.is_empty() => batch.settled.push(reply),
                Item::Settled(reply) => later.push_back(Item::Settled(reply)),
            }
            if batch.jobs.len() >= MOST_JOBS {
                break;
            }
        }
        later.append(&mut self.waiting);
        self.waiting = later;
        batch
    }
}

impl Batch {
    /// Has the writes made; `make` returns an answer for each, in their order.
    #[cfg(feature = "sqlite")]
    pub(crate) fn make(self, make: impl FnOnce(&[Write]) -> Vec<Answer>) {
        let (writes, waiting) = self.split();
        let answers = if writes.is_empty() { Vec::new() } else { make(&writes) };
        waiting.answer(answers);
    }

    /// Takes the writes apart from those who wait for them.
    pub(crate) fn split(self) -> (Vec<Write>, Waiting) {
        let (mut writes, mut jobs) = (Vec::new(), Vec::new());
        for job in self.jobs {
            writes.push(job.write);
            jobs.push((job.reply, job.counted));
        }
        (writes, Waiting { jobs, settled: self.settled })
    }
}

/// Those who wait for the writes of one commit.
#[derive(Debug)]
pub(crate) struct Waiting {
    jobs: Vec<(oneshot::Sender<Answer>, Counted)>,
    settled: Vec<oneshot::Sender<()>>,
}

impl Waiting {
    /// Gives the answers, in the order of the writes. Whoever has gone away does not hear it.
    pub(crate) fn answer(self, answers: Vec<Answer>) {
        for ((reply, counted), answer) in self.jobs.into_iter().zip(answers) {
            drop(counted);
            let _gone = reply.send(answer);
        }
        for reply in self.settled {
            let _gone = reply.send(());
        }
    }
}

impl Job {
    pub(super) fn new(
        write: Write,
        reply: oneshot::Sender<Answer>,
        unanswered: &Arc<AtomicUsize>,
    ) -> Self {
        Self { write, reply, counted: Counted::new(unanswered) }
    }
}

/// Counts a write for as long as it is not over.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The most writes of one commit: enough for one of each of many rollouts, and little enough that
/// nobody waits long for the others'.
const MOST_JOBS: usize = 512;
/// No more writes join a commit that has so many bytes.
const MOST_BYTES: usize = 4 << 20;
/// The most that are looked through for one commit.
const MOST_WAITING: usize = 4 * MOST_JOBS;
