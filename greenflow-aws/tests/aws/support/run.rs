//! Rollouts of the production engine over the adapter, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use greenflow_aws::api::{CloudWatchApi, EcsApi, Elbv2Api, GroupState, ScalingApi, Suspension};
use greenflow_aws::{
    Account, AlarmCheck, CloudWatchMetrics, Gauge, Layout, Metrics, Route, Site, Slot,
};
use greenflow_core::engine::{Engine, RunEnd};
use greenflow_core::fact::{Entry, StartOptions};
use greenflow_core::machine::{Action, Command, Ended};
use greenflow_core::plan::{Analysis, FaultPolicy, Limit, Plan, PlanBuilder, Timing};
use greenflow_core::provider::{Clock as _, NoChecks, Providers};
use greenflow_core::value::{MetricName, Revision, RolloutId, WallTime, Who};
use greenflow_mock::{MemoryJournal, Sim, SimClock};

use super::fault::{Crash, Op};
use super::state::Service;
use super::world::{Aws, digest};

pub(crate) const LB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
/// The service of a slot, such as `api-a`.
pub(crate) fn service_arn(name: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/{name}")
}

/// Its target group.
pub(crate) fn group_arn(name: &str) -> String {
    format!("{LB}:targetgroup/{name}/6d0ecf831eec9f09")
}

pub(crate) const IMAGE: &str = "registry.example.com/api";
/// How many tasks blue has.
pub(crate) const TASKS: u32 = 4;

