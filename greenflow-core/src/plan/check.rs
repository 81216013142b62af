//! The second check: the plan against what the providers can do.

use std::time::Duration;

use super::problems::Problems;
use super::{Plan, PlanBody, PlanError, RollbackPolicy, Timing, assessment};
use crate::provider::{Capabilities, Fence, Granularity, MetricCapabilities};
use crate::value::duration;

/// How long the way back takes with these providers.
///
/// With `W` and `R` the rollback write and read deadlines, `P` the longest pause between attempts,
/// `n` the budgeted attempts, `H` how long a sent call may still take effect, and `Q` the time until
/// the requests have shown that none reaches green: [`Timing::quiet`], one interval of the
/// observation in which the cut itself falls, and the metric source's delay (`Q` is nothing when
/// the plan trusts the read-back):
///
/// | time | formula |
/// |---|---|
/// | `cut_worst` | `n × (W + R + P)` |
/// | `whole_nominal` | cut `W + R`, then `max(H, Q)`, stop green `W + R`, look at the state `R` |
/// | `whole_worst` | `cut_worst`, then `max(H, Q)`, stop green `n × (W + R + P)`, look `n × (R + P)` |
///
/// The first two must be within [`RollbackPolicy::budget`]; the third is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RollbackTimes {
    /// Until green is read back as 0, when every attempt but the last fails.
    pub cut_worst: Duration,
    /// Until the state was looked at, when every call succeeds at the first attempt but takes its
    /// whole deadline.
    pub whole_nominal: Duration,
    /// Until the state was looked at, when every call uses up its attempts.
    pub whole_worst: Duration,
}

impl RollbackTimes {
    fn new(plan: &PlanBody, providers: &Capabilities) -> Self {
        let (timing, n) = (&plan.timing, plan.rollback.attempts);
        let (write, read) = (timing.rollback_write, timing.rollback_read);
        let quiet = match plan.start.dangerous_trust_read_back {
            true => Duration::ZERO,
            false => shown_after(timing, &providers.metrics),
        };
        let settled = providers.late_effect_bound().max(quiet);
        let cut_worst = Self::cut_worst_of(&plan.rollback, timing);
        let look_worst = sum([read, timing.rollback_backoff]).saturating_mul(n);
        Self {
            cut_worst,
            whole_nominal: sum([write, read, settled, write, read, read]),
            whole_worst: sum([cut_worst, settled, cut_worst, look_worst]),
        }
    }

    pub(super) fn cut_worst_of(policy: &RollbackPolicy, timing: &Timing) -> Duration {
        sum([timing.rollback_write, timing.rollback_read, timing.rollback_backoff])
            .saturating_mul(policy.attempts)
    }
}

impl Plan {
    /// Checks the plan against what the providers can do, and reckons the way back.
    ///
    /// Refused are: a provider that neither fences nor says how late a call may take effect; a step
    /// that the balancer cannot represent; a fleet that cannot be held at a
    /// minimum (blue would not be there to return to); a sample interval shorter than the metric
    /// source's; a hold or a bake that ends before the first measurement can be known; an observation
    /// that ends before the requests can show 100 %; an assessment that ends before a breach can be
    /// confirmed; a way back that does not fit the budget.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(&self, providers: &Capabilities) -> Result<RollbackTimes, PlanError> {
        let plan = self.body();
        let mut problems = Problems::default();
        fences(&mut problems, providers);
        steps(&mut problems, plan, providers.load_balancer.granularity);
        if !providers.compute.pins {
            problems.add(
                "retain",
                "the compute provider cannot hold a fleet at a minimum, so blue could shrink \
                 while green serves; use a provider that can (one whose fleets never shrink may \
                 say that it pins)",
            );
        }
        measurements(&mut problems, plan, &providers.metrics);
        let times = RollbackTimes::new(plan, providers);
        budget(&mut problems, plan, providers, times);
        problems.into_error().map_or(Ok(times), Err)
    }
}

/// Without a fence, and without a bound to wait for, a late write could find any world.
fn fences(problems: &mut Problems, providers: &Capabilities) {
    let fences = [
        ("load_balancer.fence", providers.load_balancer.fence),
        ("compute.fence", providers.compute.fence),
    ];
    for (path, fence) in fences {
        if fence == (Fence::Late { bound: Duration::ZERO }) {
            let message = "the provider does not fence, and says that no call takes effect after \
                           it was sent; say how late one may, or fence";
            problems.add(path, message);
        }
    }
}

fn steps(problems: &mut Problems, plan: &PlanBody, granularity: Granularity) {
    let can = match granularity {
        Granularity::Whole => "all or nothing".to_owned(),
        Granularity::Steps { basis_points } => {
            format!("multiples of {basis_points} basis points (1 % is 100)")
        }
    };
    for (index, step) in plan.shift.steps.iter().enumerate() {
        if !granularity.represents(step.green) {
            problems.add(
                format!("shift.steps[{index}].green"),
                format!("the load balancer cannot set {}; it can set {can}", step.green),
            );
        }
    }
}

