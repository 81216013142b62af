//! The phases on the way forward, in order.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Assessing, Completed, Held, Interrupted, Refused, RollingBack};
use crate::fact::{Finding, RefusalReason, RollbackReason};
use crate::plan::Retain;
use crate::value::{Now, RoleName, Timestamp, Who};

macro_rules! phase {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $start:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name {
            pub(crate) since: Timestamp,
            $($(#[$field_doc])* pub(crate) $field: $type,)*
        }

        impl $name {
            fn enter(since: Timestamp) -> Self {
                Self { since, $($field: $start,)* }
            }

            /// Returns when the phase was entered.
            #[must_use]
            pub const fn since(&self) -> Timestamp {
                self.since
            }
        }
    };
}

macro_rules! refusable {
    ($name:ident) => {
        impl $name {
            /// Ends before anything was touched.
            #[must_use]
            pub fn refuse(self, reason: RefusalReason, at: Timestamp) -> Refused {
                Refused::new(reason, at)
            }
        }
    };
}

macro_rules! reversible {
    ($name:ident) => {
        impl $name {
            /// Goes back to blue.
            #[must_use]
            pub fn roll_back(self, reason: RollbackReason, at: Timestamp) -> RollingBack {
                RollingBack::new(reason, at)
            }
        }
    };
}

macro_rules! holdable {
    ($name:ident) => {
        impl $name {
            /// Stops for a while.
            #[must_use]
            pub fn hold(self, terms: super::HoldTerms, at: Timestamp) -> Held {
                Held::new(Interrupted::$name(self), terms, at)
            }
        }
    };
}

macro_rules! assessable {
    ($name:ident) => {
        impl $name {
            /// Looks again at a bad sample.
            #[must_use]
            pub fn assess(self, findings: Vec<Finding>, at: Timestamp) -> Assessing {
                Assessing::new(Interrupted::$name(self), findings, at)
            }
        }
    };
}

phase!(
    /// Waiting for its time; checklists are being confirmed.
    Scheduled {}
);
phase!(
    /// Checking before anything is touched.
    Preflight {}
);
phase!(
    /// Green is coming up.
    Provisioning {}
);
phase!(
    /// Suites run against green on test traffic.
    Verifying {}
);
phase!(
    /// People are asked.
    AwaitingApproval {
        approved: BTreeMap<RoleName, Who> = BTreeMap::new(),
    }
);
phase!(
    /// Traffic is moving to green.
    Shifting {
        step: u32 = 0,
        stage: ShiftStage = ShiftStage::Raising,
        skip: bool = false,
        minor: bool = false,
        assessments: u32 = 0,
    }
);
phase!(
    /// Green has all traffic and is watched closely.
    Baking {
        skip: bool = false,
        minor: bool = false,
        assessments: u32 = 0,
    }
);
phase!(
    /// Final checks and acknowledgements.
    Confirming {
        acknowledged: BTreeMap<RoleName, Who> = BTreeMap::new(),
        /// Whether a person went on without the acknowledgements that are missing.
        waived: bool = false,
        minor: bool = false,
        assessments: u32 = 0,
    }
);
phase!(
    /// Blue is kept for an instant return.
    Retaining {
        extended_by: Duration = Duration::ZERO,
        /// Since when a person wants it to go at once.
        retire_now: Option<Timestamp> = None,
        /// When the last hold of it ended.
        resumed: Option<Timestamp> = None,
        minor: bool = false,
        assessments: u32 = 0,
    }
);
phase!(
    /// Blue is being removed. There is no way back from here.
    Retiring {
        frozen: bool = false,
    }
);
phase!(
    /// The long watch.
    Watching {}
);

/// Where a step of the shift is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each")]
pub enum ShiftStage {
    /// The write is about to be made, or under way.
    Raising,
    /// The configuration shows it; the requests do not yet.
    Observing {
        /// Since when.
        since: Timestamp,
    },
    /// The requests show it; the hold counts.
    Holding {
        /// Since when.
        since: Timestamp,
    },
}

impl Scheduled {
    /// Begins a rollout.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self::enter(at)
    }

    /// Begins the checks.
    #[must_use]
    pub fn preflight(self, at: Timestamp) -> Preflight {
        Preflight::enter(at)
    }
}

