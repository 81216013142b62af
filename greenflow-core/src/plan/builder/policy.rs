//! Breaches, the way back, deadlines.

use std::time::Duration;

use super::super::{CriticalPolicy, FaultPolicy, RollbackPolicy, Timing};
use super::PlanBuilder;

impl PlanBuilder {
    /// Says what happens on a critical breach. Without it: the cut at once.
    pub fn critical(mut self, policy: CriticalPolicy) -> Self {
        self.faults.critical = policy;
        self
    }

    /// Says what happens on any breach.
    pub fn faults(mut self, policy: FaultPolicy) -> Self {
        self.faults = policy;
        self
    }

    /// Says within which time the way back must fit. Without it: 5 min.
    pub const fn rollback_budget(mut self, budget: Duration) -> Self {
        self.rollback.budget = budget;
        self
    }

    /// Says the whole promise about the way back.
    pub const fn rollback(mut self, policy: RollbackPolicy) -> Self {
        self.rollback = policy;
        self
    }

    /// Says deadlines and poll intervals.
    pub const fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }
}
