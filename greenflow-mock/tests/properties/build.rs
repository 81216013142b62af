//! A case made real: the plan and the world.

use std::time::Duration;

use greenflow_core::plan::{
    Analysis, CheckSpec, Checklist, CriticalPolicy, FaultPolicy, Limit, OtherwisePolicy, Plan,
    WaitPolicy,
};
use greenflow_core::provider::{CheckOutcome, Fence};
use greenflow_core::value::{Digest, HookName, Revision, RouteId, Severity, Side, Split, Weight};
use greenflow_mock::faults::{Fault, FaultKind, Pick};
use greenflow_mock::oracle::Given;
use greenflow_mock::script::{Entry, Says, Script};
use greenflow_mock::world::{
    AnswerChange, Change, CheckBehaviour, CheckEnd, Ending, Health, HookBehaviour, Latency,
    MetricsBehaviour, Planned, ProbeBehaviour, RouterChange, SideChange, Weights,
};
use greenflow_mock::{Operation, WorldSpec};

use super::case::{
    Base, Case, Ill, Input, Metrics, Otherwise, ROLES, Shape, Trouble, Turn, When, Word,
};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

impl Otherwise {
    const fn policy(self) -> OtherwisePolicy {
        match self {
            Self::Back => OtherwisePolicy::RollBack,
            Self::Stop => OtherwisePolicy::Stop,
            Self::Proceed => OtherwisePolicy::Proceed,
        }
    }
}

const fn wait((within, otherwise): (u64, Otherwise)) -> WaitPolicy {
    WaitPolicy::new(secs(within), otherwise.policy())
}

impl Shape {
    pub(crate) fn plan(&self) -> Plan {
        let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
        let severity = if self.minor { Severity::Minor } else { Severity::Major };
        let mut errors = Limit::error_rate_percent(self.error_percent).severity(severity);
        if let Some(times) = self.critical_at {
            errors = errors.critical_at(times);
        }
        let mut plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
            .role(ROLES[0])
            .role(ROLES[1])
            .role(ROLES[2])
            .rollback_owner(ROLES[0])
            .limit(errors)
            .shift_analysis(self.analysis())
            .bake_analysis(self.analysis())
            .watch_analysis(self.analysis())
            .bake(secs(self.long_enough(self.bake)))
            .preflight_within(secs(600))
            .provision_within(secs(900))
            .retain(secs(self.retain))
            .watch(secs(self.watch))
            .critical(
                self.decide
                    .map_or(CriticalPolicy::Cut, |decide| CriticalPolicy::Decide(wait(decide))),
            );
        if let Some(millis) = self.p95_millis {
            plan = plan.limit(Limit::p95(Duration::from_millis(millis)));
        }
        for (percent, hold) in &self.steps {
            let hold = if *hold == 0 { 0 } else { self.long_enough(*hold) };
            plan = plan.step(*percent, secs(hold));
        }
        for number in 0..self.suites {
            plan = plan.suite(CheckSpec::named(format!("suite-{number}")).case("login"));
        }
        for number in 0..self.preflight {
            plan = plan.preflight_check(CheckSpec::named(format!("preflight-{number}")));
        }
        for number in 0..self.probes {
            plan = plan.probe(format!("probe-{number}"));
        }
        if self.items > 0 {
            let list = (0..self.items).fold(Checklist::named("before"), |list, number| {
                let place = usize::try_from(number).unwrap() % ROLES.len();
                list.item(format!("item {number}"), ROLES[place])
            });
            plan = plan.checklist(list);
        }
        for number in 0..self.confirm {
            plan = plan.confirm_check(CheckSpec::named(format!("confirm-{number}")));
        }
        if let Some((quorum, expires, back)) = self.approval {
            let then = if back { OtherwisePolicy::RollBack } else { OtherwisePolicy::Stop };
            plan = plan
                .approval_by(ROLES)
                .approval_quorum(quorum)
                .approval_expires(secs(expires), then);
        }
        if let Some(policy) = self.acknowledge {
            plan = plan.acknowledge_by([ROLES[0], ROLES[1]]).unacknowledged(wait(policy));
        }
        plan = if self.remove { plan.remove_blue() } else { plan.keep_blue() };
        if self.retire_check && self.remove {
            plan = plan.retire_check("retire");
        }
        if self.backup && self.remove {
            plan = plan.backup("backup");
        }
        if self.trust {
            plan = plan.dangerous_trust_read_back();
        }
        if self.unhealthy_blue {
            plan = plan.dangerous_start_with_unhealthy_blue();
        }
        let critical =
            self.decide.map_or(CriticalPolicy::Cut, |decide| CriticalPolicy::Decide(wait(decide)));
        let faults = FaultPolicy {
            critical,
            pause: wait(self.pause),
            drift: wait(self.drift),
            stalled: wait(self.stalled),
            no_safe_side: wait(self.no_safe_side),
            ..FaultPolicy::default()
        };
        plan.faults(faults).build().unwrap_or_else(|error| panic!("{error:?}\n{self:?}"))
    }

