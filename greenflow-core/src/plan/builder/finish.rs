//! Puts the plan's body together: resolves times and fills in what was left to defaults.

use std::time::Duration;

use super::super::problems::Problems;
use super::super::{Analysis, Bake, PlanBody, Retain, Retire, Shift, Watch};
use super::times::Resolver;
use super::{BAKE, PlanBuilder, RETAIN, SAMPLE_EVERY, WATCH_EVERY};
use crate::value::{Digest, Revision, ServiceName};

impl PlanBuilder {
    /// Returns the body as far as it could be put together, with the problems so far. Where a
    /// value is missing, a stand-in lets the validation go on and report the rest.
    pub(super) fn finish(mut self) -> (Option<PlanBody>, Problems) {
        let mut problems = std::mem::take(&mut self.problems);
        self.destructive(&mut problems);
        self.approval_is_whole(&mut problems);
        let preset_bake = self.take_preset(&mut problems);
        let service = self.service.take().or_else(|| ServiceName::new("unnamed").ok());
        let green = self.green.take().or_else(stand_in);
        let written = std::mem::take(&mut self.times);
        let mut times = Resolver::new(&self.zone, &written, &mut problems);
        self.resolve(&mut times);
        let [shift, due, watch] =
            ["shift.not_before", "retain.due", "watch.not_before"].map(|path| times.single(path));
        let reports = times.reports();
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
            bake: Bake { duration: self.bake.or(preset_bake).unwrap_or(BAKE), analysis: baking },
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

    /// Fills in the preset's steps; returns its bake, if it has one.
    fn take_preset(&mut self, problems: &mut Problems) -> Option<Duration> {
        let preset = self.preset?;
        if self.steps.is_empty() {
            self.steps = preset.steps();
        } else {
            problems.add("shift.preset", "brings its own steps; write either it or `steps`");
        }
        preset.bake()
    }

    /// Whoever says when or how many also says who.
    fn approval_is_whole(&mut self, problems: &mut Problems) {
        if let Some(gate) = &mut self.approval {
            let everybody = u32::try_from(gate.roles.len()).unwrap_or(u32::MAX);
            gate.quorum = self.quorum.unwrap_or(everybody);
        } else if self.times.single.contains_key("approval.not_before") || self.quorum.is_some() {
            problems.add("approval.roles", "is not said; name the roles that may approve");
        }
    }

    /// Fills in the times of the sections that exist already.
    fn resolve(&mut self, times: &mut Resolver<'_>) {
        self.preflight.not_before = times.single("preflight.not_before");
        self.provision.not_before = times.single("provision.not_before");
        self.verify.not_before = times.single("verify.not_before");
        if let Some(gate) = &mut self.approval {
            gate.not_before = times.single("approval.not_before");
        }
        self.confirm.not_before = times.single("confirm.not_before");
        for (index, list) in self.checklists.iter_mut().enumerate() {
            list.due = times.single(&format!("checklists[{index}].due"));
        }
        self.start.freeze_windows = times.freezes();
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