/// One service on a played AWS, with everything to run rollouts of it.
pub(crate) struct Bench {
    pub(crate) aws: Aws,
    pub(crate) sim: Sim,
    pub(crate) journal: Arc<MemoryJournal>,
    layout: Layout,
    pub(crate) rule: String,
    pub(crate) routes: Vec<String>,
    account: Arc<Account>,
    metrics: Arc<Metrics>,
    /// Whether a new controller is told what the journal says.
    pub(crate) recalls: bool,
    /// The alarms of the check and of the gauge `alarms`.
    pub(crate) alarms: Vec<String>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        // 10:35 on a day.
        let clock = SimClock::starting_at(WallTime::from_unix_millis(1_795_602_900_000));
        let aws = Aws::new(clock.clone());
        let account = Account::new(Arc::new(clock.clone()));
        let metrics = Metrics::new(Arc::new(aws.clone()) as Arc<dyn CloudWatchApi>);
        Self::of("api", aws, account, metrics)
    }

    /// A service whose traffic comes by two rules and a listener.
    pub(crate) fn with_three_routes() -> Self {
        let of_app = "app/api/50dc6c495c0c9188";
        let rule = format!("{LB}:listener-rule/{of_app}/f2f7dc8efc522ab3/9683b2d1");
        let listener = format!("{LB}:listener/{of_app}/f2f7dc8efc522ab4");
        Self::new().and_routes(vec![Route::Rule(rule), Route::Listener(listener)])
    }

    /// A service whose traffic comes by two rules.
    pub(crate) fn with_two_routes() -> Self {
        let of_app = "app/api/50dc6c495c0c9188";
        let rule = format!("{LB}:listener-rule/{of_app}/f2f7dc8efc522ab3/9683b2d1");
        Self::new().and_routes(vec![Route::Rule(rule)])
    }

    fn and_routes(mut self, more: Vec<Route>) -> Self {
        for route in &more {
            self.aws.change(|state, _| {
                let like = state.routes[&self.rule].clone();
                state.routes.insert(route.arn().to_owned(), like);
            });
            self.routes.push(route.arn().to_owned());
        }
        let mut routes = vec![Route::Rule(self.rule.clone())];
        routes.extend(more);
        let slots = self.slots().try_into().unwrap();
        self.layout = Layout::new("api", "shop", slots, routes, "api").unwrap();
        self
    }

    /// One more service in the same account.
    pub(crate) fn of(app: &str, aws: Aws, account: Arc<Account>, metrics: Arc<Metrics>) -> Self {
        let slots = slots_of(app);
        let rule =
            format!("{LB}:listener-rule/app/{app}/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d0");
        let layout = Layout::new(app, "shop", slots, vec![Route::Rule(rule.clone())], app).unwrap();
        furnish(&aws, app, &rule);
        aws.now().minimum = TASKS as usize;
        let journal = Arc::new(MemoryJournal::new(Arc::new(aws.clock.clone())));
        let sim = Sim::with_clock(aws.clock.clone());
        let routes = vec![rule.clone()];
        let (recalls, alarms) = (true, Vec::new());
        Self { aws, sim, journal, layout, rule, routes, account, metrics, recalls, alarms }
    }

    /// A fresh process's site.
    pub(crate) fn site(&self) -> Arc<Site> {
        let elbv2: Arc<dyn Elbv2Api> = Arc::new(self.aws.clone());
        let ecs: Arc<dyn EcsApi> = Arc::new(self.aws.clone());
        let scaling: Arc<dyn ScalingApi> = Arc::new(self.aws.clone());
        let site = Site::new(self.layout.clone(), Arc::clone(&self.account), elbv2, ecs);
        Arc::new(site.with_scaling(scaling))
    }

    pub(crate) fn shared_metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    pub(crate) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.account)
    }

    pub(crate) fn metrics(&self, site: &Arc<Site>) -> CloudWatchMetrics {
        let alarms = Gauge::alarms(MetricName::new("alarms").unwrap(), self.alarms.clone());
        CloudWatchMetrics::new(Arc::clone(site), Arc::clone(&self.metrics)).with_gauge(alarms)
    }

    pub(crate) fn providers(&self, site: &Arc<Site>) -> Providers {
        let (account, metrics) = (Arc::clone(&self.account), Arc::clone(&self.metrics));
        let checks = AlarmCheck::new(account, metrics, self.alarms.clone(), Arc::new(NoChecks));
        site.providers(Arc::new(self.metrics(site))).with_checks(Arc::new(checks))
    }

    pub(crate) fn engine(&self, site: &Arc<Site>) -> Engine {
        let clock = Arc::new(self.aws.clock.clone());
        Engine::single(self.providers(site), Arc::clone(&self.journal) as _).with_clock(clock)
    }

    /// Runs a rollout to its end.
    pub(crate) fn run(&self, name: &str, plan: Plan) -> Ended {
        let (ended, crashed) = self.run_through(name, plan, None);
        assert!(!crashed);
        ended
    }

    /// Runs a rollout to its end; with a crash, as a new process takes it up after it. Says whether
    /// it was reached.
    pub(crate) fn run_through(
        &self,
        name: &str,
        plan: Plan,
        crash: Option<Crash>,
    ) -> (Ended, bool) {
        let id = RolloutId::new(name).unwrap();
        if let Some(crash) = crash {
            self.aws.crash_at(crash);
        }
        let engine = self.engine(&self.site());
        let options = StartOptions::new(Who::new("test")).start_now();
        let (_handle, run) = engine.start(id.clone(), plan, options);
        let crashed = Box::pin(self.aws.crashed());
        let first = self.sim.run(select(Box::pin(run), crashed)).unwrap();
        let end = match first {
            Either::Left((end, _)) => return (ended(end.unwrap()), false),
            Either::Right(((), run)) => {
                drop(run);
                // Nobody lives for a while.
                self.let_pass(Duration::from_secs(20));
                let site = self.site();
                if self.recalls {
                    site.recall(&id, &self.entries(name));
                }
                let engine = self.engine(&site);
                let (_handle, run) = engine.resume(id);
                self.sim.run(run).unwrap().unwrap()
            }
        };
        (ended(end), true)
    }

    /// Loses the journal: what is left is AWS.
    pub(crate) fn lose_journal(&mut self) {
        self.journal = Arc::new(MemoryJournal::new(Arc::new(self.aws.clock.clone())));
    }

    /// The weights of the first rule, of slot a and slot b.
    pub(crate) fn weights(&self) -> [i32; 2] {
        let groups = super::state::weights(&self.aws.now().last().routes[&self.rule]);
        let of = |slot: usize| {
            let wanted = &self.slots()[slot].target_group;
            groups.iter().find(|(arn, _)| arn == wanted).map_or(0, |(_, weight)| *weight)
        };
        [of(0), of(1)]
    }

    pub(crate) fn entries(&self, name: &str) -> Vec<Entry> {
        let id = RolloutId::new(name).unwrap();
        self.sim.run(self.engine(&self.site()).entries(&id)).unwrap().unwrap()
    }

    /// A new process takes a rollout up, and a person says that it shall go back.
    pub(crate) fn abort(&self, name: &str) -> Ended {
        let engine = self.engine(&self.site());
        let (handle, run) = engine.resume(RolloutId::new(name).unwrap());
        let command = Command::new(Who::new("test"), "it cannot go on", Action::Rollback);
        let both = async { futures_util::join!(run, handle.command(command)) };
        let (end, accepted) = self.sim.run(both).unwrap();
        accepted.unwrap();
        ended(end.unwrap())
    }

    /// Runs a rollout until its controller dies at this call; says whether it did.
    pub(crate) fn run_until(&self, plan: &Plan, crash: Crash) -> bool {
        self.aws.crash_at(crash);
        let engine = self.engine(&self.site());
        let options = StartOptions::new(Who::new("test")).start_now();
        let (_handle, run) = engine.start(RolloutId::new("r-1").unwrap(), plan.clone(), options);
        let crashed = Box::pin(self.aws.crashed());
        let died =
            matches!(self.sim.run(select(Box::pin(run), crashed)).unwrap(), Either::Right(_));
        if died {
            self.let_pass(Duration::from_secs(20));
        }
        died
    }

    /// Runs a rollout to its end, beside others.
    pub(crate) async fn drive(&self, plan: Plan) -> Ended {
        let engine = self.engine(&self.site());
        let options = StartOptions::new(Who::new("test")).start_now();
        let id = RolloutId::new(format!("{}-1", self.app())).unwrap();
        let (_handle, run) = engine.start(id, plan, options);
        ended(run.await.unwrap())
    }

    /// When an operation was called first.
    pub(crate) fn first(&self, op: Op) -> Duration {
        self.aws.now().calls.iter().find(|(_, called)| *called == op).unwrap().0
    }

    /// How many calls were made from one moment on and before another.
    pub(crate) fn calls_within(&self, from: Duration, until: Duration) -> usize {
        self.aws.now().calls.iter().filter(|(at, _)| (from..until).contains(at)).count()
    }

    /// How many calls could have changed something.
    pub(crate) fn writes(&self) -> usize {
        self.aws.now().calls.iter().filter(|(_, op)| op.is_write()).count()
    }

    /// What a person does who brings all traffic back to slot a.
    pub(crate) fn put_weights_back(&self) {
        self.put_weights([100, 0]);
    }

    /// What a person does who sets the weights of both slots.
    pub(crate) fn put_weights(&self, weights: [i32; 2]) {
        self.aws.change(|state, _| {
            let actions = state.routes.get_mut(&self.rule).unwrap();
            let config = actions[0].forward_config.as_mut().unwrap();
            for group in config.target_groups.as_mut().unwrap() {
                let first = group.target_group_arn() == Some(&self.slots()[0].target_group);
                group.weight = Some(weights[usize::from(!first)]);
            }
        });
    }

    pub(crate) fn let_pass(&self, span: Duration) {
        let clock = &self.aws.clock;
        self.sim.run(clock.sleep_until(clock.monotonic() + span)).unwrap();
    }

    pub(crate) fn service(&self, slot: usize) -> Service {
        self.aws.service(&self.slots()[slot].service)
    }

    pub(crate) fn slots(&self) -> Vec<Slot> {
        slots_of(self.app()).to_vec()
    }

    pub(crate) fn app(&self) -> &str {
        self.rule.split('/').nth(2).unwrap()
    }

    /// Nobody had traffic without a target, and this is where it ends: all of it on this slot,
    /// with these tasks on each.
    pub(crate) fn assert_ends(&self, on: usize, tasks: [u32; 2], what: &str) {
        // Whatever is late has landed.
        self.let_pass(Duration::from_secs(600));
        let violations = self.aws.now().violations.clone();
        assert!(violations.is_empty(), "{what}: {violations:#?}");
        let group = &self.slots()[on].target_group;
        for route in &self.routes {
            let groups = self.aws.now().last().routes[route].clone();
            for (arn, weight) in super::state::weights(&groups) {
                assert_eq!(weight > 0, arn == *group, "{what}: {arn} has {weight} on {route}");
            }
        }
        let has = [0, 1].map(|slot| self.service(slot).desired);
        assert_eq!(has, tasks, "{what}: tasks");
        // Whatever runs is scaled as ever, and nothing wakes the other.
        let suspended = [0, 1].map(|slot| self.suspended(slot));
        for (slot, suspended) in suspended.into_iter().enumerate() {
            let idle = tasks[slot] == 0;
            let wanted = Suspension { scale_in: idle, scale_out: idle, scheduled: idle };
            assert_eq!(suspended, wanted, "{what}: slot {slot}");
        }
    }

    /// What is suspended of a slot's scaling.
    pub(crate) fn suspended(&self, slot: usize) -> Suspension {
        let name = ["a", "b"][slot];
        self.aws.now().last().scaling[&format!("service/shop/{}-{name}", self.app())]
    }
}

