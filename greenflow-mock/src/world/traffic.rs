//! How many requests there are.

use std::time::Duration;

/// The demand: so many requests a second, with a daily curve if asked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Traffic {
    /// Requests a second, averaged over a day.
    pub rate: f64,
    /// The daily curve.
    pub diurnal: Option<Diurnal>,
}

/// A daily curve: a cosine, in steps of [`Diurnal::STEP`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a cosine has a peak and a swing")]
pub struct Diurnal {
    /// When it is highest: the time since local midnight.
    pub peak: Duration,
    /// How far it goes up and down, as a share of the mean.
    pub swing: f64,
}

impl Diurnal {
    /// How long the demand stays the same.
    pub const STEP: Duration = Duration::from_secs(900);
}

impl Traffic {
    /// Returns the requests a second at this time since local midnight.
    pub(crate) fn at(&self, since_midnight: Duration) -> f64 {
        let Some(diurnal) = self.diurnal else {
            return self.rate;
        };
        let hours = (since_midnight.as_secs_f64() - diurnal.peak.as_secs_f64()) / 3600.0;
        let wave = (hours / 24.0 * std::f64::consts::TAU).cos();
        (self.rate * (1.0 + diurnal.swing * wave)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_peaks_when_it_should() {
        let noon = Duration::from_secs(12 * 3600);
        let traffic = Traffic { rate: 200.0, diurnal: Some(Diurnal { peak: noon, swing: 0.5 }) };
        assert!((traffic.at(noon) - 300.0).abs() < 1e-9);
        assert!((traffic.at(Duration::ZERO) - 100.0).abs() < 1e-9);
    }
}
