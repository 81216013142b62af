//! What people do of themselves.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::plan::{ConfirmedBy, PlanBody};
use greenflow_core::value::{RoleName, WallTime};

use super::{Entry, Says};
use crate::world::Trigger;

/// What people do of themselves, as the plan asks of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Habits {
    /// Whether they confirm checklist items, an hour before each is due.
    pub confirm: bool,
    /// Whether they approve, two to five minutes after they are asked.
    pub approve: bool,
    /// Whether they acknowledge, one to four minutes after they are asked.
    pub acknowledge: bool,
    /// Items that nobody confirms.
    pub forget: Vec<String>,
    /// Roles that never say anything.
    pub absent: Vec<RoleName>,
}

impl Habits {
    pub(crate) const fn diligent() -> Self {
        Self {
            confirm: true,
            approve: true,
            acknowledge: true,
            forget: Vec::new(),
            absent: Vec::new(),
        }
    }

    /// Returns what people confirm, and when; `start` is the world's beginning, `now` the time
    /// since then.
    pub(crate) fn confirmations(
        &self,
        plan: &PlanBody,
        start: WallTime,
        now: Duration,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        for list in plan.checklists.iter().filter(|_| self.confirm) {
            let due = list.due.map_or(now, |due| due.before(AHEAD).since(start));
            for item in &list.items {
                let ConfirmedBy::Role(role) = &item.confirmed_by else {
                    continue;
                };
                if self.forget.contains(&item.item) || self.absent.contains(role) {
                    continue;
                }
                let says = Says::Confirm { item: item.item.clone() };
                entries.push(entry(plan, role, Trigger::Elapsed(due.max(now)), says));
            }
        }
        entries
    }

    /// Returns what people answer when a phase asks them, and when.
    pub(crate) fn answers(
        &self,
        plan: &PlanBody,
        phase: PhaseName,
        start: WallTime,
        now: Duration,
    ) -> Vec<Entry> {
        let approval = plan.approval.as_ref();
        let asked_at =
            |not_before: Option<WallTime>| not_before.map_or(now, |at| at.since(start)).max(now);
        let (roles, asked, first, says) = if phase == PhaseName::AwaitingApproval && self.approve {
            let Some(approval) = approval else {
                return Vec::new();
            };
            (&approval.roles, asked_at(approval.not_before), 120, Says::Approve)
        } else if phase == PhaseName::Confirming && self.acknowledge {
            let asked = asked_at(plan.confirm.not_before);
            (&plan.confirm.acknowledge, asked, 60, Says::Acknowledge)
        } else {
            return Vec::new();
        };
        let present = roles.iter().filter(|role| !self.absent.contains(role));
        let spread = 180 / (roles.len() as u64).max(1);
        let answer = |(place, role): (u64, &RoleName)| {
            let when = asked + Duration::from_secs(first + place * spread);
            entry(plan, role, Trigger::Elapsed(when), says.clone())
        };
        (0..).zip(present).map(answer).collect()
    }
}

/// Speaks by the name that the plan has for a role, or by the role.
fn entry(plan: &PlanBody, role: &RoleName, when: Trigger, says: Says) -> Entry {
    let known = plan.people.roles.iter().find(|known| known.role == *role);
    let name = known.map(|known| known.name.as_str()).filter(|name| !name.trim().is_empty());
    let mut entry = Entry::new(when, name.unwrap_or(role.as_str()), says).in_role(role.clone());
    entry.why = "asked by the plan".to_owned();
    entry
}

/// People confirm an item this long before it is due.
const AHEAD: Duration = Duration::from_secs(3600);
