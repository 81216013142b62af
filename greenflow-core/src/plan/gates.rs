//! What must hold to go on: checklists, checks, approvals, freeze windows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::OtherwisePolicy;
use crate::value::{CheckName, RoleName, WallTime, duration};

/// A list of items that must be confirmed by a certain time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// What people call it, such as `two days before`.
    pub name: String,
    /// When its items must be confirmed; without a time, or with a later one, before green is
    /// provisioned.
    pub due: Option<WallTime>,
    /// The items.
    pub items: Vec<ChecklistItem>,
}

/// One item of a checklist. Its name is unique within the plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// What must be true.
    pub item: String,
    /// Who or what says so.
    pub confirmed_by: ConfirmedBy,
}

/// Who or what confirms a checklist item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the machine answers each")]
pub enum ConfirmedBy {
    /// A person in this role.
    Role(RoleName),
    /// A named automatic check, run once, when the list is due. It confirms no other item.
    Check(CheckName),
}

/// One check that the host's `Check` provider runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// The name the provider knows it by; unique within its phase.
    pub name: CheckName,
    /// The cases a suite must report as passed, such as `login`; empty leaves it to the suite.
    #[serde(default)]
    pub cases: Vec<String>,
    /// How long one run may take.
    #[serde(with = "duration")]
    pub deadline: Duration,
}

/// Who must agree before production traffic moves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// When people are asked.
    pub not_before: Option<WallTime>,
    /// The roles that may approve; each counts once.
    pub roles: Vec<RoleName>,
    /// How many of them must.
    pub quorum: u32,
    /// How long after the question an answer counts.
    #[serde(with = "duration")]
    pub expires_after: Duration,
    /// What happens when it expires.
    pub on_expiry: OtherwisePolicy,
}

/// A span of time in which no rollout may start. Neither preflight nor provisioning is timed to begin
/// in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeWindow {
    /// Why, for people.
    pub name: String,
    /// Its first moment.
    pub from: WallTime,
    /// The first moment after it.
    pub until: WallTime,
}

impl FreezeWindow {
    /// Returns whether `at` is inside.
    #[must_use]
    pub fn contains(&self, at: WallTime) -> bool {
        self.from <= at && at < self.until
    }
}
