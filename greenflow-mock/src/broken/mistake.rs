//! All mistakes, by name.

use greenflow_core::testkit::Report;

use super::{
    BalancerMistake, CheckMistake, ClockMistake, ComputeMistake, HookMistake, JournalMistake,
    JudgeMistake, MetricMistake, NotifierMistake, ProbeMistake,
};

/// Makes an enum of mistakes: each has a name, the clause that it breaks, and a line about it.
macro_rules! mistakes {
    ($(#[$meta:meta])* $enum:ident {
        $(#[doc = $about:literal] $mistake:ident = ($name:literal, $clause:literal),)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum $enum {
            $(#[doc = $about] $mistake,)*
        }

        impl $enum {
            /// All of them, in the order of the clauses.
            pub const ALL: &[Self] = &[$(Self::$mistake,)*];

            /// Returns its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$mistake => $name,)*
                }
            }

            /// Returns the clause that it breaks.
            #[must_use]
            pub const fn clause(self) -> &'static str {
                match self {
                    $(Self::$mistake => $clause,)*
                }
            }

            /// Returns what it does wrong.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$mistake => $about.trim_ascii(),)*
                }
            }
        }
    };
}
pub(super) use mistakes;

macro_rules! all_mistakes {
    ($($(#[$doc:meta])* $trait:ident($mistake:ident),)*) => {
        /// A mistake of a provider, of any trait.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum Mistake {
            $($(#[$doc])* $trait($mistake),)*
        }

        impl Mistake {
            /// Returns all of them, in the order of traits and clauses.
            #[must_use]
            pub fn all() -> Vec<Self> {
                let mut all = Vec::new();
                $(all.extend($mistake::ALL.iter().copied().map(Self::$trait));)*
                all
            }

            /// Returns its name, such as `loses-a-route`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$trait(mistake) => mistake.name(),)*
                }
            }

            /// Returns the clause that it breaks, such as `LB-1`.
            #[must_use]
            pub const fn clause(self) -> &'static str {
                match self {
                    $(Self::$trait(mistake) => mistake.clause(),)*
                }
            }

            /// Returns what it does wrong.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$trait(mistake) => mistake.about(),)*
                }
            }

            /// Runs the test kit on the provider that makes it.
            #[must_use]
            pub fn report(self) -> Report {
                match self {
                    $(Self::$trait(mistake) => mistake.report(),)*
                }
            }
        }
    };
}

all_mistakes! {
    /// Of a balancer.
    LoadBalancer(BalancerMistake),
    /// Of a compute provider.
    Compute(ComputeMistake),
    /// Of a health probe.
    HealthProbe(ProbeMistake),
    /// Of a metric source.
    MetricSource(MetricMistake),
    /// Of a provider of checks.
    Check(CheckMistake),
    /// Of a provider of hooks.
    Hook(HookMistake),
    /// Of a notifier.
    Notifier(NotifierMistake),
    /// Of a journal.
    Journal(JournalMistake),
    /// Of a clock.
    Clock(ClockMistake),
    /// Of a judge.
    Judge(JudgeMistake),
}

impl Mistake {
    /// Finds one by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|mistake| mistake.name() == name)
    }
}
