//! Poisson and binomial counts at a cost that does not grow with the count.
//!
//! Small means by inversion, large ones by Hörmann's transformed rejection (PTRS and BTRS, 1993),
//! which is exact and needs about 1.2 rounds.

use super::Rng;

/// Draws how many of a stream of events with this mean happen.
pub(crate) fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    if mean.is_nan() || mean <= 0.0 {
        0
    } else if mean < 10.0 {
        poisson_by_inversion(rng, mean)
    } else {
        poisson_by_rejection(rng, mean.min(LARGEST))
    }
}

/// Draws how many of `trials` succeed, each with this probability.
pub(crate) fn binomial(rng: &mut Rng, trials: u64, probability: f64) -> u64 {
    if trials == 0 || probability.is_nan() || probability <= 0.0 {
        0
    } else if probability >= 1.0 {
        trials
    } else if probability > 0.5 {
        trials - binomial(rng, trials, 1.0 - probability)
    } else if trials as f64 * probability < 10.0 {
        binomial_by_inversion(rng, trials, probability)
    } else {
        binomial_by_rejection(rng, trials, probability)
    }
}

/// Larger means make no sense here, and 2^53 is where a float stops counting.
const LARGEST: f64 = 1e15;

/// Rejection accepts each round with more than 3 in 4; so many rounds never happen, and bound it.
const ROUNDS: u32 = 1000;

fn poisson_by_inversion(rng: &mut Rng, mean: f64) -> u64 {
    let floor = (-mean).exp();
    let mut product = rng.unit();
    let mut count = 0;
    while product > floor && count < 1000 {
        count += 1;
        product *= rng.unit();
    }
    count
}

fn poisson_by_rejection(rng: &mut Rng, mean: f64) -> u64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let sure = 0.9277 - 3.6224 / (b - 2.0);
    for _ in 0..ROUNDS {
        let u = rng.unit() - 0.5;
        let v = rng.unit();
        let edge = 0.5 - u.abs();
        let k = ((2.0 * a / edge + b) * u + mean + 0.43).floor();
        if edge >= 0.07 && v <= sure {
            return whole(k);
        }
        if k < 0.0 || (edge < 0.013 && v > edge) {
            continue;
        }
        let left = v.ln() + inverse_alpha.ln() - (a / (edge * edge) + b).ln();
        if left <= k * mean.ln() - mean - ln_factorial(k) {
            return whole(k);
        }
    }
    whole(mean)
}

fn binomial_by_inversion(rng: &mut Rng, trials: u64, p: f64) -> u64 {
    let n = trials as f64;
    let q = 1.0 - p;
    let none = (n * (-p).ln_1p()).exp();
    let bound = n.min(n * p + 10.0 * (n * p * q + 1.0).sqrt());
    for _ in 0..ROUNDS {
        let mut rest = rng.unit();
        let mut here = none;
        let mut k = 0.0;
        while k <= bound {
            if rest <= here {
                return whole(k);
            }
            rest -= here;
            k += 1.0;
            here *= (n - k + 1.0) * p / (k * q);
        }
    }
    whole(n * p)
}

