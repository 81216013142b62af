//! A frame, taken apart and put together without looking into its payload.

use std::fmt;

use crc::{CRC_32_ISCSI, Crc, Table};
use sha2::{Digest as _, Sha256};

use super::bytes::Reader;
use super::{Damage, FORMAT, FRAME_BYTES_MAX, FrameError, KIND_BYTES_MAX, Needs};
use crate::provider::Frame;
use crate::value::{RolloutId, Timestamp, WallTime};

/// A frame taken apart, for readers that do not look into facts. The module says what each byte is.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "these are the fields of a frame; more are a new format"
)]
pub struct RawFrame {
    /// The frame format.
    pub format: u16,
    /// A reader that does not know the kind must refuse the journal.
    pub must_understand: bool,
    /// The fact's place, from 1.
    pub sequence: u64,
    /// The lease epoch it was written in.
    pub epoch: u64,
    /// When, in rollout time.
    pub at: Timestamp,
    /// When, on the wall clock.
    pub wall: WallTime,
    /// The hash of the frame before.
    pub previous: ChainHash,
    /// The name of the fact's kind.
    pub kind: String,
    /// The fact.
    pub payload: Vec<u8>,
}

/// What a frame says of the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainHash([u8; 16]);

impl ChainHash {
    /// What the first frame of a rollout says.
    #[must_use]
    pub fn first(rollout: &RolloutId) -> Self {
        Self::cut(Sha256::new().chain_update(FIRST).chain_update(rollout.as_str()))
    }

    /// What the frame after this one says.
    #[must_use]
    pub fn after(frame: &[u8]) -> Self {
        Self::cut(Sha256::new().chain_update(frame))
    }

    fn cut(hasher: Sha256) -> Self {
        let whole: [u8; 32] = hasher.finalize().into();
        let mut hash = [0; 16];
        hash.copy_from_slice(&whole[..16]);
        Self(hash)
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl RawFrame {
    /// Puts the frame together.
    ///
    /// # Errors
    /// [`FrameError::Unwritable`] when the kind's name or the whole is too long.
    pub fn to_bytes(&self) -> Result<Frame, FrameError> {
        let Self { format, must_understand, sequence, epoch, at, wall, previous, kind, payload } =
            self;
        let unwritable = |problem| FrameError::Unwritable { sequence: *sequence, problem };
        let kind_length = u8::try_from(kind.len()).ok().filter(|_| is_kind(kind.as_bytes()));
        let kind_length =
            kind_length.ok_or_else(|| unwritable(format!("no kind is \"{kind}\"")))?;
        let length = HEADER.saturating_add(kind.len()).saturating_add(payload.len());
        let short = u32::try_from(length).ok().filter(|_| length <= FRAME_BYTES_MAX);
        let short = short.ok_or_else(|| unwritable(Damage::TooLong(length as u64).to_string()))?;

        let mut frame = Vec::with_capacity(length);
        frame.extend(short.to_le_bytes());
        frame.extend([0; 4]);
        frame.extend(format.to_le_bytes());
        frame.extend([u8::from(*must_understand), kind_length]);
        frame.extend(sequence.to_le_bytes());
        frame.extend(epoch.to_le_bytes());
        frame.extend(at.as_millis().to_le_bytes());
        frame.extend(wall.as_unix_millis().to_le_bytes());
        frame.extend(previous.0);
        frame.extend(kind.as_bytes());
        frame.extend(payload);
        let sum = checksum(&frame);
        frame[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&sum.to_le_bytes());
        Ok(frame)
    }

    /// Takes a frame apart. `sequence` is the place at which the store has it, for the error.
    ///
    /// # Errors
    /// [`FrameError`] when it is damaged or of a newer format; its place is not looked at.
    pub fn from_bytes(sequence: u64, frame: &[u8]) -> Result<Self, FrameError> {
        let damaged = |damage| FrameError::Damaged { sequence, damage };
        let cut_off =
            || damaged(Damage::Length { length: HEADER as u64, found: frame.len() as u64 });
        let mut reader = Reader::new(frame);
        let length = reader.u32().ok_or_else(cut_off)?;
        let (length, found) = (u64::from(length), frame.len() as u64);
        if found > FRAME_BYTES_MAX as u64 {
            return Err(damaged(Damage::TooLong(found)));
        }
        if length != found {
            return Err(damaged(Damage::Length { length, found }));
        }
        let stored = reader.u32().ok_or_else(cut_off)?;
        let sum = checksum(frame);
        if stored != sum {
            return Err(damaged(Damage::Checksum { stored, found: sum }));
        }
        let format = reader.u16().ok_or_else(cut_off)?;
        if format > FORMAT {
            return Err(Needs::Format { sequence, format }.into());
        }
        if format == 0 {
            return Err(damaged(Damage::Field("format")));
        }
        let raw = Self::fields(format, reader).ok_or_else(cut_off)?;
        raw.map_err(|field| damaged(Damage::Field(field)))
    }

    /// Reads what follows on the format; `None` when bytes are missing.
    fn fields(format: u16, mut reader: Reader<'_>) -> Option<Result<Self, &'static str>> {
        let (flags, kind_length) = (reader.u8()?, reader.u8()?);
        let (sequence, epoch) = (reader.u64()?, reader.u64()?);
        let at = Timestamp::from_millis(reader.u64()?);
        let wall = WallTime::from_unix_millis(reader.i64()?);
        let previous = ChainHash(reader.array()?);
        let kind = reader.slice(usize::from(kind_length))?;
        let must_understand = match flags {
            0 => false,
            MUST_UNDERSTAND => true,
            _ => return Some(Err("flags")),
        };
        let Some(kind) = str::from_utf8(kind).ok().filter(|kind| is_kind(kind.as_bytes())) else {
            return Some(Err("kind"));
        };
        let (kind, payload) = (kind.to_owned(), reader.rest().to_vec());
        Some(Ok(Self {
            format,
            must_understand,
            sequence,
            epoch,
            at,
            wall,
            previous,
            kind,
            payload,
        }))
    }
}

fn is_kind(name: &[u8]) -> bool {
    let is_letter = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    (1..=KIND_BYTES_MAX).contains(&name.len()) && name.iter().all(is_letter)
}

/// The CRC-32C of all but the checksum's own bytes.
fn checksum(frame: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(frame.get(..CHECKSUM_AT).unwrap_or_default());
    digest.update(frame.get(CHECKSUM_AT + 4..).unwrap_or_default());
    digest.finalize()
}

const CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
const CHECKSUM_AT: usize = 4;
/// The bytes before the kind.
const HEADER: usize = 60;
const MUST_UNDERSTAND: u8 = 1;
/// What the first frame follows on, before the rollout's id.
const FIRST: &[u8] = b"greenflow/journal/";
