//! What a crash, a bad disk or another release leaves in a journal.

use greenflow_core::fact::frame::{ChainHash, FORMAT, RawFrame};
use greenflow_core::provider::StoredFrame;

use crate::faults::FaultId;

/// What a crash, a bad disk or another release leaves in a journal, for the controller that reads
/// it next. It goes on with what it finds, or refuses it with a typed error and touches nothing.
///
/// Places are counted from 0 and wrapped around what is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the journal knows how to do each")]
pub enum Damage {
    /// F52: the facts on their way were being written. Of a thousand parts of the last one so many
    /// are there. With none of them the store has dropped its torn tail; with all it was just done.
    Torn {
        /// How many.
        kept: u16,
    },
    /// F53: a bit is another.
    Flipped {
        /// Which, of all the bits of all facts.
        bit: u64,
    },
    /// F53: a fact is lost, and not the last: the bytes cannot tell that one.
    Lost {
        /// Which.
        fact: u64,
    },
    /// F53: a fact is there twice.
    Doubled {
        /// Which.
        fact: u64,
    },
    /// F55: the facts on their way had not been synced, and are gone.
    Unsynced,
    /// F57: another release has written a fact that this one has no name for.
    Newer {
        /// Whether whoever does not know it must refuse the journal.
        essential: bool,
    },
    /// F57: another release has written a fact in a newer format.
    NewerFormat,
}

impl Damage {
    /// Returns its number in the catalogue.
    #[must_use]
    pub const fn id(self) -> FaultId {
        FaultId::known(match self {
            Self::Torn { .. } => 52,
            Self::Flipped { .. } | Self::Lost { .. } | Self::Doubled { .. } => 53,
            Self::Unsynced => 55,
            Self::Newer { .. } | Self::NewerFormat => 57,
        })
    }

    /// Returns whether it is done to facts that are on their way when their controller dies.
    pub(crate) const fn of_an_append(self) -> bool {
        matches!(self, Self::Torn { .. } | Self::Unsynced)
    }

    /// Returns whether facts that were on their way are there afterwards, whole or not.
    pub(crate) const fn keeps_some(self) -> bool {
        matches!(self, Self::Torn { kept } if kept > 0)
    }

    /// Does it to what is stored.
    pub(crate) fn put(self, frames: &mut Vec<StoredFrame>) {
        let count = frames.len();
        match self {
            Self::Torn { kept } => {
                if let Some(last) = frames.last_mut() {
                    let length =
                        last.frame.len() * usize::from(kept.min(WHOLE)) / usize::from(WHOLE);
                    last.frame.truncate(length);
                }
            }
            Self::Flipped { bit } => flip(frames, bit),
            Self::Lost { fact } => {
                if let Some(place) = wrapped(fact, count.saturating_sub(1)) {
                    frames.remove(place);
                }
            }
            Self::Doubled { fact } => {
                if let Some(place) = wrapped(fact, count)
                    && let Some(twin) = frames.get(place).cloned()
                {
                    frames.insert(place, twin);
                }
            }
            Self::Unsynced => {}
            Self::Newer { essential } => {
                let kind = if essential { "lent" } else { "weather" };
                frames.extend(after(frames.last(), |raw| {
                    raw.kind = kind.to_owned();
                    raw.must_understand = essential;
                }));
            }
            Self::NewerFormat => {
                frames.extend(after(frames.last(), |raw| raw.format = FORMAT + 1));
            }
        }
    }
}

fn flip(frames: &mut [StoredFrame], bit: u64) {
    let bits = frames.iter().map(|stored| stored.frame.len() * 8).sum();
    let Some(mut bit) = wrapped(bit, bits) else { return };
    for stored in frames {
        if let Some(byte) = stored.frame.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
            return;
        }
        bit -= stored.frame.len() * 8;
    }
}

/// Makes a frame that follows on the last one, of the same time and epoch.
fn after(last: Option<&StoredFrame>, change: impl FnOnce(&mut RawFrame)) -> Option<StoredFrame> {
    let StoredFrame { sequence, epoch, frame } = last?;
    let mut raw = RawFrame::from_bytes(*sequence, frame).ok()?;
    raw.sequence += 1;
    raw.previous = ChainHash::after(frame);
    raw.payload = b"{}".to_vec();
    change(&mut raw);
    let (sequence, epoch) = (raw.sequence, *epoch);
    Some(StoredFrame { sequence, epoch, frame: raw.to_bytes().ok()? })
}

fn wrapped(place: u64, count: usize) -> Option<usize> {
    usize::try_from(place.checked_rem(u64::try_from(count).ok()?)?).ok()
}

/// All of a thousand parts.
const WHOLE: u16 = 1000;
