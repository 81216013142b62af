//! People, checklists, checks, the approval, the start.

use std::time::Duration;

use super::super::{
    Approval, Checklist, ChecklistItem, ConfirmedBy, OtherwisePolicy, ProbeSpec, Role, When,
};
use super::drafts::{ByDraft, ItemDraft};
use super::{
    APPROVAL_EXPIRES_AFTER, APPROVAL_ON_EXPIRY, CheckDraft, ChecklistDraft, PROBE_SUCCESSES,
    PlanBuilder,
};
use crate::value::RoleName;

impl PlanBuilder {
    /// Adds a role without saying yet who fills it, which is a warning.
    pub fn role(self, role: impl Into<String>) -> Self {
        self.person(role, ["", "", ""])
    }

    /// Adds a role and who fills it: name, phone, handle.
    pub fn person(mut self, role: impl Into<String>, contact: [&str; 3]) -> Self {
        let path = format!("people.roles[{}].role", self.people.roles.len());
        let [name, phone, handle] = contact.map(str::to_owned);
        if let Some(role) = self.named(&path, &role.into()) {
            self.people.roles.push(Role { role, name, phone, handle });
        }
        self
    }

    /// Names the role that owns every wait and every rollback.
    pub fn rollback_owner(mut self, role: impl Into<String>) -> Self {
        self.people.rollback_owner = self.named("people.rollback_owner", &role.into());
        self
    }

    /// Names the channel that notices go to.
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.people.channel = Some(channel.into());
        self
    }

    /// Adds a checklist.
    pub fn checklist(mut self, draft: ChecklistDraft) -> Self {
        let index = self.checklists.len();
        if let Some(due) = draft.due {
            self.times.single.insert(format!("checklists[{index}].due"), due);
        }
        let mut items = Vec::new();
        for (at, ItemDraft { item, by }) in draft.items.into_iter().enumerate() {
            let path = format!("checklists[{index}].items[{at}]");
            let confirmed_by = match by {
                ByDraft::Role(role) => {
                    self.named(&format!("{path}.role"), &role).map(ConfirmedBy::Role)
                }
                ByDraft::Check(check) => {
                    self.named(&format!("{path}.check"), &check).map(ConfirmedBy::Check)
                }
            };
            items.extend(confirmed_by.map(|confirmed_by| ChecklistItem { item, confirmed_by }));
        }
        self.checklists.push(Checklist { name: draft.name, due: None, items });
        self
    }

    /// Says how late after its time a start is still accepted. Without it: 1 h.
    pub const fn start_grace(mut self, grace: Duration) -> Self {
        self.start.grace = grace;
        self
    }

    /// Adds a span of time in which no rollout may start.
    pub fn freeze(
        mut self,
        name: impl Into<String>,
        from: impl Into<When>,
        until: impl Into<When>,
    ) -> Self {
        self.times.freezes.push((name.into(), Some(from.into()), Some(until.into())));
        self
    }

    /// Starts although blue is unhealthy or already breaching. Recorded.
    pub const fn dangerous_start_with_unhealthy_blue(mut self) -> Self {
        self.start.dangerous_start_with_unhealthy_blue = true;
        self
    }

    /// Takes the balancer's word for where requests go, where nothing measures them. Recorded.
    pub const fn dangerous_trust_read_back(mut self) -> Self {
        self.start.dangerous_trust_read_back = true;
        self
    }

    /// Says when preflight, and with it the rollout, starts. Without it: at once.
    pub fn preflight_at(self, when: impl Into<When>) -> Self {
        self.at("preflight.not_before", when)
    }

    /// Says how long preflight may take. Without it: 30 min.
    pub const fn preflight_within(mut self, deadline: Duration) -> Self {
        self.preflight.deadline = deadline;
        self
    }

    /// Adds a check before anything is touched, beside the built-in ones.
    pub fn preflight_check(mut self, check: impl Into<CheckDraft>) -> Self {
        let at = self.preflight.checks.len();
        let checks = self.check("preflight.checks", at, check.into());
        self.preflight.checks.extend(checks);
        self
    }

    /// Says when green is provisioned. Without it: after preflight.
    pub fn provision_at(self, when: impl Into<When>) -> Self {
        self.at("provision.not_before", when)
    }

    /// Says how long it may take until green is healthy. Without it: 1 h.
    pub const fn provision_within(mut self, deadline: Duration) -> Self {
        self.provision.deadline = deadline;
        self
    }

    /// Says green's capacity in targets. Without it: blue's at that time.
    pub const fn green_capacity(mut self, targets: u32) -> Self {
        self.provision.capacity = Some(targets);
        self
    }

    /// Adds a probe that must succeed three times in a row before green counts as healthy.
    pub fn probe(mut self, name: impl Into<String>) -> Self {
        let path = format!("provision.probes[{}].name", self.provision.probes.len());
        if let Some(name) = self.named(&path, &name.into()) {
            self.provision.probes.push(ProbeSpec { name, successes: PROBE_SUCCESSES });
        }
        self
    }

    /// Says when the suites start. Without it: once green is healthy.
    pub fn verify_at(self, when: impl Into<When>) -> Self {
        self.at("verify.not_before", when)
    }

    /// Adds a suite against green on test traffic.
    pub fn suite(mut self, suite: impl Into<CheckDraft>) -> Self {
        let at = self.verify.suites.len();
        let suites = self.check("verify.suites", at, suite.into());
        self.verify.suites.extend(suites);
        self
    }

    /// Names the roles that must approve before production traffic moves. All of them must, unless
    /// [`approval_quorum`](Self::approval_quorum) says fewer.
    pub fn approval_by<'a>(mut self, roles: impl IntoIterator<Item = &'a str>) -> Self {
        let roles = self.role_names("approval.roles", roles);
        self.approval_mut().roles = roles;
        self
    }

    /// Says how many of the roles must approve.
    pub const fn approval_quorum(mut self, quorum: u32) -> Self {
        self.quorum = Some(quorum);
        self
    }

    /// Says when people are asked. Without it: when the suites have passed.
    pub fn approval_at(self, when: impl Into<When>) -> Self {
        self.at("approval.not_before", when)
    }

    /// Says how long after the question an answer counts, and what happens then. Without it:
    /// 30 min, then back.
    pub fn approval_expires(mut self, after: Duration, then: OtherwisePolicy) -> Self {
        let approval = self.approval_mut();
        approval.expires_after = after;
        approval.on_expiry = then;
        self
    }

    pub(in crate::plan) fn approval_mut(&mut self) -> &mut Approval {
        self.approval.get_or_insert(Approval {
            not_before: None,
            roles: Vec::new(),
            quorum: 0,
            expires_after: APPROVAL_EXPIRES_AFTER,
            on_expiry: APPROVAL_ON_EXPIRY,
        })
    }

    pub(super) fn at(mut self, path: &str, when: impl Into<When>) -> Self {
        self.times.single.insert(path.to_owned(), when.into());
        self
    }

    pub(super) fn role_names<'a>(
        &mut self,
        path: &str,
        roles: impl IntoIterator<Item = &'a str>,
    ) -> Vec<RoleName> {
        roles
            .into_iter()
            .enumerate()
            .filter_map(|(index, role)| self.named(&format!("{path}[{index}]"), role))
            .collect()
    }
}