fn slots_of(app: &str) -> [Slot; 2] {
    ["a", "b"].map(|slot| {
        let name = format!("{app}-{slot}");
        Slot { service: service_arn(&name), target_group: group_arn(&name) }
    })
}

fn ended(end: RunEnd) -> Ended {
    match end {
        RunEnd::Ended(ended) => ended,
        RunEnd::HandedOver | RunEnd::Parked { .. } => panic!("nobody asked for it"),
    }
}

/// 10 % for 5 min, 50 % for 10 min, all, 30 min of watching; blue is kept 72 h and removed.
pub(crate) fn plan(app: &str, fill: char) -> Plan {
    let secs = Duration::from_secs;
    with(app, fill, [300, 600, 1800, 72 * 3600].map(secs))
}

/// The same with shorter times, for the many.
pub(crate) fn short_plan(app: &str, fill: char) -> Plan {
    with(app, fill, [240, 240, 240, 300].map(Duration::from_secs))
}

/// The same, for hosts with many rollouts at once: everything is looked at this seldom only.
pub(crate) fn patient_plan(app: &str, fill: char, poll: Duration) -> Plan {
    let timing = Timing { poll, fresh: poll, ..Timing::default() };
    builder(app, fill, [poll * 5; 4]).timing(timing).build().unwrap()
}

