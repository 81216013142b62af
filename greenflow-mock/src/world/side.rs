//! One value for each side.

use greenflow_core::value::Side;

/// One value for each side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a rollout has two sides")]
pub struct BySide<T> {
    /// Blue's.
    pub blue: T,
    /// Green's.
    pub green: T,
}

impl<T> BySide<T> {
    /// Pairs the two.
    #[must_use]
    pub const fn new(blue: T, green: T) -> Self {
        Self { blue, green }
    }

    /// Returns one side's.
    #[must_use]
    pub const fn get(&self, side: Side) -> &T {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    /// Returns one side's, to change it.
    pub const fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Blue => &mut self.blue,
            Side::Green => &mut self.green,
        }
    }
}

/// Both sides, blue first.
pub(crate) const SIDES: [Side; 2] = [Side::Blue, Side::Green];
