//! A journal as long as one may be.

use std::error::Error;

use greenflow_core::fact::frame::{Chain, FrameError};
use greenflow_core::fact::{Entry, Fact};
use greenflow_core::provider::StoredFrame;
use greenflow_core::value::RolloutId;

use super::entries;

/// Returns the journal of the seed rollout as if its week of watching had never ended: what it says
/// again and again is repeated until there are so many facts.
///
/// # Errors
/// None while the seed rollout runs.
pub fn long_journal(facts: usize) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut entries = entries()?;
    entries.pop();
    let again: Vec<Entry> =
        entries.iter().filter(|entry| is_repeated(&entry.fact)).cloned().collect();
    let last = entries.last().cloned().ok_or("the seed rollout has no facts")?;
    let missing = facts.saturating_sub(entries.len());
    for (sequence, entry) in (last.sequence + 1..).zip(again.into_iter().cycle().take(missing)) {
        let Entry { epoch, at, wall, .. } = last;
        entries.push(Entry { sequence, epoch, at, wall, fact: entry.fact });
    }
    Ok(entries)
}

/// Writes facts as frames.
///
/// # Errors
/// None for a journal that begins with its start.
pub fn frames(entries: &[Entry]) -> Result<Vec<StoredFrame>, Box<dyn Error>> {
    let mut chain = Chain::of(&rollout()?);
    let write = |entry: &Entry| {
        let Entry { sequence, epoch, .. } = *entry;
        chain.write(entry).map(|frame| StoredFrame { sequence, epoch, frame })
    };
    Ok(entries.iter().map(write).collect::<Result<_, FrameError>>()?)
}

/// Reads frames, as a controller does that takes the rollout over.
///
/// # Errors
/// None for what [`frames`] wrote.
pub fn read(frames: &[StoredFrame]) -> Result<Vec<Entry>, Box<dyn Error>> {
    Ok(Chain::of(&rollout()?).read_all(frames)?)
}

fn rollout() -> Result<RolloutId, Box<dyn Error>> {
    Ok("bench".parse()?)
}

/// What the watch says every half hour, and notices of it.
const fn is_repeated(fact: &Fact) -> bool {
    matches!(fact, Fact::Judged(_) | Fact::NoticeQueued(_) | Fact::NoticeEnded { .. })
}
