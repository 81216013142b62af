//! Whether the sides have as many targets as were set.

use crate::value::{Side, Timestamp};

/// How often in a row each side was read with fewer targets than were set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::machine) struct Counted {
    blue: Count,
    green: Count,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Count {
    set_at: Timestamp,
    short: u32,
}

impl Counted {
    /// Notes that a side's number was just set: what was asked for before says nothing of it.
    pub(in crate::machine) const fn set(&mut self, side: Side, at: Timestamp) {
        *self.get(side) = Count { set_at: at, short: 0 };
    }

    /// Takes a reading, as of when it was asked for.
    pub(in crate::machine) fn take(&mut self, side: Side, short: bool, asked: Timestamp) {
        let count = self.get(side);
        if asked >= count.set_at {
            count.short = if short { count.short.saturating_add(1) } else { 0 };
        }
    }

    /// Begins to count anew.
    pub(in crate::machine) const fn restart(&mut self) {
        self.blue.short = 0;
        self.green.short = 0;
    }

    /// Returns how often in a row the side was too short.
    pub(in crate::machine) const fn short(&self, side: Side) -> u32 {
        match side {
            Side::Blue => self.blue.short,
            Side::Green => self.green.short,
        }
    }

    /// Returns when the side's number was last set.
    pub(in crate::machine) const fn set_at(&self, side: Side) -> Timestamp {
        match side {
            Side::Blue => self.blue.set_at,
            Side::Green => self.green.set_at,
        }
    }

    const fn get(&mut self, side: Side) -> &mut Count {
        match side {
            Side::Blue => &mut self.blue,
            Side::Green => &mut self.green,
        }
    }
}
