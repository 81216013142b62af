//! How traffic is divided, and the three grades of knowing it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A share of traffic in basis points: 10 000 is all of it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u16", into = "u16")]
pub struct Weight(u16);

/// The number is no share.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} basis points is more than the whole; the most is 10000 (100 %)")]
pub struct InvalidWeight(pub u64);

impl Weight {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const FULL: Self = Self(10_000);

    /// Makes a share from basis points.
    ///
    /// # Errors
    /// When there are more than 10 000.
    pub const fn from_basis_points(basis_points: u16) -> Result<Self, InvalidWeight> {
        if basis_points > 10_000 {
            Err(InvalidWeight(basis_points as u64))
        } else {
            Ok(Self(basis_points))
        }
    }

    /// Makes a share from a whole percentage.
    ///
    /// # Errors
    /// When it is over 100.
    pub const fn from_percent(percent: u8) -> Result<Self, InvalidWeight> {
        if percent > 100 {
            Err(InvalidWeight(percent as u64 * 100))
        } else {
            Ok(Self(percent as u16 * 100))
        }
    }

    /// Returns the basis points.
    #[must_use]
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// Returns what is left of the whole.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(10_000 - self.0)
    }
}

impl TryFrom<u16> for Weight {
    type Error = InvalidWeight;
    fn try_from(basis_points: u16) -> Result<Self, InvalidWeight> {
        Self::from_basis_points(basis_points)
    }
}

impl From<Weight> for u16 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole} %"),
            part if part % 10 == 0 => write!(f, "{whole}.{} %", part / 10),
            part => write!(f, "{whole}.{part:02} %"),
        }
    }
}

/// How traffic is divided between the sides.
///
/// Made from one number, green's share, so the two always sum to the whole and are never both 0.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Split {
    green: Weight,
}

impl Split {
    /// All traffic on blue.
    pub const ALL_BLUE: Self = Self { green: Weight::ZERO };
    /// All traffic on green.
    pub const ALL_GREEN: Self = Self { green: Weight::FULL };

    /// Gives green its share and blue the rest.
    #[must_use]
    pub const fn to_green(green: Weight) -> Self {
        Self { green }
    }

    /// Returns green's share.
    #[must_use]
    pub const fn green(self) -> Weight {
        self.green
    }

    /// Returns blue's share.
    #[must_use]
    pub const fn blue(self) -> Weight {
        self.green.rest()
    }

    /// Returns whether one side has all of the traffic.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self.green.0, 0 | 10_000)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "green {} / blue {}", self.green(), self.blue())
    }
}

macro_rules! grade {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub struct $name {
            split: Split,
            at: Timestamp,
        }

        impl $name {
            /// Returns the split.
            #[must_use]
            pub const fn split(self) -> Split {
                self.split
            }

            /// Returns when it became known in this grade.
            #[must_use]
            pub const fn at(self) -> Timestamp {
                self.at
            }
        }
    };
}

grade!(
    /// A split that we sent. It says nothing of the world yet.
    Commanded
);
grade!(
    /// A split that the balancer's configuration returned. Requests may still go elsewhere.
    ReadBack
);
grade!(
    /// A split that the requests themselves show. Only this one lets a hold begin.
    ///
    /// There is no way to one but through the grades before it:
    ///
    /// ```compile_fail
    /// use greenflow_core::value::{Commanded, Split, Timestamp};
    /// let sent = Commanded::new(Split::ALL_GREEN, Timestamp::ZERO);
    /// let _ = sent.traffic_observed(Timestamp::ZERO); // a command is no evidence
    /// ```
    TrafficObserved
);

impl Commanded {
    /// Notes that `split` was sent.
    #[must_use]
    pub const fn new(split: Split, at: Timestamp) -> Self {
        Self { split, at }
    }

    /// Notes that the configuration returns it too; `None` when it returns something else.
    #[must_use]
    pub fn read_back(self, seen: Split, at: Timestamp) -> Option<ReadBack> {
        (seen == self.split).then_some(ReadBack { split: seen, at })
    }
}

impl ReadBack {
    /// Notes that the requests show it too.
    #[must_use]
    pub const fn traffic_observed(self, at: Timestamp) -> TrafficObserved {
        TrafficObserved { split: self.split, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_always_sums() {
        for basis_points in 0..=10_000 {
            let split = Split::to_green(Weight::from_basis_points(basis_points).unwrap());
            assert_eq!(split.green().basis_points() + split.blue().basis_points(), 10_000);
        }
        assert!(Weight::from_basis_points(10_001).is_err());
        assert!(Weight::from_percent(101).is_err());
    }

    #[test]
    fn weights_read_well() {
        let text = |bp| Weight::from_basis_points(bp).unwrap().to_string();
        assert_eq!((text(1000), text(1250), text(1), text(10_000)), {
            ("10 %".into(), "12.5 %".into(), "0.01 %".into(), "100 %".into())
        });
    }

    #[test]
    fn another_split_is_no_read_back() {
        let sent = Commanded::new(Split::ALL_GREEN, Timestamp::ZERO);
        assert!(sent.read_back(Split::ALL_BLUE, Timestamp::ZERO).is_none());
        assert!(sent.read_back(Split::ALL_GREEN, Timestamp::ZERO).is_some());
    }
}