fn measurements(problems: &mut Problems, plan: &PlanBody, metrics: &MetricCapabilities) {
    let known_after = sum([metrics.shortest, metrics.delay]);
    let needed = duration::format(known_after);
    let mut late = |path: String, length: Duration| {
        if length < known_after {
            let length = duration::format(length);
            let message = format!(
                "{length} is over before the first measurement is known, which takes {needed} \
                 (the metric source's shortest interval and its delay); make it longer"
            );
            problems.add(path, message);
        }
    };
    for (index, step) in plan.shift.steps.iter().enumerate() {
        if !step.hold.is_zero() {
            late(format!("shift.steps[{index}].hold"), step.hold);
        }
    }
    if !plan.bake.duration.is_zero() {
        late("bake.for".to_owned(), plan.bake.duration);
    }
    observation(problems, plan, metrics);
    if let Some(message) = assessment::too_short(plan, metrics.shortest) {
        problems.add("faults.assess_within", message);
    }
    for (path, analysis) in plan.analyses() {
        if analysis.every < metrics.shortest {
            let [every, shortest] = [analysis.every, metrics.shortest].map(duration::format);
            let message = format!(
                "{every} is shorter than the metric source's shortest interval; write {shortest} \
                 or more"
            );
            problems.add(format!("{path}.every"), message);
        }
    }
}

/// Whether the requests can ever show that a side gets none.
fn observation(problems: &mut Problems, plan: &PlanBody, metrics: &MetricCapabilities) {
    let timing = &plan.timing;
    let needed = shown_after(timing, metrics);
    if timing.observe_timeout < needed && !plan.start.dangerous_trust_read_back {
        let [allowed, needed, quiet, delay] =
            [timing.observe_timeout, needed, timing.quiet, metrics.delay].map(duration::format);
        let message = format!(
            "{allowed} is over before the requests can show 100 %, which takes {needed} \
             (timing.quiet of {quiet}, one interval, and the metric source's delay of {delay}); \
             write {needed} or more"
        );
        problems.add("timing.observe_timeout", message);
    }
}

/// How long it takes until the requests have shown that a side gets none.
fn shown_after(timing: &Timing, metrics: &MetricCapabilities) -> Duration {
    sum([timing.quiet, timing.observe_every.max(metrics.shortest), metrics.delay])
}

fn budget(
    problems: &mut Problems,
    plan: &PlanBody,
    providers: &Capabilities,
    times: RollbackTimes,
) {
    let budget = plan.rollback.budget;
    let [cut, nominal, allowed, late] =
        [times.cut_worst, times.whole_nominal, budget, providers.late_effect_bound()]
            .map(duration::format);
    if times.cut_worst > budget {
        let message = format!("the cut may take {cut}, more than the budget of {allowed}");
        problems.add("rollback.budget", message);
    }
    if times.whole_nominal > budget {
        let message = format!(
            "the whole way back takes {nominal} even when nothing fails, more than the budget of \
             {allowed}; of that, a sent call may land as late as {late} after it was sent; allow \
             more time or use providers that fence"
        );
        problems.add("rollback.budget", message);
    }
}

