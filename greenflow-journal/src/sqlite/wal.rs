//! What SQLite does not say about its log.
//!
//! After a crash SQLite takes its log up to the first frame that is not whole, as the rest was
//! never acknowledged. When a disk has changed an *earlier* frame, it does the same, and what was
//! acknowledged after it is gone without a word. The two can be told apart: a transaction is written
//! only after the one before it was synced. So a frame that is not whole, with a commit after it
//! and a frame after that one, was acknowledged once.

use std::fs;
use std::io;
use std::path::Path;

/// Returns what is wrong with the log, if it is certain that acknowledged transactions are lost.
pub(super) fn damage(path: &Path) -> io::Result<Option<String>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(examine(&bytes).map(|what| format!("{}: {what}", path.display())))
}

fn examine(bytes: &[u8]) -> Option<String> {
    let header = bytes.get(..HEADER)?;
    if header.iter().all(|byte| *byte == 0) {
        // Made, and never synced.
        return None;
    }
    let log = Log::open(header);
    let frames = |log: &Log| bytes.get(HEADER..).map_or(0, |rest| rest.len() / log.frame_size());
    let Some(log) = log else {
        // The header is synced before the first frame.
        let least = HEADER + FRAME_HEADER + SMALLEST_PAGE;
        return (bytes.len() >= least).then(|| "its header is not what was written".to_owned());
    };
    let frame = |at: usize| {
        let begin = HEADER + at * log.frame_size();
        bytes.get(begin..begin + log.frame_size())
    };
    let follows = |at: usize| match at.checked_sub(1) {
        None => frame(0).is_some_and(|this| log.follows(log.sum, this)),
        Some(before) => frame(before)
            .zip(frame(at))
            .is_some_and(|(before, this)| log.follows(sum_of(before), this)),
    };
    let count = frames(&log);
    let broken = (0..count).find(|at| !follows(*at))?;
    let commit = (broken..count).find(|at| frame(*at).is_some_and(|this| log.commits(this)))?;
    let after = (commit + 1..count).any(follows);
    after.then(|| format!("frame {} of {count} is not what was written", broken + 1))
}

/// What the header of a log says.
struct Log {
    page: usize,
    salt: [u8; 8],
    sum: Sum,
    big_endian: bool,
}

type Sum = (u32, u32);

impl Log {
    fn open(header: &[u8]) -> Option<Self> {
        let magic = word(header, 0);
        let page = usize::try_from(word(header, 8)).ok()?;
        let known = magic & !1 == MAGIC && page.is_power_of_two() && page >= SMALLEST_PAGE;
        let salt = header.get(16..24)?.try_into().ok()?;
        let sum = (word(header, 24), word(header, 28));
        let log = Self { page, salt, sum, big_endian: magic & 1 == 1 };
        (known && log.add((0, 0), header.get(..24)?) == sum).then_some(log)
    }

    const fn frame_size(&self) -> usize {
        FRAME_HEADER + self.page
    }

    fn is_ours(&self, frame: &[u8]) -> bool {
        frame.get(8..16) == Some(&self.salt) && word(frame, 0) != 0
    }

    /// Returns whether a frame is what was written after one with this sum.
    fn follows(&self, before: Sum, frame: &[u8]) -> bool {
        let (Some(head), Some(page)) = (frame.get(..8), frame.get(FRAME_HEADER..)) else {
            return false;
        };
        self.is_ours(frame) && self.add(self.add(before, head), page) == sum_of(frame)
    }

    fn commits(&self, frame: &[u8]) -> bool {
        self.is_ours(frame) && word(frame, 4) != 0
    }

    fn add(&self, (mut a, mut b): Sum, bytes: &[u8]) -> Sum {
        let (pairs, _) = bytes.as_chunks::<8>();
        for [w, x, y, z, p, q, r, s] in pairs {
            let (first, second) = ([*w, *x, *y, *z], [*p, *q, *r, *s]);
            let read = if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
            a = a.wrapping_add(read(first)).wrapping_add(b);
            b = b.wrapping_add(read(second)).wrapping_add(a);
        }
        (a, b)
    }
}

fn sum_of(frame: &[u8]) -> Sum {
    (word(frame, 16), word(frame, 20))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
    u32::from_be_bytes(word.unwrap_or_default())
}

const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const SMALLEST_PAGE: usize = 512;
