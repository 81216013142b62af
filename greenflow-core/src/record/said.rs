//! What people said.

use serde::{Deserialize, Serialize};

use super::ZonedTime;
use crate::machine::Action;
use crate::value::{Digest, RoleName, Who, duration};

/// An answer that the plan asks of people: an approval, its refusal, or an acknowledgement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApprovalRecord {
    /// Who.
    pub who: String,
    /// The role they acted in.
    pub role: Option<RoleName>,
    /// When.
    pub at: ZonedTime,
    /// What: `approve`, `reject` or `acknowledge`.
    pub what: String,
    /// Why, in their words.
    pub why: String,
    /// The step that an approval let begin, from 0.
    pub step: Option<u32>,
    /// The digest that an approval let serve.
    pub digest: Option<Digest>,
}

impl ApprovalRecord {
    /// Makes one of an action that is an answer; `None` of any other.
    pub(super) fn of(who: &Who, why: &str, action: &Action, at: ZonedTime) -> Option<Self> {
        let (step, digest) = match action {
            Action::Approve { of } => (Some(of.step), Some(of.digest.clone())),
            Action::Reject | Action::Acknowledge => (None, None),
            Action::Confirm { .. }
            | Action::Pause
            | Action::Resume
            | Action::Promote
            | Action::PromoteFull
            | Action::Abort
            | Action::Rollback
            | Action::ExtendRetention { .. }
            | Action::RetireNow { .. } => return None,
        };
        Some(Self {
            who: who.name.clone(),
            role: who.role.clone(),
            at,
            what: action.name().to_owned(),
            why: why.to_owned(),
            step,
            digest,
        })
    }
}

/// A checklist item that a person confirmed. What a check confirmed is among the checks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfirmationRecord {
    /// The item.
    pub item: String,
    /// Who said that it is so.
    pub who: String,
    /// The role they acted in.
    pub role: Option<RoleName>,
    /// When the rollout was told; for one that came with the start, when it started.
    pub at: ZonedTime,
}

impl ConfirmationRecord {
    pub(super) fn new(item: &str, who: &Who, at: ZonedTime) -> Self {
        Self { item: item.to_owned(), who: who.name.clone(), role: who.role.clone(), at }
    }
}

/// Anything that a person told the rollout, in the order it was accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandRecord {
    /// When.
    pub at: ZonedTime,
    /// Who.
    pub who: String,
    /// The role they acted in.
    pub role: Option<RoleName>,
    /// What: `pause`, `promote`, `abort` and so on.
    pub action: String,
    /// What exactly, where the action alone does not say.
    pub detail: Option<String>,
    /// Why, in their words.
    pub why: String,
}

impl CommandRecord {
    pub(super) fn new(who: &Who, why: &str, action: &Action, at: ZonedTime) -> Self {
        Self {
            at,
            who: who.name.clone(),
            role: who.role.clone(),
            action: action.name().to_owned(),
            detail: detail(action),
            why: why.to_owned(),
        }
    }
}

fn detail(action: &Action) -> Option<String> {
    match action {
        Action::Confirm { item } => Some(item.clone()),
        Action::Approve { of } => Some(format!("step {} of {}", of.step, of.digest)),
        Action::ExtendRetention { by } => Some(format!("by {}", duration::format(*by))),
        Action::RetireNow { superseded_by } => {
            superseded_by.as_ref().map(|newer| format!("superseded by {newer}"))
        }
        Action::Reject
        | Action::Acknowledge
        | Action::Pause
        | Action::Resume
        | Action::Promote
        | Action::PromoteFull
        | Action::Abort
        | Action::Rollback => None,
    }
}
