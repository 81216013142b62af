//! The numbers of the fault catalogue.

use std::fmt;

/// A fault's number in the catalogue, F1 to F64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FaultId(u8);

impl FaultId {
    /// Makes a number from 1 to 64.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 64 { Some(Self(number)) } else { None }
    }

    /// Returns every number of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=64).map(Self)
    }

    /// Returns by which means the fault is brought about.
    #[must_use]
    pub const fn means(self) -> Means {
        match self.0 {
            1..=11 | 14..=18 | 38 | 58 | 64 => Means::Call,
            12 | 13 | 19..=37 | 39..=43 => Means::World,
            50 | 51 | 54 | 56 => Means::Journal,
            52 | 53 | 55 | 57 => Means::JournalData,
            59 | 62 => Means::People,
            // Killing, doubling, pausing and starting controllers is up to whoever runs them.
            _ => Means::Controller,
        }
    }

    pub(crate) const fn known(number: u8) -> Self {
        Self(number)
    }
}

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{}", self.0)
    }
}

/// By which means a fault is brought about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Means {
    /// A [`Fault`](super::Fault) on provider calls.
    Call,
    /// A [`Change`](crate::world::Change) of the world.
    World,
    /// A [`Fault`](super::Fault) on the journal's operations.
    Journal,
    /// What a crash leaves in the journal: a [`Damage`](crate::Damage).
    JournalData,
    /// The script of the people.
    People,
    /// Whoever runs the controllers.
    Controller,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_64_numbers() {
        assert_eq!(FaultId::all().count(), 64);
        assert_eq!((FaultId::new(0), FaultId::new(65)), (None, None));
        assert_eq!(FaultId::new(4).map(FaultId::means), Some(Means::Call));
        assert_eq!(FaultId::new(45).map(FaultId::means), Some(Means::Controller));
        assert_eq!(FaultId::known(4).to_string(), "F4");
    }
}
