//! A hash of what can be shown, for types that have none of their own.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};

thread_local! {
    static TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Hashes a value by what `Debug` shows of it, which is everything: FNV, eight bytes at a time.
pub(crate) fn debug_hash(value: &impl Debug) -> u64 {
    TEXT.with_borrow_mut(|text| {
        text.clear();
        let _ = write!(text, "{value:?}");
        let (whole, rest) = text.as_bytes().as_chunks::<8>();
        let last = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let words = whole.iter().map(|word| u64::from_le_bytes(*word)).chain([last]);
        words.fold(BASIS, |hash, word| (hash.rotate_left(23) ^ word).wrapping_mul(PRIME))
    })
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
