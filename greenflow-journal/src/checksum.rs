//! What tells a frame that was written from one that a bad disk made up.

use crc::{CRC_32_ISCSI, Crc, Table};
use greenflow_core::value::RolloutId;

/// Sums a frame up together with its place, so that neither a changed bit nor a frame of another
/// place passes for it.
pub(crate) fn checksum(rollout: &RolloutId, sequence: u64, epoch: u64, frame: &[u8]) -> u32 {
    let mut digest = CRC.digest();
    digest.update(rollout.as_str().as_bytes());
    // A byte that no rollout id has.
    digest.update(&[0]);
    digest.update(&sequence.to_le_bytes());
    digest.update(&epoch.to_le_bytes());
    digest.update(frame);
    digest.finalize()
}

/// The polynomial that disks and network cards use (Castagnoli).
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
