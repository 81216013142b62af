//! How a preset's steps come about.

use std::time::Duration;

use super::super::Step;
use crate::value::Weight;

/// What the steps before the whole are. The last step, 100 % without a hold, goes without saying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Each share in percent with its hold, rising.
    Holds(&'static [(u8, Duration)]),
    /// So many percent more, each time after the same hold.
    Linear { percent: u8, every: Duration },
}

impl Shape {
    pub(super) fn steps(self) -> Vec<Step> {
        let mut steps: Vec<Step> = match self {
            Self::Holds(holds) => {
                holds.iter().filter_map(|(percent, hold)| step(*percent, *hold)).collect()
            }
            Self::Linear { percent, every } => (percent..WHOLE)
                .step_by(usize::from(percent.max(1)))
                .filter_map(|percent| step(percent, every))
                .collect(),
        };
        steps.push(Step { green: Weight::FULL, hold: Duration::ZERO });
        steps
    }
}

/// A share above the whole cannot be made; the table has none, and a test says so.
fn step(percent: u8, hold: Duration) -> Option<Step> {
    Weight::from_percent(percent).ok().map(|green| Step { green, hold })
}

const WHOLE: u8 = 100;
