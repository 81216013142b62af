//! Who is involved.

use serde::{Deserialize, Serialize};

use crate::value::RoleName;

/// The people of a rollout.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The roles, in the order people read them.
    pub roles: Vec<Role>,
    /// The role that owns every wait and every rollback.
    pub rollback_owner: Option<RoleName>,
    /// The channel that notices go to, such as `#greenflow-deployment`.
    pub channel: Option<String>,
}

/// One role and who fills it. A blank contact is a warning, not an error.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The role.
    pub role: RoleName,
    /// The person's name.
    #[serde(default)]
    pub name: String,
    /// Their phone number.
    #[serde(default)]
    pub phone: String,
    /// Their handle in the channel.
    #[serde(default)]
    pub handle: String,
}