    /// A span in which the failure limit can be reached.
    fn long_enough(&self, span: u64) -> u64 {
        span.max(self.every * u64::from(self.consecutive))
    }

    fn analysis(&self) -> Analysis {
        Analysis::every(secs(self.every))
            .consecutive(self.consecutive)
            .min_requests(self.min_requests)
    }

    /// Within which time of calm a rollout of this plan must end, however often it was held.
    pub(crate) fn bound(&self, inputs: usize) -> Duration {
        let holds: u64 = self.steps.iter().map(|(_, hold)| hold * 3 + 2 * 1800 + 2 * 900).sum();
        let waits = self.pause.0 + self.drift.0 + self.stalled.0 + self.no_safe_side.0;
        let people = self.approval.map_or(0, |(_, expires, _)| expires * 2)
            + self.acknowledge.map_or(0, |(within, _)| within);
        let inputs = u64::try_from(inputs).unwrap();
        let checks = 3 * 600 * 8;
        let each = 600 + 900 + checks + holds + people + 3 * self.bake + 900;
        // Whatever is missing for the removal is waited for at most a day, then an hour; and again
        // whenever somebody says to go on.
        let clean_up = 86_400 + 3 * 3600;
        let again = inputs * clean_up;
        secs(each + waits * (inputs + 12) + self.retain + self.watch + clean_up + again)
    }
}

impl Case {
    pub(crate) fn spec(&self, trace: bool) -> WorldSpec {
        let mut spec = WorldSpec::healthy().with_rate(f64::from(self.base.rate));
        self.base.apply(&mut spec);
        if !trace {
            spec = spec.without_trace();
        }
        for trouble in &self.troubles {
            spec = trouble.add_to(spec);
        }
        spec.script = self.script(Duration::ZERO);
        spec
    }

    /// Tells oracles what is done to the controllers.
    pub(crate) fn tell(&self, given: &mut Given) {
        given.kills |= !self.kills.is_empty() || !self.crew.is_empty();
        given.standby = self.crew.len() > 1;
        given.stopped = given.standby;
        let fast = self.crew.iter().map(|member| member.rate).max().unwrap_or(0);
        given.fast_by = u32::try_from(fast).unwrap_or(0);
        given.off_clocks |= self.crew.iter().any(|member| member.wall != 0);
        given.jumps |= self.crew.iter().any(|member| member.wall != 0 || member.rate != 0);
        // A call that was under way when its controller was stopped goes on with it.
        let freezes = self.crew.iter().flat_map(|member| &member.freezes);
        if let Some(longest) = freezes.map(|(_, span)| *span).max() {
            (given.late_writes, given.doubled_writes) = (true, true);
            let (kind, bound) = self.base.fence;
            given.too_late_writes |= kind == 0 && longest + 15 >= bound;
        }
    }

    /// What people do from `now` on.
    pub(crate) fn script(&self, now: Duration) -> Script {
        let script = if self.base.diligent { Script::diligent() } else { Script::silent() };
        let later = |input: &&Input| match input.when.trigger() {
            greenflow_mock::world::Trigger::Elapsed(at) => at >= now,
            _ => true,
        };
        self.inputs.iter().filter(later).fold(script, |script, input| script.with(input.entry()))
    }
}

impl Base {
    fn apply(&self, spec: &mut WorldSpec) {
        spec.blue_targets = self.targets;
        spec.blue.fleet.startup = secs(self.startup);
        spec.green.fleet.startup = secs(self.startup);
        spec.router.propagation = secs(self.propagation);
        spec.router.drain = secs(self.drain);
        let route = |number| RouteId::new(format!("route-{number}")).unwrap();
        spec.router.routes = (0..self.routes.max(1)).map(route).collect();
        spec.router.fence = match self.fence {
            (0, bound) => Fence::Late { bound: secs(bound) },
            (1, _) => Fence::PerOperation,
            _ => Fence::Conditional,
        };
    }
}

