//! Who was involved.

use serde::{Deserialize, Serialize};

use crate::plan::Role;
use crate::value::RoleName;

/// A role and who filled it. A blank contact was blank in the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PersonRecord {
    /// The role.
    pub role: RoleName,
    /// The person's name.
    pub name: String,
    /// Their phone number.
    pub phone: String,
    /// Their handle in the channel.
    pub handle: String,
}

impl From<&Role> for PersonRecord {
    fn from(role: &Role) -> Self {
        let Role { role, name, phone, handle } = role.clone();
        Self { role, name, phone, handle }
    }
}
