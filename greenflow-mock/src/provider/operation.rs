//! The operations of the providers and the journal, and the writes as data.

use std::fmt;

use greenflow_core::provider::{CallContext, Pin, Provision, Remove};
use greenflow_core::value::Split;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An operation of a provider or of the journal, as faults and counters name it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[expect(clippy::exhaustive_enums, reason = "the traits' methods are these")]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns its name, as world files and the trace write it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

operations! {
    /// `LoadBalancer::set_split`.
    SetSplit = "set_split",
    /// `LoadBalancer::read_split`.
    ReadSplit = "read_split",
    /// `Compute::describe`.
    Describe = "describe",
    /// `Compute::provision`.
    Provision = "provision",
    /// `Compute::pin`.
    Pin = "pin",
    /// `Compute::remove`.
    Remove = "remove",
    /// `HealthProbe::probe`.
    Probe = "probe",
    /// `MetricSource::sample`.
    Sample = "sample",
    /// `Check::run`.
    Check = "check",
    /// `Hook::run`.
    RunHook = "run_hook",
    /// `Hook::find`.
    FindHook = "find_hook",
    /// `Notifier::notify`.
    Notify = "notify",
    /// `Journal::create`.
    JournalCreate = "journal_create",
    /// `Journal::append`.
    JournalAppend = "journal_append",
    /// `Journal::read`.
    JournalRead = "journal_read",
    /// `Journal::claim`.
    JournalClaim = "journal_claim",
    /// `Journal::renew`.
    JournalRenew = "journal_renew",
    /// `Journal::release`.
    JournalRelease = "journal_release",
    /// `Journal::list`.
    JournalList = "journal_list",
}

impl Operation {
    /// Finds an operation by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == name)
    }

    /// Returns whether it changes something of the balancer or of compute.
    #[must_use]
    pub const fn is_provider_write(self) -> bool {
        matches!(self, Self::SetSplit | Self::Provision | Self::Pin | Self::Remove)
    }

    /// Returns whether it is the journal's.
    #[must_use]
    pub const fn is_journal(self) -> bool {
        matches!(
            self,
            Self::JournalCreate
                | Self::JournalAppend
                | Self::JournalRead
                | Self::JournalClaim
                | Self::JournalRenew
                | Self::JournalRelease
                | Self::JournalList
        )
    }

    /// Returns whether it changes anything.
    #[must_use]
    pub const fn is_write(self) -> bool {
        !matches!(
            self,
            Self::ReadSplit
                | Self::Describe
                | Self::Probe
                | Self::Sample
                | Self::Check
                | Self::FindHook
                | Self::JournalRead
                | Self::JournalList
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A write as data, so that it can land later, twice, or in part.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) cx: CallContext,
    pub(crate) what: What,
    /// The version of what it changes when it was sent, for conditional writes.
    pub(crate) condition: u64,
    /// Limits it to the first so many parts.
    pub(crate) parts: Option<u32>,
}

/// What a write writes.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Split(Split),
    Provision(Provision),
    Pin(Pin),
    Remove(Remove),
}

impl What {
    pub(crate) const fn operation(&self) -> Operation {
        match self {
            Self::Split(_) => Operation::SetSplit,
            Self::Provision(_) => Operation::Provision,
            Self::Pin(_) => Operation::Pin,
            Self::Remove(_) => Operation::Remove,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split(split) => write!(f, "{split}"),
            Self::Provision(request) => {
                write!(f, "{} targets of {}", request.capacity, request.revision.digest.short())
            }
            Self::Pin(request) => match request.minimum {
                Some(minimum) => write!(f, "{} at {minimum}", request.side),
                None => write!(f, "{} no more", request.side),
            },
            Self::Remove(request) => {
                let names: Vec<&str> = request.resources.iter().map(|r| r.as_str()).collect();
                write!(f, "{} {}", request.side, names.join(" "))
            }
        }
    }
}
