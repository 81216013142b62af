//! How long requests take.

use std::time::Duration;

/// The response times of a side: lognormal, given by two percentiles that people know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Latency {
    /// Half of the requests are slower.
    pub p50: Duration,
    /// One request in twenty is slower.
    pub p95: Duration,
}

impl Latency {
    /// Names the two percentiles.
    #[must_use]
    pub const fn new(p50: Duration, p95: Duration) -> Self {
        Self { p50, p95 }
    }

    /// Returns the share of requests that take longer than `threshold`, in closed form.
    ///
    /// When `p95` is not above `p50` every request takes exactly `p50`.
    #[must_use]
    pub fn slower_than(&self, threshold: Duration) -> f64 {
        let (p50, p95) = (self.p50.as_secs_f64(), self.p95.as_secs_f64());
        let threshold = threshold.as_secs_f64();
        if p95 <= p50 || p50 <= 0.0 {
            return if p50 > threshold { 1.0 } else { 0.0 };
        }
        if threshold <= 0.0 {
            return 1.0;
        }
        let sigma = (p95 / p50).ln() / Z_95;
        let z = (threshold / p50).ln() / sigma;
        0.5 * erfc(z / std::f64::consts::SQRT_2)
    }
}

/// The 95 % quantile of the normal distribution.
const Z_95: f64 = 1.644_853_626_951_472_2;

/// The complementary error function by the Chebyshev fit of *Numerical Recipes* (`erfcc`): its
/// *relative* error is below 1.2e-7 everywhere, so it holds in the far tail, where a week of
/// requests must give none.
fn erfc(x: f64) -> f64 {
    let z = x.abs();
    let t = 1.0 / (1.0 + 0.5 * z);
    let series = COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let tail = t * (series - z * z).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}

const COEFFICIENTS: [f64; 10] = [
    -1.265_512_23,
    1.000_023_68,
    0.374_091_96,
    0.096_784_18,
    -0.186_288_06,
    0.278_868_07,
    -1.135_203_98,
    1.488_515_87,
    -0.822_152_23,
    0.170_872_77,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn percentiles_are_where_they_were_put() {
        let latency = Latency::new(ms(80), ms(120));
        assert!((latency.slower_than(ms(80)) - 0.5).abs() < 1e-6);
        assert!((latency.slower_than(ms(120)) - 0.05).abs() < 1e-6);
        assert!(latency.slower_than(ms(500)) < 1e-12);
        assert!((latency.slower_than(Duration::ZERO) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_far_tail_is_right() {
        // erfc(3), erfc(5) from tables.
        for (x, exact) in [(0.5, 0.479_500_122), (3.0, 2.209_049_7e-5), (5.0, 1.537_459_8e-12)] {
            assert!((erfc(x) / exact - 1.0).abs() < 1e-6, "{x}: {}", erfc(x));
        }
        assert!((erfc(-1.0) - 1.842_700_79).abs() < 1e-6);
    }

    #[test]
    fn equal_percentiles_are_a_constant() {
        let latency = Latency::new(ms(100), ms(100));
        assert_eq!((latency.slower_than(ms(99)), latency.slower_than(ms(100))), (1.0, 0.0));
    }
}
