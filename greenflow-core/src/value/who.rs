//! Who did something.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RoleName;

/// A person (or a named machine) and, where it matters, the role they act in.
///
/// GreenFlow records identities; it does not check them. The embedding tool authenticates.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Who {
    /// The person's name or handle.
    pub name: String,
    /// The role they act in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
}

impl Who {
    /// Names a person without a role.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), role: None }
    }

    /// Says in which role they act.
    #[must_use]
    pub fn in_role(mut self, role: RoleName) -> Self {
        self.role = Some(role);
        self
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.role {
            Some(role) => write!(f, "{} ({role})", self.name),
            None => f.write_str(&self.name),
        }
    }
}
