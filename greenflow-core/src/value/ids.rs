//! Names and identifiers: each a type of its own, bounded in length and alphabet.
//!
//! They share their text when they are cloned: they are copied into every call, reading and event.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text is not a name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{kind} {text:?} {reason}")]
pub struct InvalidName {
    kind: &'static str,
    text: String,
    reason: &'static str,
}

/// The longest name, in bytes; ARNs are the longest identifiers we meet.
const LONGEST: usize = 256;

fn check(kind: &'static str, text: &str) -> Result<(), InvalidName> {
    let reason = if text.is_empty() {
        "is empty"
    } else if text.len() > LONGEST {
        "is longer than 256 bytes"
    } else if text.chars().any(char::is_control) {
        "has a control character in it"
    } else if text.trim() != text {
        "begins or ends with a space"
    } else {
        return Ok(());
    };
    Err(InvalidName { kind, text: text.chars().take(LONGEST).collect(), reason })
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Makes one from a text of 1 to 256 bytes without control characters.
            ///
            /// # Errors
            /// When the text is empty, too long, padded, or has a control character in it.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
                let text = text.into();
                check($kind, &text)?;
                Ok(Self(text.into()))
            }

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name!(
    /// One execution of a plan. Never reused: a retry is a new rollout.
    RolloutId, "rollout id"
);
name!(
    /// The thing deployed, and the key of the lock that keeps rollouts apart.
    ServiceName, "service name"
);
name!(
    /// A role of people: who may approve, acknowledge, confirm, own a wait.
    RoleName, "role"
);
name!(
    /// A check: a suite, a preflight check, an automatic checklist item, a final check.
    CheckName, "check"
);
name!(
    /// A health probe.
    ProbeName, "probe"
);
name!(
    /// A measured series.
    MetricName, "metric"
);
name!(
    /// A hook, such as the backup of blue's data.
    HookName, "hook"
);
name!(
    /// A resource of a provider by its immutable identity (an ARN, a file, a slot).
    ResourceId, "resource"
);
name!(
    /// One rule or listener that carries the split.
    RouteId, "route"
);
name!(
    /// One running controller process.
    ControllerId, "controller"
);

impl MetricName {
    /// Makes one of the names that this crate gives itself.
    pub(crate) fn well_known(name: &'static str) -> Self {
        Self(name.into())
    }
}

/// The identity of one write inside a rollout, and its idempotency key.
///
/// The number is the operation sequence *q*; it grows with each new write and is the same on each
/// repeat of one.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EffectId(u64);

impl EffectId {
    /// Makes one from its operation sequence number.
    #[must_use]
    pub const fn new(sequence: u64) -> Self {
        Self(sequence)
    }

    /// Returns the operation sequence number.
    #[must_use]
    pub const fn sequence(self) -> u64 {
        self.0
    }

    /// Returns the identity of the next write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded() {
        assert!(ServiceName::new("greenflow-api").is_ok());
        for bad in ["", " padded", "line\nbreak", &"x".repeat(257)] {
            assert!(ServiceName::new(bad).is_err(), "{bad:?}");
            let json = serde_json::to_string(bad).unwrap();
            assert!(serde_json::from_str::<ServiceName>(&json).is_err());
        }
    }
}