fn binomial_by_rejection(rng: &mut Rng, trials: u64, p: f64) -> u64 {
    let n = trials as f64;
    let ratio = p / (1.0 - p);
    let spread = (n * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let centre = n * p + 0.5;
    let sure = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spread;
    let mode = ((n + 1.0) * p).floor();
    for _ in 0..ROUNDS {
        let u = rng.unit() - 0.5;
        let v = rng.unit();
        let edge = 0.5 - u.abs();
        let k = ((2.0 * a / edge + b) * u + centre).floor();
        if k < 0.0 || k > n {
            continue;
        }
        if edge >= 0.07 && v <= sure {
            return whole(k);
        }
        let left = (v * alpha / (a / (edge * edge) + b)).ln();
        let right = (mode + 0.5) * ((mode + 1.0) / (ratio * (n - mode + 1.0))).ln()
            + (n + 1.0) * ((n - mode + 1.0) / (n - k + 1.0)).ln()
            + (k + 0.5) * (ratio * (n - k + 1.0) / (k + 1.0)).ln()
            + stirling_rest(mode)
            + stirling_rest(n - mode)
            - stirling_rest(k)
            - stirling_rest(n - k);
        if left <= right {
            return whole(k);
        }
    }
    whole(n * p)
}

fn ln_factorial(k: f64) -> f64 {
    const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;
    (k + 0.5) * (k + 1.0).ln() - (k + 1.0) + HALF_LN_TWO_PI + stirling_rest(k)
}

/// What Stirling's formula for `ln k!` leaves out: a series that is good to 1e-12 from 10 on, and
/// below that the recurrence down to it.
fn stirling_rest(k: f64) -> f64 {
    if k < 10.0 {
        let step = (k + 1.5) * (k + 2.0).ln() - (k + 0.5) * (k + 1.0).ln() - 1.0 - (k + 1.0).ln();
        return stirling_rest(k + 1.0) + step;
    }
    let next = k + 1.0;
    let square = next * next;
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / next
}

#[expect(clippy::cast_possible_truncation, reason = "callers pass whole numbers from 0 to 1e15")]
const fn whole(k: f64) -> u64 {
    k as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut draw: impl FnMut(&mut Rng) -> u64) -> (f64, f64) {
        let mut rng = Rng::keyed(11, &[]);
        let draws: Vec<f64> = (0..40_000).map(|_| draw(&mut rng) as f64).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance =
            draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64;
        (mean, variance)
    }

    #[test]
    fn ln_factorials_are_right() {
        let mut exact = 0.0;
        for k in 0..40_u32 {
            if k > 0 {
                exact += f64::from(k).ln();
            }
            let ours = ln_factorial(f64::from(k));
            assert!((ours - exact).abs() < 1e-9, "{k}: {ours} {exact}");
        }
    }

    #[test]
    fn poisson_counts_have_their_mean_and_variance() {
        for mean in [0.01, 0.5, 9.9, 10.1, 200.0, 12_000.0, 1.2e8] {
            let (seen, variance) = moments(|rng| poisson(rng, mean));
            let error = 5.0 * (mean / 40_000.0).sqrt();
            assert!((seen - mean).abs() < error, "mean {mean}: {seen}");
            assert!((variance / mean - 1.0).abs() < 0.15, "variance {mean}: {variance}");
        }
    }

    #[test]
    fn binomial_counts_have_their_mean_and_variance() {
        for (n, p) in [
            (1, 0.3),
            (20, 0.02),
            (20, 0.9),
            (100, 0.5),
            (12_000, 0.1),
            (12_000, 0.0001),
            (120_000_000, 0.3),
            (120_000_000, 1e-8),
        ] {
            let mean = n as f64 * p;
            let (seen, variance) = moments(|rng| binomial(rng, n, p));
            let expected = mean * (1.0 - p);
            assert!((seen - mean).abs() < 5.0 * (expected / 40_000.0).sqrt(), "{n} {p}: {seen}");
            assert!((variance / expected - 1.0).abs() < 0.15, "{n} {p}: {variance} {expected}");
        }
    }

    #[test]
    fn edges_are_exact() {
        let mut rng = Rng::keyed(1, &[]);
        assert_eq!((poisson(&mut rng, 0.0), poisson(&mut rng, f64::NAN)), (0, 0));
        assert_eq!((binomial(&mut rng, 0, 0.5), binomial(&mut rng, 9, 0.0)), (0, 0));
        assert_eq!((binomial(&mut rng, 9, 1.0), binomial(&mut rng, 9, f64::NAN)), (9, 0));
        for _ in 0..1000 {
            assert!(binomial(&mut rng, 50, 0.5) <= 50);
        }
    }
}