impl Input {
    fn entry(&self) -> Entry {
        let role = |place: u8| ROLES[usize::from(place) % ROLES.len()].parse().unwrap();
        let (says, who) = match self.word {
            Word::Pause => (Says::Pause, None),
            Word::Resume => (Says::Resume, None),
            Word::Promote => (Says::Promote, None),
            Word::PromoteFull => (Says::PromoteFull, None),
            Word::Abort => (Says::Abort, None),
            Word::Rollback => (Says::Rollback, None),
            Word::Approve(place) => (Says::Approve, Some(role(place))),
            Word::ApproveAnother => (Says::ApproveAnother, Some(role(0))),
            Word::Reject => (Says::Reject, Some(role(0))),
            Word::Acknowledge(place) => (Says::Acknowledge, Some(role(place))),
            Word::Extend(by) => (Says::ExtendRetention { by: secs(by) }, None),
            Word::RetireNow => (Says::RetireNow, None),
        };
        let mut entry = Entry::new(self.when.trigger(), "operator", says);
        if let Some(letters) = self.letters {
            entry.who = "o".repeat(letters);
            entry = entry.because("y".repeat(letters));
        }
        match who {
            Some(role) => entry.in_role(role),
            None => entry,
        }
    }
}

impl Trouble {
    fn add_to(&self, spec: WorldSpec) -> WorldSpec {
        match self {
            Self::Calls { ill, on, from, lasts, percent, when } => {
                let pick = if *percent >= 100 {
                    Pick::Always
                } else {
                    Pick::Chance(f64::from(*percent) / 100.0)
                };
                let fault = Fault::new(ill.kind())
                    .from(when.unwrap_or(When::At(*from)).trigger())
                    .lasting(secs(*lasts))
                    .picking(pick);
                let operation = |place: &u8| {
                    let at = usize::from(*place) % Operation::ALL.len();
                    Operation::ALL[at]
                };
                spec.with_fault(on.iter().map(operation).fold(fault, Fault::on))
            }
            Self::Turn { when, turn, lasts } => {
                let planned = Planned::new(when.trigger(), turn.change());
                spec.with_planned(match lasts {
                    Some(lasts) => planned.lasting(secs(*lasts)),
                    None => planned,
                })
            }
        }
    }
}

impl Ill {
    const fn kind(self) -> FaultKind {
        match self {
            Self::Throttle(0) => FaultKind::Throttle { retry_after: None },
            Self::Throttle(pause) => FaultKind::Throttle { retry_after: Some(secs(pause)) },
            Self::TimeoutLost => FaultKind::TimeoutLost,
            Self::TimeoutApplied => FaultKind::TimeoutApplied,
            Self::TimeoutLate(after) => FaultKind::TimeoutLate { after: secs(after) },
            Self::AckLost => FaultKind::AckLost,
            Self::Duplicate(times, spacing) => {
                FaultKind::Duplicate { times, spacing: secs(spacing) }
            }
            Self::AppliedLate(after) => FaultKind::AppliedLate { after: secs(after) },
            Self::Partial(parts) => FaultKind::Partial { parts },
            Self::StaleRead(age) => FaultKind::StaleRead { age: secs(age) },
            Self::Slow(by) => FaultKind::Slow { by: secs(by) },
            Self::SlowMillis(by) => FaultKind::Slow { by: Duration::from_millis(by) },
            Self::Hang => FaultKind::Hang,
            Self::NotFound => FaultKind::NotFound,
            Self::Denied => FaultKind::Denied,
            Self::Malformed => FaultKind::Malformed,
            Self::Misses(targets) => FaultKind::Misses { targets },
            Self::Outage => FaultKind::Outage,
            Self::Full => FaultKind::Full,
            Self::NearlyFull => FaultKind::NearlyFull,
            Self::AnswerLost => FaultKind::AnswerLost,
        }
    }
}

const fn side(blue: bool) -> Side {
    if blue { Side::Blue } else { Side::Green }
}

fn failing() -> CheckBehaviour {
    ending(CheckOutcome::Failed)
}

