//! A fact as bytes: the journal's format.
//!
//! A journal is a chain of *frames*, one a fact. A [`Chain`] writes and reads them in order; what
//! lies between is opaque to stores. All numbers are little-endian.
//!
//! | bytes | field | what |
//! |---|---|---|
//! | 0..4 | length | of the whole frame in bytes, `u32`; at most [`FRAME_BYTES_MAX`] |
//! | 4..8 | checksum | CRC-32C of the bytes 0..4 and of all from 8 on, `u32` |
//! | 8..10 | format | [`FORMAT`], `u16` |
//! | 10 | flags | bit 0: must be understood; the others are 0 |
//! | 11 | kind length | of the kind's name in bytes, 1 to [`KIND_BYTES_MAX`] |
//! | 12..20 | sequence | the fact's place, from 1, `u64` |
//! | 20..28 | epoch | of the lease it was written under, `u64` |
//! | 28..36 | at | milliseconds of rollout time, `u64` |
//! | 36..44 | wall | milliseconds since 1970-01-01 00:00 UTC, `i64` |
//! | 44..60 | previous | the hash of the frame before |
//! | 60.. | kind | the name of the fact's kind, lower-case ASCII |
//! | to the end | payload | the fact |
//!
//! **Hash.** The first 16 bytes of the SHA-256 of the whole frame before; of the first fact, of
//! `greenflow/journal/` and the rollout's id, so that one rollout's frames are not taken for
//! another's. It finds what is lost, doubled, swapped or of another journal. 128 bits are beyond
//! chance; whoever can write the store can write a whole new chain, with any hash.
//!
//! **Payload.** The fact as JSON: fields in the order in which the types declare them, integers and
//! texts only. A payload is read only if it is, byte for byte, what this release writes for the
//! fact it makes of it: a field that it does not know is never dropped in silence.
//!
//! # What is refused
//!
//! Anything that is not exactly so, with a [`FrameError`] that says which fact and what is wrong.
//! Also when it is the last frame: a store's append is all or nothing, and durable before it is
//! answered (clause JO-2), so a broken last frame is not a write cut short but damage to a fact
//! that may have been acted on. A store that can tear its tail drops what was never acknowledged
//! before it hands frames out. A last frame that is missing altogether leaves a journal that is
//! whole; its bytes cannot tell.
//!
//! # Versions
//!
//! Three things may change from release to release, each with a rule of its own:
//!
//! - **A kind is added.** An older release that meets it refuses the journal if the frame says
//!   that it must be understood, which every kind says that changes the state
//!   ([`Fact::must_understand`](super::Fact::must_understand)). Otherwise it keeps the fact as
//!   [`Fact::Unknown`](super::Fact::Unknown), byte for byte.
//! - **A kind gets a field.** The field is left out of the JSON when it has the value that older
//!   facts mean, so old facts read and write as before; an older release refuses a fact that has it.
//! - **The format changes.** Length, checksum and format stay where they are for ever, so that a
//!   release knows an intact frame of a newer format from a damaged one. In two steps: release N
//!   reads new and old and writes old; release N+1 writes new. So N+1 can be taken back to N while
//!   rollouts are in flight.
//!
//! The rules of the fold have a version of their own, pinned by the first fact
//! ([`Started::machine_version`](super::Started::machine_version)).

mod bytes;
mod chain;
mod error;
mod raw;
#[cfg(test)]
mod tests;

pub use chain::{Chain, KNOWN_KINDS};
pub use error::{Damage, FrameError, Needs};
pub use raw::{ChainHash, RawFrame};

/// The frame format that this release writes, and the newest that it reads.
pub const FORMAT: u16 = 1;

/// The most bytes that a frame may have: room for the largest plan, and nothing that would fill a
/// store unseen.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;

/// The most bytes that a kind's name may have.
pub const KIND_BYTES_MAX: usize = 64;
