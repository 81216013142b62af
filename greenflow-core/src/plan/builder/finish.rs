//! Puts the plan's body together: resolves times and fills in what was left to defaults.

use super::super::problems::Problems;
use super::super::{Analysis, Bake, PlanBody, Retain, Retire, Shift, Watch};
use super::times::Resolver;
use super::{PlanBuilder, RETAIN, SAMPLE_EVERY, WATCH_EVERY};
use crate::value::{Digest, Revision, ServiceName};

impl PlanBuilder {
    /// Returns the body as far as it could be put together, with the problems so far. Where a
    /// value is missing, a stand-in lets the validation go on and report the rest.
    pub(super) fn finish(mut self) -> (Option<PlanBody>, Problems) {
        let mut problems = std::mem::take(&mut self.problems);
        self.destructive(&mut problems);
        let service = self.service.take().or_else(|| ServiceName::new("unnamed").ok());
        let green = self.green.take().or_else(stand_in);
        let mut times = Resolver::new(&self.zone, &self.times, &mut problems);
        let [preflight, provision, verify, approval, shift, confirm, watch] =
            ["preflight", "provision", "verify", "approval", "shift", "confirm", "watch"]
                .map(|phase| times.single(&format!("{phase}.not_before")));
        let due = times.single("retain.due");
        for (index, list) in self.checklists.iter_mut().enumerate() {
            list.due = times.single(&format!("checklists[{index}].due"));
        }
        self.start.freeze_windows = times.freezes();
        let reports = times.reports();
        self.preflight.not_before = preflight;
        self.provision.not_before = provision;
        self.verify.not_before = verify;
        self.confirm.not_before = confirm;
        if let Some(gate) = &mut self.approval {
            gate.not_before = approval;
            let everybody = u32::try_from(gate.roles.len()).unwrap_or(u32::MAX);
            gate.quorum = self.quorum.unwrap_or(everybody);
        } else {
            self.no_approval(&mut problems);
        }
        let watching = Analysis::every(WATCH_EVERY).min_requests(0);
        let [shifting, baking, watching] = [
            (self.shift_analysis, Analysis::every(SAMPLE_EVERY)),
            (self.bake_analysis, Analysis::every(SAMPLE_EVERY)),
            (self.watch_analysis, watching),
        ]
        .map(|(given, default)| with_limits(given.unwrap_or(default), &self.limits));
        let body = service.zip(green).map(|(service, green)| PlanBody {
            service,
            zone: self.zone,
            green,
            people: self.people,
            checklists: self.checklists,
            start: self.start,
            preflight: self.preflight,
            provision: self.provision,
            verify: self.verify,
            approval: self.approval,
            shift: Shift {
                not_before: shift,
                steps: self.steps,
                analysis: shifting,
                max_extensions: self.max_extensions,
                headroom_percent: self.headroom_percent,
            },
            bake: Bake { duration: self.bake, analysis: baking },
            confirm: self.confirm,
            retain: Retain { at_least: self.retain.unwrap_or(RETAIN), due },
            retire: Retire {
                remove_blue: self.remove_blue.unwrap_or(false),
                checks: self.retire_checks,
                backup: self.backup,
            },
            watch: Watch { not_before: watch, duration: self.watch, analysis: watching, reports },
            faults: self.faults,
            rollback: self.rollback,
            timing: self.timing,
        });
        (body, problems)
    }

    /// Nothing is ever deleted because something was left blank.
    fn destructive(&self, problems: &mut Problems) {
        let path = "retire.remove_blue";
        if self.remove_blue.is_none() && problems.spare(path) {
            problems.add(
                path,
                "is not said, and it has no default: write true to have blue's resources removed \
                 after retention, or false to keep them",
            );
        }
        let path = "retain.at_least";
        if self.remove_blue == Some(true) && self.retain.is_none() && problems.spare(path) {
            problems.add(
                path,
                "is not said, and blue is to be removed: write how long blue is kept before that, \
                 such as \"72h\"",
            );
        }
    }

    fn no_approval(&self, problems: &mut Problems) {
        if self.times.single.contains_key("approval.not_before") || self.quorum.is_some() {
            problems.add("approval.roles", "is not said; name the roles that may approve");
        }
    }
}

fn with_limits(mut analysis: Analysis, limits: &[super::Limit]) -> Analysis {
    if analysis.limits.is_empty() {
        analysis.limits = limits.to_vec();
    }
    analysis
}

fn stand_in() -> Option<Revision> {
    let digest = Digest::new(format!("sha256:{}", "0".repeat(64))).ok()?;
    Some(Revision::new("unnamed", digest))
}
