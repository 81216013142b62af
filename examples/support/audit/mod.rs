//! Audits: a journal, judged by the same oracles as the simulated world, as far as facts alone show
//! what they ask for.

mod guarantee;
mod store;

use std::time::Duration;

use greenflow_core::fact::Entry;
use greenflow_core::fact::frame::Chain;
use greenflow_core::provider::{Journal, JournalError, ListFilter, StoredFrame, Summary};
use greenflow_core::record::{Record, RecordOutcome};
use greenflow_core::value::{RolloutId, ServiceName};
use greenflow_mock::oracle::{Given, Jury, Violation};
use serde::Serialize;

pub use guarantee::{Evidence, Guarantee, guarantees};
pub use store::{StoreError, open};

/// What an audit found of one rollout.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Audited {
    /// The rollout.
    pub rollout: RolloutId,
    /// Its service.
    pub service: ServiceName,
    /// How many facts there are.
    pub facts: u64,
    /// How it stands.
    pub finding: Finding,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the example's own")]
pub enum Finding {
    /// Its facts were read, and this is what they break.
    Read {
        /// How the rollout ended, so far.
        outcome: RecordOutcome,
        /// What is broken; nothing, if all is well.
        broken: Vec<Broken>,
    },
    /// They cannot be read; which one, and why.
    Unreadable(String),
}

/// A guarantee that was broken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Broken {
    /// Which.
    pub guarantee: &'static str,
    /// When, in rollout time.
    pub at_ms: u64,
    /// What was seen.
    pub what: String,
}

/// Audits every rollout of a journal, or one.
///
/// # Errors
/// When the journal cannot be read. One rollout whose facts cannot be read is a finding, and keeps
/// nobody from auditing the others.
pub async fn audit(
    journal: &dyn Journal,
    only: Option<&RolloutId>,
) -> Result<Vec<Audited>, JournalError> {
    let mut all = Vec::new();
    for summary in journal.list(ListFilter::default()).await? {
        if only.is_none_or(|only| *only == summary.rollout) {
            all.push(audit_one(journal, summary).await?);
        }
    }
    match only {
        Some(only) if all.is_empty() => Err(JournalError::NotFound(only.clone())),
        Some(_) | None => Ok(all),
    }
}

async fn audit_one(journal: &dyn Journal, summary: Summary) -> Result<Audited, JournalError> {
    let Summary { rollout, service, head: facts, .. } = summary;
    let finding = match frames(journal, &rollout).await {
        Ok(frames) => judge(&rollout, &frames),
        Err(JournalError::Damaged(what)) => Finding::Unreadable(what),
        Err(error) => return Err(error),
    };
    Ok(Audited { rollout, service, facts, finding })
}

async fn frames(
    journal: &dyn Journal,
    rollout: &RolloutId,
) -> Result<Vec<StoredFrame>, JournalError> {
    let mut frames = Vec::new();
    loop {
        let after = u64::try_from(frames.len()).unwrap_or(u64::MAX);
        let page = journal.read(rollout, after, PAGE).await?;
        if page.is_empty() {
            return Ok(frames);
        }
        frames.extend(page);
    }
}

fn judge(rollout: &RolloutId, frames: &[StoredFrame]) -> Finding {
    match Chain::of(rollout).read_all(frames) {
        Ok(entries) => judge_facts(&entries),
        Err(error) => Finding::Unreadable(error.to_string()),
    }
}

/// Judges facts by every oracle.
#[must_use]
pub fn judge_facts(entries: &[Entry]) -> Finding {
    let outcome = match Record::from_entries(entries) {
        Ok(record) => record.outcome,
        Err(error) => return Finding::Unreadable(error.to_string()),
    };
    let mut jury = Jury::new(anything());
    for entry in entries {
        jury.now(time(entry));
        jury.fact(entry.clone());
    }
    let end = entries.last().map_or(Duration::ZERO, time);
    let seen = |Violation { id, at, what, .. }: Violation| Broken {
        guarantee: id,
        at_ms: u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
        what,
    };
    // What is still to come of a rollout that runs cannot be missed yet.
    let to_come = |violation: &Violation| {
        outcome == RecordOutcome::Running
            && (violation.id.starts_with('L') || violation.what.ends_with("came to nothing"))
    };
    let broken = jury.finish(end).into_iter().filter(|violation| !to_come(violation)).map(seen);
    let broken = broken.collect();
    Finding::Read { outcome, broken }
}

fn time(entry: &Entry) -> Duration {
    Duration::from_millis(entry.at.as_millis())
}

/// Nobody knows what the outside did, so every excuse that an oracle takes is granted.
fn anything() -> Given {
    let mut given = Given::default();
    let excuses = [
        &mut given.old_reads,
        &mut given.no_reads,
        &mut given.blind,
        &mut given.no_metrics,
        &mut given.late_writes,
        &mut given.too_late_writes,
        &mut given.no_journal,
        &mut given.other_hand,
        &mut given.bad_blue,
        &mut given.jumps,
        &mut given.doubled_writes,
        &mut given.kills,
        &mut given.standby,
        &mut given.damaged,
    ];
    for excuse in excuses {
        *excuse = true;
    }
    given
}

const PAGE: usize = 256;
