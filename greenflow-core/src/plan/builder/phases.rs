//! Moving traffic, watching it, confirming, keeping and removing blue.

use std::time::Duration;

use super::super::{Analysis, Limit, Preset, Step, WaitPolicy, When};
use super::{CheckDraft, PlanBuilder};
use crate::value::Weight;

impl PlanBuilder {
    /// Says when the first step is taken. Without it: when it was approved.
    pub fn shift_at(self, when: impl Into<When>) -> Self {
        self.at("shift.not_before", when)
    }

    /// Adds a step: green's share in whole percent, and how long it is held.
    ///
    /// The last step is 100 % and may be held for no time, since the bake follows.
    pub fn step(mut self, green_percent: u8, hold: Duration) -> Self {
        match Weight::from_percent(green_percent) {
            Ok(green) => self.step_at(green, hold),
            Err(_) => {
                let path = format!("shift.steps[{}].green", self.steps.len());
                let message = format!("{green_percent} % is more than the whole; write 1 to 100");
                self.problems.add(path, message);
                self.step_at(Weight::ZERO, hold)
            }
        }
    }

    /// Adds a step whose share is finer than a percent.
    pub fn step_at(mut self, green: Weight, hold: Duration) -> Self {
        self.steps.push(Step { green, hold });
        self
    }

    /// Takes the steps of the [`Preset`] with this name, and its bake if it has one and the plan
    /// does not say its own. Instead of steps, not besides them.
    pub fn preset(mut self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        self.preset = Preset::named(name).or_else(|| {
            self.problems.add("shift.preset", Preset::unknown(name));
            // So that the missing steps are not a second problem.
            Preset::all().first().copied()
        });
        self
    }

    /// Adds a limit to every analysis that has none of its own: shift, bake and watch.
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Says how the holds are watched. Without it: every 30 s.
    pub fn shift_analysis(mut self, analysis: Analysis) -> Self {
        self.shift_analysis = Some(analysis);
        self
    }

    /// Says how many times its own length a hold may be extended while a minor breach lasts.
    /// Without it: 2.
    pub const fn max_extensions(mut self, times: u32) -> Self {
        self.max_extensions = times;
        self
    }

    /// Says for which part of its share of the demand each side must have capacity. Without it:
    /// 120 %.
    pub const fn headroom_percent(mut self, percent: u32) -> Self {
        self.headroom_percent = percent;
        self
    }

    /// Says how long green is watched closely at full traffic. Without it: the preset's, or
    /// 30 min.
    pub const fn bake(mut self, duration: Duration) -> Self {
        self.bake = Some(duration);
        self
    }

    /// Says how the bake is watched. Without it: every 30 s.
    pub fn bake_analysis(mut self, analysis: Analysis) -> Self {
        self.bake_analysis = Some(analysis);
        self
    }

    /// Says when the final checks start. Without it: after the bake.
    pub fn confirm_at(self, when: impl Into<When>) -> Self {
        self.at("confirm.not_before", when)
    }

    /// Adds a final check on production traffic.
    pub fn confirm_check(mut self, check: impl Into<CheckDraft>) -> Self {
        let at = self.confirm.checks.len();
        let checks = self.check("confirm.checks", at, check.into());
        self.confirm.checks.extend(checks);
        self
    }

    /// Adds a sign of success, listed in the record.
    pub fn success_signal(mut self, signal: impl Into<String>) -> Self {
        self.confirm.success_signals.push(signal.into());
        self
    }

    /// Names the roles that acknowledge the finished cut-over.
    pub fn acknowledge_by<'a>(mut self, roles: impl IntoIterator<Item = &'a str>) -> Self {
        self.confirm.acknowledge = self.role_names("confirm.acknowledge", roles);
        self
    }

    /// Says how long they have, and what happens without them. Without it: 30 min, then the
    /// omission is recorded and the rollout goes on, since traffic has moved already.
    pub fn unacknowledged(mut self, wait: WaitPolicy) -> Self {
        self.confirm.unacknowledged = wait;
        self
    }

    /// Has customers told too.
    pub const fn notify_customers(mut self) -> Self {
        self.confirm.notify_customers = true;
        self
    }

    /// Says how long blue is kept at full capacity. Must be said when blue is removed; otherwise
    /// 72 h, the span in which a return must stay possible within minutes.
    pub const fn retain(mut self, at_least: Duration) -> Self {
        self.retain = Some(at_least);
        self
    }

    /// Says before which time blue is not removed, beside the retention.
    pub fn retain_until(self, due: impl Into<When>) -> Self {
        self.at("retain.due", due)
    }

    /// Has blue's resources removed after the retention. There is no default: a plan says this or
    /// [`keep_blue`](Self::keep_blue).
    pub const fn remove_blue(mut self) -> Self {
        self.remove_blue = Some(true);
        self
    }

    /// Leaves blue's resources where they are after the retention.
    pub const fn keep_blue(mut self) -> Self {
        self.remove_blue = Some(false);
        self
    }

    /// Adds a last check before blue is removed.
    pub fn retire_check(mut self, check: impl Into<CheckDraft>) -> Self {
        let at = self.retire_checks.len();
        let checks = self.check("retire.checks", at, check.into());
        self.retire_checks.extend(checks);
        self
    }

    /// Names the hook that backs blue's data up before it is removed.
    pub fn backup(mut self, hook: impl Into<String>) -> Self {
        self.backup = self.named("retire.backup", &hook.into());
        self
    }

    /// Says how long the long watch lasts. Without it: there is none.
    pub const fn watch(mut self, duration: Duration) -> Self {
        self.watch = duration;
        self
    }

    /// Says when the long watch starts. Without it: after the confirmation.
    pub fn watch_at(self, when: impl Into<When>) -> Self {
        self.at("watch.not_before", when)
    }

    /// Says how each look is judged. Without it: every 30 min.
    pub fn watch_analysis(mut self, analysis: Analysis) -> Self {
        self.watch_analysis = Some(analysis);
        self
    }

    /// Adds a report.
    pub fn report(mut self, when: impl Into<When>) -> Self {
        self.times.reports.push(when.into());
        self
    }

    /// Adds a report every day at the same time of day.
    pub fn daily_reports(mut self, first: impl Into<When>, count: u32) -> Self {
        self.times.daily = Some((first.into(), count));
        self
    }
}