impl Preflight {
    /// Brings green up: the first touch.
    #[must_use]
    pub fn provision(self, at: Timestamp) -> Provisioning {
        Provisioning::enter(at)
    }
}

impl Provisioning {
    /// Runs the suites.
    #[must_use]
    pub fn verify(self, at: Timestamp) -> Verifying {
        Verifying::enter(at)
    }
}

impl Verifying {
    /// Asks people.
    #[must_use]
    pub fn ask_approval(self, at: Timestamp) -> AwaitingApproval {
        AwaitingApproval::enter(at)
    }
}

impl AwaitingApproval {
    /// Takes the first step.
    #[must_use]
    pub fn shift(self, at: Timestamp) -> Shifting {
        Shifting::enter(at)
    }
}

impl Shifting {
    /// Takes the next step.
    #[must_use]
    pub fn next_step(self, step: u32, at: Timestamp) -> Self {
        Self { step, ..Self::enter(at) }
    }

    /// Watches green closely at full traffic.
    #[must_use]
    pub fn bake(self, at: Timestamp) -> Baking {
        Baking::enter(at)
    }

    pub(super) fn leave_out(&mut self, unwatched: Duration) {
        match &mut self.stage {
            ShiftStage::Raising => {}
            ShiftStage::Observing { since } | ShiftStage::Holding { since } => {
                *since = since.after(unwatched);
            }
        }
    }

    /// Returns which step this is, from 0.
    #[must_use]
    pub const fn step(&self) -> u32 {
        self.step
    }

    /// Returns where the step is.
    #[must_use]
    pub const fn stage(&self) -> ShiftStage {
        self.stage
    }
}

impl Baking {
    pub(super) fn leave_out(&mut self, unwatched: Duration) {
        self.since = self.since.after(unwatched);
    }

    /// Makes the final checks.
    #[must_use]
    pub fn confirm(self, at: Timestamp) -> Confirming {
        Confirming::enter(at)
    }
}

impl Confirming {
    /// Keeps blue.
    #[must_use]
    pub fn retain(self, at: Timestamp) -> Retaining {
        Retaining::enter(at)
    }
}

impl Retaining {
    /// Returns when blue was kept for long enough, as far as that is a length of time; it counts from when
    /// green had all traffic.
    pub(crate) fn end(&self, retain: &Retain, full_since: Option<Timestamp>) -> Timestamp {
        full_since.unwrap_or(self.since).after(retain.at_least).after(self.extended_by)
    }

    /// Returns for how long the plan has wanted blue to go.
    pub(crate) fn overdue(
        &self,
        retain: &Retain,
        full_since: Option<Timestamp>,
        now: Now,
    ) -> Duration {
        let overdue = now.at.since(self.end(retain, full_since));
        match retain.due {
            Some(due) => overdue.min(now.wall.since(due.after(self.extended_by))),
            None => overdue,
        }
    }

    /// Decides to destroy blue: the point of no return.
    #[must_use]
    pub fn retire(self, at: Timestamp) -> Retiring {
        Retiring::enter(at)
    }
}

impl Retiring {
    /// Begins the long watch.
    #[must_use]
    pub fn watch(self, at: Timestamp) -> Watching {
        Watching::enter(at)
    }
}

impl Watching {
    /// Ends on green.
    #[must_use]
    pub fn complete(self, leftovers: Vec<String>, at: Timestamp) -> Completed {
        Completed::new(leftovers, at)
    }
}

refusable!(Scheduled);
refusable!(Preflight);

holdable!(Scheduled);
holdable!(Preflight);
holdable!(Provisioning);
holdable!(Verifying);
holdable!(AwaitingApproval);
holdable!(Shifting);
holdable!(Baking);
holdable!(Confirming);
holdable!(Retaining);

assessable!(Shifting);
assessable!(Baking);
assessable!(Confirming);
assessable!(Retaining);

reversible!(Provisioning);
reversible!(Verifying);
reversible!(AwaitingApproval);
reversible!(Shifting);
reversible!(Baking);
reversible!(Confirming);
reversible!(Retaining);
