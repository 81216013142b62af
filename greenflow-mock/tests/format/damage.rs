//! G5: every damage to the journal of a short plan is found when it is read.

use greenflow_core::fact::frame::{Chain, FrameError};
use greenflow_core::provider::StoredFrame;

use super::golden::replay;
use super::life::{rollout, short_journal};

/// The chain before each of the frames.
fn chains(frames: &[StoredFrame]) -> Vec<Chain> {
    let mut chain = Chain::of(&rollout());
    let before = |stored| {
        let before = chain.clone();
        chain.read(stored).unwrap();
        before
    };
    frames.iter().map(before).collect()
}

/// Reads one frame that was changed, after the frames before it, which were not.
#[track_caller]
fn refused(chain: &Chain, stored: &StoredFrame, frame: Vec<u8>) {
    let mut after = chain.clone();
    let StoredFrame { sequence, epoch, .. } = *stored;
    let error = after.read(&StoredFrame { sequence, epoch, frame }).unwrap_err();
    assert!(
        matches!(error, FrameError::Damaged { sequence: found, .. } if found == sequence),
        "{error}"
    );
    assert_eq!(after, *chain, "a refused frame leaves the chain as it was");
}

#[test]
fn every_truncation_is_found() {
    let frames = short_journal();
    let mut cuts = 0;
    for (chain, stored) in chains(&frames).iter().zip(&frames) {
        for length in 1..stored.frame.len() {
            refused(chain, stored, stored.frame[..length].to_vec());
            cuts += 1;
        }
        // What is cut off before its first byte is not there: a legal prefix.
        refused(chain, stored, Vec::new());
    }
    println!("{cuts} cuts in {} facts", frames.len());
}

#[test]
fn a_tail_of_zeros_or_of_older_bytes_is_found() {
    let frames = short_journal();
    let mut older: &[u8] = &[0xa5; 64];
    for (chain, stored) in chains(&frames).iter().zip(&frames) {
        let whole = &stored.frame;
        for length in 0..whole.len() {
            let mut zeros = whole.clone();
            zeros[length..].fill(0);
            refused(chain, stored, zeros);
            let tail = older.iter().cycle().skip(length).take(whole.len() - length);
            let torn: Vec<u8> = whole[..length].iter().chain(tail).copied().collect();
            if torn != *whole {
                refused(chain, stored, torn);
            }
        }
        older = &stored.frame;
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let frames = short_journal();
    let mut flips = 0;
    for (chain, stored) in chains(&frames).iter().zip(&frames) {
        let mut frame = stored.frame.clone();
        for bit in 0..frame.len() * 8 {
            frame[bit / 8] ^= 1 << (bit % 8);
            refused(chain, stored, frame.clone());
            frame[bit / 8] ^= 1 << (bit % 8);
            flips += 1;
        }
    }
    println!("{flips} bits in {} facts", frames.len());
}

#[test]
fn every_fact_that_is_lost_doubled_or_swapped_is_found() {
    let frames = short_journal();
    let last = frames.len() - 1;
    for at in 0..frames.len() {
        let lost = [&frames[..at], &frames[at + 1..]].concat();
        if at == last {
            let entries = Chain::of(&rollout()).read_all(&lost).unwrap();
            assert_eq!(replay(&entries).unwrap().head(), last as u64);
        } else {
            not_read(lost);
        }
        not_read([&frames[..=at], &frames[at..]].concat());
        if at > 0 {
            let mut swapped = frames.clone();
            swapped.swap(at - 1, at);
            not_read(swapped);
        }
    }
}

/// Neither as it is, nor when the store counts anew.
#[track_caller]
fn not_read(frames: Vec<StoredFrame>) {
    Chain::of(&rollout()).read_all(&frames).unwrap_err();
    let anew = (1..).zip(frames).map(|(sequence, stored)| StoredFrame { sequence, ..stored });
    Chain::of(&rollout()).read_all(&anew.collect::<Vec<_>>()).unwrap_err();
}

#[test]
fn a_store_that_moves_facts_to_another_epoch_is_found_out() {
    let frames = short_journal();
    for at in 0..frames.len() {
        let mut moved = frames.clone();
        moved[at].epoch += 1;
        Chain::of(&rollout()).read_all(&moved).unwrap_err();
    }
}