fn ending(outcome: CheckOutcome) -> CheckBehaviour {
    let mut behaviour = CheckBehaviour::default();
    behaviour.ends = CheckEnd::With(outcome);
    behaviour
}

impl Turn {
    fn change(self) -> Change {
        let ms = Duration::from_millis;
        let of = |blue, change| Change::Side(side(blue), change);
        let answer = Change::Answer;
        let check = |name: String| answer(AnswerChange::Check(name.parse().unwrap(), failing()));
        match self {
            Self::Errors(blue, share) => of(blue, SideChange::Errors(f64::from(share) / 1000.0)),
            Self::Slow(blue, p50) => {
                of(blue, SideChange::Latency(Latency::new(ms(p50), ms(p50 * 2))))
            }
            Self::Never(blue) => of(blue, SideChange::Health(Health::Never)),
            Self::CrashLoop(blue, up, down) => {
                let health = Health::CrashLoop { up: secs(up), down: secs(down) };
                of(blue, SideChange::Health(health))
            }
            Self::Lose(blue, count) => of(blue, SideChange::Lose(count)),
            Self::Targets(blue, count) => of(blue, SideChange::Targets(count)),
            Self::Quota(count) => of(false, SideChange::Quota(Some(count))),
            Self::WrongImage(count) => {
                let other = Digest::new(format!("sha256:{}", "c".repeat(64))).unwrap();
                of(false, SideChange::WrongImage(Some((count, other))))
            }
            Self::Delete(blue) => of(blue, SideChange::Delete),
            Self::Split(percent) => {
                let split = Split::to_green(Weight::from_percent(percent).unwrap());
                Change::Router(RouterChange::Split(split))
            }
            Self::Weights(blue, green, other) => {
                let weights = vec![Weights { blue, green, other }];
                Change::Router(RouterChange::Weights(weights))
            }
            Self::Propagation(delay) => Change::Router(RouterChange::Propagation(secs(delay))),
            Self::Demand(rate) => Change::Demand(f64::from(rate)),
            Self::Metrics(metrics) => answer(AnswerChange::Metrics(metrics.behaviour())),
            Self::MetricsLate(late) => answer(AnswerChange::MetricsLate(secs(late))),
            Self::ProbeFails(0) => answer(AnswerChange::Probe(None, ProbeBehaviour::Unhealthy)),
            Self::ProbeFails(1) => answer(AnswerChange::Probe(None, ProbeBehaviour::Error)),
            Self::ProbeFails(_) => answer(AnswerChange::Probe(None, ProbeBehaviour::Hangs)),
            Self::SuiteFails(number) => check(format!("suite-{number}")),
            Self::CheckFails(0) => check("preflight-0".to_owned()),
            Self::CheckFails(1) => check("confirm-0".to_owned()),
            Self::CheckFails(_) => check("retire".to_owned()),
            Self::CheckSaysNothing(which, ran) => {
                let names = ["preflight-0", "suite-0", "suite-1", "confirm-0", "retire"];
                let name = names[usize::from(which) % names.len()];
                let outcome = if ran { CheckOutcome::Inconclusive } else { CheckOutcome::NotRun };
                answer(AnswerChange::Check(name.parse().unwrap(), ending(outcome)))
            }
            Self::HookFails => {
                let mut behaviour = HookBehaviour::default();
                behaviour.ends = Ending::Error;
                answer(AnswerChange::Hook(HookName::new("backup").unwrap(), behaviour))
            }
            Self::Notifier(hangs) => {
                let ending = if hangs { Ending::Hangs } else { Ending::Error };
                answer(AnswerChange::Notifier(ending))
            }
            Self::ImageMissing => Change::ImageMissing(true),
            Self::WallJump(millis) => Change::WallJump(millis),
        }
    }
}

impl Metrics {
    const fn behaviour(self) -> MetricsBehaviour {
        match self {
            Self::Missing => MetricsBehaviour::Missing,
            Self::NotANumber => MetricsBehaviour::NotANumber(Side::Green),
            Self::Empty => MetricsBehaviour::Empty,
            Self::Nonsense => MetricsBehaviour::Nonsense,
            Self::Stale(by) => MetricsBehaviour::Stale(secs(by)),
            Self::Stuck => MetricsBehaviour::Stuck,
            Self::Swapped => MetricsBehaviour::Swapped,
            Self::Error => MetricsBehaviour::Error,
            Self::Hangs => MetricsBehaviour::Hangs,
        }
    }
}
