//! S53: everything has a maximum.
//!
//! Excused: nothing.

use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S53.
#[derive(Debug, Default)]
pub(super) struct S53 {
    chain: Option<Chain>,
    /// Bytes in the journal, after the start.
    bytes: usize,
}

impl Oracle for S53 {
    fn id(&self) -> &'static str {
        "S53"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        if let Fact::Started(started) = &entry.fact {
            self.chain = Some(Chain::of(&started.rollout));
        }
        if let Some(chain) = &mut self.chain {
            let frame = chain.write(entry).map_err(|error| error.to_string())?;
            self.bytes += if chain.head() > 1 { frame.len() } else { 0 };
        }
        ensure(story.entries.len() < FACTS, || format!("{FACTS} facts and more"))?;
        ensure(self.bytes <= BYTES, || format!("{} bytes of facts", self.bytes))?;
        match &entry.fact {
            Fact::NoticeQueued(notice) => {
                let length = notice.text.chars().count();
                ensure(length <= TEXT, || format!("a notice of {length} characters"))
            }
            Fact::IssueNoted { what, .. } => {
                let length = what.chars().count();
                ensure(length <= TEXT, || format!("an issue of {length} characters"))
            }
            _ => Ok(()),
        }
    }
}

/// The most facts of one rollout, with faults; the seed rollout without any has a fifth of it.
const FACTS: usize = 1500;
/// The most bytes of them.
const BYTES: usize = 1024 * 1024;
/// The longest text for people, in characters.
const TEXT: usize = 1000;