fn sum<const N: usize>(parts: [Duration; N]) -> Duration {
    parts.into_iter().fold(Duration::ZERO, Duration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::super::builder::tests::full;
    use super::super::{Analysis, FaultPolicy};
    use super::*;
    use crate::provider::{ComputeCapabilities, LoadBalancerCapabilities};
    use crate::value::Weight;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn providers() -> Capabilities {
        let fence = Fence::Late { bound: secs(120) };
        Capabilities {
            load_balancer: LoadBalancerCapabilities {
                granularity: Granularity::Steps { basis_points: 100 },
                fence,
            },
            compute: ComputeCapabilities { fence: Fence::Conditional, pins: true },
            metrics: MetricCapabilities { shortest: secs(10), delay: secs(5) },
        }
    }

    fn problems(plan: &Plan, providers: &Capabilities) -> Vec<String> {
        plan.check(providers).unwrap_err().problems().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_defaults_fit_a_balancer_whose_writes_land_late() {
        let times = full().build().unwrap().check(&providers()).unwrap();
        assert_eq!(times.cut_worst, secs(10 * (3 + 2 + 4)));
        assert_eq!(times.whole_nominal, secs(3 + 2 + 120 + 3 + 2 + 2));
        assert_eq!(times.whole_worst, secs(90 + 120 + 90 + 10 * (2 + 4)));
    }

    #[test]
    fn where_writes_are_fenced_the_quiet_interval_is_what_is_waited_for() {
        let mut fenced = providers();
        fenced.load_balancer.fence = Fence::PerOperation;
        let plan = full().build().unwrap();
        assert_eq!(
            plan.check(&fenced).unwrap().whole_nominal,
            secs(3 + 2 + 60 + 20 + 5 + 3 + 2 + 2)
        );
        let trusting = full().dangerous_trust_read_back().build().unwrap();
        assert_eq!(trusting.check(&fenced).unwrap().whole_nominal, secs(3 + 2 + 3 + 2 + 2));
    }

    #[test]
    fn what_the_providers_cannot_do_is_reported_at_once() {
        let fine = Weight::from_basis_points(1250).unwrap();
        let mut builder = full();
        builder.steps[0].green = fine;
        let mut poor = providers();
        poor.compute.pins = false;
        poor.load_balancer.fence = Fence::Late { bound: secs(600) };
        poor.metrics = MetricCapabilities { shortest: secs(60), delay: secs(600) };
        let found = problems(&builder.build().unwrap(), &poor);
        let expected = [
            "shift.steps[0].green: the load balancer cannot set 12.5 %; it can set multiples of \
             100 basis points",
            "retain: the compute provider cannot hold a fleet at a minimum",
            "shift.steps[0].hold: 5m is over before the first measurement is known, which takes 11m",
            "shift.analysis.every: 30s is shorter than the metric source's shortest interval; \
             write 1m or more",
            "bake.analysis.every: 30s is shorter than",
            "rollback.budget: the whole way back takes 12m 12s even when nothing fails, more than \
             the budget of 5m; of that, a sent call may land as late as 10m",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n{expected}");
        }
    }

    #[test]
    fn a_provider_without_a_fence_and_without_a_bound_is_refused() {
        let mut loose = providers();
        loose.load_balancer.fence = Fence::Late { bound: Duration::ZERO };
        loose.compute.fence = Fence::Late { bound: Duration::ZERO };
        let found = problems(&full().build().unwrap(), &loose);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("load_balancer.fence: the provider does not fence"));
        assert!(found[1].starts_with("compute.fence: "));
    }

    #[test]
    fn all_or_nothing_balancers_take_one_step() {
        let mut whole = providers();
        whole.load_balancer.granularity = Granularity::Whole;
        let found = problems(&full().build().unwrap(), &whole);
        assert!(found.len() == 1 && found[0].contains("it can set all or nothing"), "{found:?}");
        let mut one_step = full();
        one_step.steps.remove(0);
        assert!(one_step.build().unwrap().check(&whole).is_ok());
    }

    #[test]
    fn an_assessment_waits_for_a_source_that_counts_in_long_intervals() {
        let within = |seconds, consecutive| {
            let often = Analysis::every(secs(120)).consecutive(consecutive);
            let faults = FaultPolicy { assess_within: secs(seconds), ..FaultPolicy::default() };
            let plan = full().shift_analysis(often.clone()).bake_analysis(often);
            let mut coarse = providers();
            coarse.metrics = MetricCapabilities { shortest: secs(120), delay: secs(60) };
            plan.faults(faults).build().unwrap().check(&coarse)
        };
        let error = within(124, 2).unwrap_err().to_string();
        assert!(
            error.starts_with(
                "faults.assess_within: 2m 4s is too short to confirm a breach of shift.analysis: \
                 after the first bad sample 1 more must come, one every 2m, and the last may take \
                 5s to read; write 2m 5s or more"
            ) && error.lines().count() == 1,
            "{error}"
        );
        assert!(within(125, 2).is_ok());
        assert!(within(244, 3).is_err() && within(245, 3).is_ok());
    }

    #[test]
    fn an_observation_lasts_until_the_requests_can_show_all_of_it() {
        let within = |seconds| {
            let timing = Timing { observe_timeout: secs(seconds), ..Timing::default() };
            let mut late = providers();
            late.metrics = MetricCapabilities { shortest: secs(30), delay: secs(100) };
            (full().timing(timing), late)
        };
        let (plan, late) = within(60 + 30 + 100 - 1);
        let found = problems(&plan.clone().build().unwrap(), &late);
        let expected = "timing.observe_timeout: 3m 9s is over before the requests can show 100 %, \
                        which takes 3m 10s (timing.quiet of 1m, one interval, and the metric \
                        source's delay of 1m 40s); write 3m 10s or more";
        assert_eq!(found, [expected]);
        assert!(plan.dangerous_trust_read_back().build().unwrap().check(&late).is_ok());
        let (plan, late) = within(60 + 30 + 100);
        assert!(plan.build().unwrap().check(&late).is_ok());
    }

    #[test]
    fn the_analyses_of_a_plan_without_a_bake_are_used_too() {
        let mut builder = full().bake(Duration::ZERO).watch_analysis(Analysis::every(secs(5)));
        builder.steps[1].hold = secs(300);
        builder.bake_analysis = Some(Analysis::every(secs(5)));
        let found = problems(&builder.build().unwrap(), &providers());
        let paths: Vec<_> = found.iter().filter_map(|found| found.split(':').next()).collect();
        assert_eq!(paths, ["bake.analysis.every", "watch.analysis.every"], "{found:?}");
    }
}
