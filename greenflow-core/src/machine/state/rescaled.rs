//! How often each side was given its targets back.

use crate::value::Side;

/// How often each side was given the targets back that another hand had taken, since the rollout
/// began or a person last said that it shall go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::machine) struct Rescaled {
    blue: u32,
    green: u32,
}

impl Rescaled {
    pub(in crate::machine) const fn of(self, side: Side) -> u32 {
        match side {
            Side::Blue => self.blue,
            Side::Green => self.green,
        }
    }

    pub(super) const fn count(&mut self, side: Side) {
        let times = match side {
            Side::Blue => &mut self.blue,
            Side::Green => &mut self.green,
        };
        *times = times.saturating_add(1);
    }
}
