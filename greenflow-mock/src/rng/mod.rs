//! Randomness: one seed, any number of independent streams.

mod sample;

pub(crate) use sample::{binomial, poisson};

/// A xoshiro256** generator, seeded through SplitMix64.
///
/// A stream is named by a key. Two streams with different keys know nothing of each other, so
/// drawing one number more in one of them changes nothing in the other.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// Makes the stream of this seed that the key names.
    #[must_use]
    pub fn keyed(seed: u64, key: &[u64]) -> Self {
        let mut mixed = seed;
        for part in key {
            mixed = split_mix(mixed ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)).1;
        }
        let mut state = [0; 4];
        for word in &mut state {
            (mixed, *word) = split_mix(mixed);
        }
        Self { state }
    }

    /// Returns the next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Returns a number from 0 up to but without 1.
    pub const fn unit(&mut self) -> f64 {
        // 53 bits fill the mantissa exactly.
        (self.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Returns `true` with this probability.
    pub const fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

/// Returns a number that stands for a text in a stream's key (FNV-1a).
#[must_use]
pub const fn label(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

const fn split_mix(state: u64) -> (u64, u64) {
    let next = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = next;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (next, mixed ^ (mixed >> 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_repeatable_and_differ() {
        let draw = |seed, key: &[u64]| {
            let mut rng = Rng::keyed(seed, key);
            (0..4).map(|_| rng.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, &[2, 3]), draw(1, &[2, 3]));
        let streams =
            [draw(1, &[]), draw(1, &[0]), draw(1, &[2, 3]), draw(1, &[3, 2]), draw(2, &[2, 3])];
        for (at, one) in streams.iter().enumerate() {
            assert!(streams.iter().skip(at + 1).all(|other| other != one));
        }
    }

    #[test]
    fn units_are_uniform() {
        let mut rng = Rng::keyed(7, &[]);
        let mean = (0..100_000).map(|_| rng.unit()).sum::<f64>() / 100_000.0;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
