//! S53: everything has a maximum.
//!
//! Excused: nothing.

use std::io::{self, Write};

use greenflow_core::fact::{Entry, Fact};

use super::{Oracle, Story, ensure};

/// S53.
#[derive(Debug, Default)]
pub(super) struct S53 {
    /// Bytes of facts in the journal, after the start.
    bytes: Count,
}

impl Oracle for S53 {
    fn id(&self) -> &'static str {
        "S53"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::Started(_) => {}
            Fact::Unknown(unknown) => self.bytes.0 += unknown.payload().len(),
            fact => serde_json::to_writer(&mut self.bytes, fact).map_err(|e| e.to_string())?,
        }
        ensure(story.entries.len() < FACTS, || format!("{FACTS} facts and more"))?;
        ensure(self.bytes.0 <= BYTES, || format!("{} bytes of facts", self.bytes.0))?;
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

/// Counts what is written, and keeps nothing of it.
#[derive(Debug, Default)]
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most facts of one rollout, with faults; the seed rollout without any has a fifth of it.
const FACTS: usize = 1500;
/// The most bytes of them.
const BYTES: usize = 1024 * 1024;
/// The longest text for people, in characters.
const TEXT: usize = 1000;