/// The same, looking every 30 s.
pub(crate) fn calm_plan(app: &str, fill: char) -> Plan {
    calm(app, fill, [600; 4])
}

/// The same with the fewest calls: where each is a case of its own.
pub(crate) fn sparse_plan(app: &str, fill: char) -> Plan {
    calm(app, fill, [240; 4])
}

fn calm(app: &str, fill: char, times: [u64; 4]) -> Plan {
    let half = Duration::from_secs(30);
    let timing = Timing { poll: half, fresh: half, ..Timing::default() };
    builder(app, fill, times.map(Duration::from_secs)).timing(timing).build().unwrap()
}

fn with(app: &str, fill: char, times: [Duration; 4]) -> Plan {
    builder(app, fill, times).build().unwrap()
}

pub(crate) fn builder(
    app: &str,
    fill: char,
    [first, second, bake, retain]: [Duration; 4],
) -> PlanBuilder {
    let analysis = Analysis::every(Duration::from_secs(120)).limit(Limit::error_rate_percent(1));
    // The sample that confirms a breach comes two minutes after the first.
    let faults = FaultPolicy { assess_within: Duration::from_secs(300), ..FaultPolicy::default() };
    Plan::builder(app, Revision::new(IMAGE, digest(fill)))
        .step(10, first)
        .step(50, second)
        .step(100, Duration::ZERO)
        .shift_analysis(analysis.clone())
        .bake(bake)
        .bake_analysis(analysis)
        .retain(retain)
        .remove_blue()
        .faults(faults)
}

fn group_state(arn: &str, app: &str) -> GroupState {
    let check = [("path", "/health"), ("interval", "10")];
    GroupState {
        arn: arn.to_owned(),
        name: arn.split('/').nth(1).unwrap().to_owned(),
        target_type: "ip".to_owned(),
        vpc: "vpc-1".to_owned(),
        protocol: "HTTP".to_owned(),
        protocol_version: "HTTP1".to_owned(),
        health_check: check.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        load_balancers: vec![format!("{LB}:loadbalancer/app/{app}/50dc6c495c0c9188")],
    }
}

/// Blue has run for a while in slot a, with all of the traffic; slot b is idle.
fn furnish(aws: &Aws, app: &str, rule: &str) {
    use aws_sdk_ecs::types::TaskDefinition;
    use aws_sdk_elasticloadbalancingv2::types::{
        Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple,
    };
    let base = TaskDefinition::builder().family(app).build();
    let mut shared = aws.now();
    let arn = shared.register(base, &format!("{IMAGE}@{}", digest('a')), Default::default());
    drop(shared);
    let slot = |name: &str| {
        let name = format!("{app}-{name}");
        (service_arn(&name), group_arn(&name))
    };
    aws.change(|state, _| {
        for name in ["a", "b"] {
            let (service, group) = slot(name);
            state.groups.insert(group.clone(), group_state(&group, app));
            let attributes = [("deregistration_delay.timeout_seconds", "30")];
            let attributes = attributes.map(|(key, value)| (key.to_owned(), value.to_owned()));
            state.attributes.insert(group.clone(), attributes.into());
            let scalable = format!("service/shop/{app}-{name}");
            state.scaling.insert(scalable, Default::default());
            state.services.insert(
                service.clone(),
                Service {
                    arn: service,
                    group: group.clone(),
                    controller: "ECS".to_owned(),
                    strategy: String::new(),
                    breaker: (true, false),
                    task_definition: arn.clone(),
                    desired: 0,
                    tasks: Vec::new(),
                },
            );
        }
    });
    let (service, group) = slot("a");
    let clock = aws.clock.monotonic();
    aws.now().update_service(clock, &service, None, TASKS);
    aws.change(|state, _| {
        for task in &mut state.services.get_mut(&service).unwrap().tasks {
            (task.running_at, task.healthy_at) = (Duration::ZERO, Duration::ZERO);
        }
        let tuple = |arn: String, weight| {
            TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build()
        };
        let config = ForwardActionConfig::builder()
            .target_groups(tuple(group, 100))
            .target_groups(tuple(slot("b").1, 0))
            .build();
        let action =
            Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config).build();
        state.routes.insert(rule.to_owned(), vec![action]);
    });
}
