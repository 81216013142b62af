//! Shapes of the shift that other tools made familiar, by name.

mod shape;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use super::Step;
use shape::Shape;

/// A familiar shape of the shift: its steps and holds, and the bake where the shape has one.
///
/// A preset says nothing about limits, gates or what becomes of blue: those are the plan's. Holds
/// are counted from the moment the requests themselves show the split, so a rollout takes a little
/// longer than the sum of its holds. Where a shape has no bake of its own, the plan's default or
/// whatever the plan says stays.
///
/// | name | steps | bake |
/// |---|---|---|
/// | `all-at-once` | 100 % | the plan's |
/// | `codedeploy-canary-10-percent-5-minutes` | 10 % for 5 min, 100 % | the plan's |
/// | `codedeploy-canary-10-percent-15-minutes` | 10 % for 15 min, 100 % | the plan's |
/// | `codedeploy-linear-10-percent-every-1-minute` | 10 % more every minute | the plan's |
/// | `codedeploy-linear-10-percent-every-3-minutes` | 10 % more every 3 min | the plan's |
/// | `ecs-canary` | 5 % for 10 min, 100 % | the plan's |
/// | `ecs-linear` | 10 % more every 6 min | the plan's |
/// | `seed` | 10 % for 5 min, 50 % for 10 min, 100 % | 30 min |
///
/// ```
/// use greenflow_core::plan::{Limit, Plan, Preset};
/// use greenflow_core::value::{Digest, Revision};
///
/// let digest = Digest::new(format!("sha256:{}", "a".repeat(64)))?;
/// let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
///     .preset("ecs-canary")
///     .limit(Limit::error_rate_percent(1))
///     .keep_blue()
///     .build()?;
/// assert_eq!(Some(plan.body().shift.steps.clone()), Preset::named("ecs-canary").map(Preset::steps));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Preset {
    name: &'static str,
    shape: Shape,
    bake: Option<Duration>,
}

impl Preset {
    /// Returns all of them, in the order of the table above.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        &ALL
    }

    /// Finds one by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|preset| preset.name == name).copied()
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Returns its steps. The last one is 100 % and has no hold, since the bake follows.
    #[must_use]
    pub fn steps(self) -> Vec<Step> {
        self.shape.steps()
    }

    /// Returns its bake, if the shape has one.
    #[must_use]
    pub const fn bake(self) -> Option<Duration> {
        self.bake
    }

    /// Says that there is no such preset, and which there are.
    pub(super) fn unknown(name: &str) -> String {
        let shown: String = name.chars().take(LONGEST_SHOWN).collect();
        let known: Vec<&str> = ALL.iter().map(|preset| preset.name).collect();
        format!("{shown:?} is not known; write one of {}", known.join(", "))
    }

    const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, bake: None }
    }

    const fn baking(mut self, bake: Duration) -> Self {
        self.bake = Some(bake);
        self
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// More of a wrong name helps nobody.
const LONGEST_SHOWN: usize = 64;

const fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

/// The first is what the builder goes on with when it was given a name that is not here.
const ALL: [Preset; 8] = [
    Preset::new("all-at-once", Shape::Holds(&[])),
    Preset::new("codedeploy-canary-10-percent-5-minutes", Shape::Holds(&[(10, minutes(5))])),
    Preset::new("codedeploy-canary-10-percent-15-minutes", Shape::Holds(&[(10, minutes(15))])),
    Preset::new(
        "codedeploy-linear-10-percent-every-1-minute",
        Shape::Linear { percent: 10, every: minutes(1) },
    ),
    Preset::new(
        "codedeploy-linear-10-percent-every-3-minutes",
        Shape::Linear { percent: 10, every: minutes(3) },
    ),
    Preset::new("ecs-canary", Shape::Holds(&[(5, minutes(10))])),
    Preset::new("ecs-linear", Shape::Linear { percent: 10, every: minutes(6) }),
    Preset::new("seed", Shape::Holds(&[(10, minutes(5)), (50, minutes(10))])).baking(minutes(30)),
];
