//! Frames in their order: each says which one it follows on.

use std::io::{self, Write};

use super::{ChainHash, Damage, FORMAT, FrameError, Needs, RawFrame};
use crate::fact::{Entry, Fact, UnknownFact};
use crate::provider::{Frame, StoredFrame};
use crate::value::RolloutId;

/// The end of a rollout's chain of frames: writes the next frame, or reads it.
///
/// ```
/// use greenflow_core::fact::frame::Chain;
/// use greenflow_core::value::RolloutId;
///
/// let chain = Chain::of(&RolloutId::new("r-1")?);
/// assert_eq!(chain.head(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    head: u64,
    epoch: u64,
    tip: ChainHash,
}

/// The kinds of fact that this release knows. Names are added, never changed, and never used again.
pub const KNOWN_KINDS: [&str; 15] = [
    "started",
    "epoch_began",
    "commanded",
    "check_ended",
    "blue_recorded",
    "intent",
    "outcome",
    "traffic_observed",
    "traffic_trusted",
    "judged",
    "moved",
    "drifted",
    "notice_queued",
    "notice_ended",
    "issue_noted",
];

impl Chain {
    /// Begins the chain of a rollout.
    #[must_use]
    pub fn of(rollout: &RolloutId) -> Self {
        Self { head: 0, epoch: 0, tip: ChainHash::first(rollout) }
    }

    /// Returns how many frames there are.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Writes the next fact. A fact of an unknown kind becomes the bytes it was read from.
    ///
    /// # Errors
    /// [`FrameError::Unwritable`] when the frame would be too long, or the fact is not the next.
    /// The chain is then as it was.
    pub fn write(&mut self, entry: &Entry) -> Result<Frame, FrameError> {
        let Entry { sequence, epoch, at, wall, ref fact } = *entry;
        self.follows(sequence, epoch).map_err(|damage| unwritable(sequence, &damage))?;
        let (kind, payload) = if let Fact::Unknown(fact) = fact {
            (fact.kind().to_owned(), fact.payload().to_vec())
        } else {
            let mut payload = Vec::with_capacity(USUAL_LENGTH);
            let written = serde_json::to_writer(&mut payload, fact);
            written.map_err(|err| unwritable(sequence, &err))?;
            (fact.name().to_owned(), payload)
        };
        let must_understand = fact.must_understand();
        let (format, previous) = (FORMAT, self.tip);
        let frame = RawFrame {
            format,
            must_understand,
            sequence,
            epoch,
            at,
            wall,
            previous,
            kind,
            payload,
        }
        .to_bytes()?;
        self.advance(epoch, &frame);
        Ok(frame)
    }

    /// Reads the next fact.
    ///
    /// # Errors
    /// [`FrameError`] when the bytes are damaged, not the next frame of this rollout, or of a
    /// newer release. The chain is then as it was.
    pub fn read(&mut self, stored: &StoredFrame) -> Result<Entry, FrameError> {
        let sequence = self.head.saturating_add(1);
        let damaged = |damage| FrameError::Damaged { sequence, damage };
        let raw = RawFrame::from_bytes(sequence, &stored.frame)?;
        self.follows(raw.sequence, raw.epoch).map_err(damaged)?;
        if stored.sequence != sequence {
            return Err(damaged(Damage::Sequence(stored.sequence)));
        }
        if raw.epoch != stored.epoch {
            let (written, stored) = (raw.epoch, stored.epoch);
            return Err(damaged(Damage::Epoch { written, stored }));
        }
        if raw.previous != self.tip {
            return Err(damaged(Damage::Chain));
        }
        let RawFrame { epoch, at, wall, .. } = raw;
        let fact = fact_of(raw)?;
        self.advance(epoch, &stored.frame);
        Ok(Entry { sequence, epoch, at, wall, fact })
    }

    /// Reads facts one after another.
    ///
    /// # Errors
    /// As [`read`](Self::read), with the first that is not read.
    pub fn read_all(&mut self, stored: &[StoredFrame]) -> Result<Vec<Entry>, FrameError> {
        stored.iter().map(|stored| self.read(stored)).collect()
    }

    const fn follows(&self, sequence: u64, epoch: u64) -> Result<(), Damage> {
        if sequence != self.head.saturating_add(1) {
            return Err(Damage::Sequence(sequence));
        }
        if epoch < self.epoch {
            return Err(Damage::OldEpoch { epoch, before: self.epoch });
        }
        Ok(())
    }

    fn advance(&mut self, epoch: u64, frame: &[u8]) {
        self.head = self.head.saturating_add(1);
        self.epoch = epoch;
        self.tip = ChainHash::after(frame);
    }
}

/// Nearly all facts are shorter, in bytes.
const USUAL_LENGTH: usize = 512;

/// Makes a fact of a payload whose bytes are known to be those written.
fn fact_of(raw: RawFrame) -> Result<Fact, FrameError> {
    let RawFrame { format, must_understand, sequence, kind, payload, .. } = raw;
    if !KNOWN_KINDS.contains(&kind.as_str()) {
        if must_understand {
            return Err(Needs::Kind { sequence, kind, format }.into());
        }
        return Ok(Fact::Unknown(UnknownFact::new(kind, payload)));
    }
    let problem = match serde_json::from_slice::<Fact>(&payload) {
        Ok(fact) if fact.name() != kind => format!("it is \"{}\"", fact.name()),
        Ok(fact) if fact.must_understand() != must_understand => {
            "who must understand it".to_owned()
        }
        Ok(fact) if !is_written_so(&fact, &payload) => {
            "it has fields of another release".to_owned()
        }
        Ok(fact) => return Ok(fact),
        Err(error) => error.to_string(),
    };
    Err(Needs::Content { sequence, kind, problem }.into())
}

/// Returns whether this release writes the fact with these bytes: nothing was dropped in reading.
fn is_written_so(fact: &Fact, payload: &[u8]) -> bool {
    let mut rest = Unwritten(payload);
    serde_json::to_writer(&mut rest, fact).is_ok() && rest.0.is_empty()
}

/// What is left of some bytes that must be written again. Other bytes cannot be written.
struct Unwritten<'a>(&'a [u8]);

impl Write for Unwritten<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unwritable(sequence: u64, problem: &dyn std::fmt::Display) -> FrameError {
    FrameError::Unwritable { sequence, problem: problem.to_string() }
}
