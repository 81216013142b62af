//! The thread that writes.

use std::sync::Arc;
use std::thread;

use greenflow_core::provider::JournalError;
use rusqlite::{Connection, TransactionBehavior};

use super::clock::Moment;
use super::open::Site;
use super::reserve::Reserve;
use super::trouble::{Refusal, Stage, Trouble};
use super::writes::make;
use crate::OpenError;
use crate::error::unavailable;
use crate::queue::{Answer, Intake, Write};

/// The thread that writes: one commit, and one sync of the disk, for all writes that wait.
#[derive(Debug)]
pub(super) struct Writer {
    site: Arc<Site>,
    reserve: Reserve,
    /// None after a failure that leaves open what the disk has.
    connection: Option<Connection>,
}

impl Writer {
    pub(super) fn start(
        site: Arc<Site>,
        connection: Connection,
        mut intake: Intake,
    ) -> Result<thread::JoinHandle<()>, OpenError> {
        let reserve = Reserve::beside(&site.path, site.options.reserve);
        let mut writer = Self { site, reserve, connection: Some(connection) };
        let thread = thread::Builder::new().name("journal-writer".to_owned());
        let run = move || {
            while let Some(batch) = intake.wait_blocking() {
                batch.make(|writes| writer.make(writes));
            }
        };
        thread.spawn(run).map_err(|error| OpenError::store("start the writer's thread", error))
    }

    /// Makes all writes; the answers are in their order.
    fn make(&mut self, writes: &[Write]) -> Vec<Answer> {
        let forward = writes.iter().any(Write::is_forward);
        if forward && !self.reserve.is_kept() {
            return self.make_the_way_back(writes);
        }
        match self.commit(writes) {
            Ok(answers) => answers,
            Err(trouble) if trouble.is_full() => self.make_the_way_back(writes),
            // One damaged rollout must not stop the others.
            Err(trouble) if trouble.is_of_a_write() && writes.len() > 1 => {
                writes.iter().flat_map(|write| self.make(std::slice::from_ref(write))).collect()
            }
            Err(trouble) => all_refused(writes, &trouble),
        }
    }

    /// Refuses forward writes and makes the others, if need be in the room that is kept for them.
    fn make_the_way_back(&mut self, writes: &[Write]) -> Vec<Answer> {
        let back: Vec<Write> = writes.iter().filter(|write| !write.is_forward()).cloned().collect();
        let answers = if back.is_empty() {
            Vec::new()
        } else {
            match self.commit(&back) {
                Err(trouble) if trouble.is_full() && self.reserve.spend() => self.commit(&back),
                other => other,
            }
            .unwrap_or_else(|trouble| all_refused(&back, &trouble))
        };
        let mut answers = answers.into_iter();
        let mut answer = |write: &Write| {
            let back = if write.is_forward() { None } else { answers.next() };
            back.unwrap_or_else(|| Err(self.full()))
        };
        writes.iter().map(&mut answer).collect()
    }

    /// Makes all writes in one transaction, or none. A contract's refusal is an answer.
    fn commit(&mut self, writes: &[Write]) -> Result<Vec<Answer>, Trouble> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.reopen()?,
        };
        let answers = attempt(&mut connection, self.site.boot, writes);
        match &answers {
            Err(trouble) if trouble.poisons() => {
                tracing::error!(?trouble, "the journal is opened anew after a failed write");
            }
            Ok(_) | Err(_) => self.connection = Some(connection),
        }
        answers
    }

    /// Opens the file anew after a failure, and has everything in the log written again: what a
    /// failed sync has left in memory only would else be taken for durable.
    fn reopen(&self) -> Result<Connection, Trouble> {
        let failed = Trouble::at(Stage::Open);
        let connection = self.site.writer().map_err(&failed)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: bool = connection.query_row(sql, [], |row| row.get(0)).map_err(&failed)?;
        if busy { Err(Trouble::Unsettled) } else { Ok(connection) }
    }

    fn full(&self) -> JournalError {
        let reserve = self.reserve.path().display();
        unavailable(format!(
            "the disk of the journal is full: only ways back are written, in the room of \
             {reserve}; nothing was written; make room for it twice, and rollouts go on"
        ))
    }
}

fn attempt(
    connection: &mut Connection,
    boot: i64,
    writes: &[Write],
) -> Result<Vec<Answer>, Trouble> {
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = begun.map_err(Trouble::at(Stage::Begin))?;
    // Read once the lock is ours: nobody else writes from here to the commit.
    let now = Moment::now(boot);
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        answers.push(match make(&transaction, now, write) {
            Ok(done) => Ok(done),
            Err(Refusal::Contract(error)) => Err(error),
            Err(Refusal::Store(error)) => return Err(Trouble::at(Stage::Write)(error)),
        });
    }
    transaction.commit().map_err(Trouble::at(Stage::Commit))?;
    Ok(answers)
}

fn all_refused(writes: &[Write], trouble: &Trouble) -> Vec<Answer> {
    writes.iter().map(|_| Err(trouble.explain())).collect()
}
