//! Rollouts of the production engine over the adapter, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use greenflow_aws::api::{CloudWatchApi, EcsApi, Elbv2Api, ScalingApi};
use greenflow_aws::{Account, CloudWatchMetrics, Layout, Metrics, Route, Site, Slot};
use greenflow_core::engine::{Engine, RunEnd};
use greenflow_core::fact::{Entry, StartOptions};
use greenflow_core::machine::Ended;
use greenflow_core::plan::{Analysis, Limit, Plan};
use greenflow_core::provider::{Clock as _, Providers};
use greenflow_core::value::{Revision, RolloutId, WallTime, Who};
use greenflow_mock::{MemoryJournal, Sim, SimClock};

use super::fault::Crash;
use super::state::Service;
use super::world::{Aws, digest};

const LB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
pub(crate) const IMAGE: &str = "registry.example.com/api";
/// How many tasks blue has.
pub(crate) const TASKS: u32 = 4;

/// One service on a played AWS, with everything to run rollouts of it.
pub(crate) struct Bench {
    pub(crate) aws: Aws,
    pub(crate) sim: Sim,
    pub(crate) journal: Arc<MemoryJournal>,
    pub(crate) layout: Layout,
    pub(crate) rule: String,
    account: Arc<Account>,
    metrics: Arc<Metrics>,
    /// Whether a new controller is told what the journal says.
    pub(crate) recalls: bool,
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

    /// One more service in the same account.
    pub(crate) fn of(app: &str, aws: Aws, account: Arc<Account>, metrics: Arc<Metrics>) -> Self {
        let slots = ["a", "b"].map(|slot| Slot {
            service: format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/{app}-{slot}"),
            target_group: format!("{LB}:targetgroup/{app}-{slot}/6d0ecf831eec9f09"),
        });
        let rule =
            format!("{LB}:listener-rule/app/{app}/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d0");
        let routes = vec![Route::Rule(rule.clone())];
        let layout = Layout::new(app, "shop", slots, routes, app).unwrap();
        furnish(&aws, app, &rule);
        let journal = Arc::new(MemoryJournal::new(Arc::new(aws.clock.clone())));
        let sim = Sim::with_clock(aws.clock.clone());
        Self { aws, sim, journal, layout, rule, account, metrics, recalls: true }
    }

    /// A fresh process's site.
    pub(crate) fn site(&self) -> Arc<Site> {
        let elbv2: Arc<dyn Elbv2Api> = Arc::new(self.aws.clone());
        let ecs: Arc<dyn EcsApi> = Arc::new(self.aws.clone());
        let scaling: Arc<dyn ScalingApi> = Arc::new(self.aws.clone());
        let site = Site::new(self.layout.clone(), Arc::clone(&self.account), elbv2, ecs);
        Arc::new(site.with_scaling(scaling))
    }

    pub(crate) fn metrics(&self, site: &Arc<Site>) -> CloudWatchMetrics {
        CloudWatchMetrics::new(Arc::clone(site), Arc::clone(&self.metrics))
    }

    pub(crate) fn providers(&self, site: &Arc<Site>) -> Providers {
        site.providers(Arc::new(self.metrics(site)))
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

    pub(crate) fn entries(&self, name: &str) -> Vec<Entry> {
        let id = RolloutId::new(name).unwrap();
        self.sim.run(self.engine(&self.site()).entries(&id)).unwrap().unwrap()
    }

    pub(crate) fn let_pass(&self, span: Duration) {
        let clock = &self.aws.clock;
        self.sim.run(clock.sleep_until(clock.monotonic() + span)).unwrap();
    }

    pub(crate) fn service(&self, slot: usize) -> Service {
        self.aws.service(&self.slots()[slot].service)
    }

    pub(crate) fn slots(&self) -> Vec<Slot> {
        let name = |slot: &str| Slot {
            service: format!(
                "arn:aws:ecs:eu-west-1:123456789012:service/shop/{}-{slot}",
                self.app()
            ),
            target_group: format!("{LB}:targetgroup/{}-{slot}/6d0ecf831eec9f09", self.app()),
        };
        vec![name("a"), name("b")]
    }

    fn app(&self) -> &str {
        self.rule.split('/').nth(2).unwrap()
    }

    /// Nobody had traffic without a target, and this is where it ends: all of it on this slot,
    /// with these tasks on each.
    pub(crate) fn assert_ends(&self, on: usize, tasks: [u32; 2], what: &str) {
        // Whatever is late has landed.
        self.let_pass(Duration::from_secs(600));
        let violations = self.aws.now().violations.clone();
        assert!(violations.is_empty(), "{what}: {violations:#?}");
        let groups = self.aws.now().last().routes[&self.rule].clone();
        let group = &self.slots()[on].target_group;
        for (arn, weight) in super::state::weights(&groups) {
            assert_eq!(weight > 0, arn == *group, "{what}: {arn} has {weight}");
        }
        let has = [0, 1].map(|slot| self.service(slot).desired);
        assert_eq!(has, tasks, "{what}: tasks");
    }
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

fn with(app: &str, fill: char, [first, second, bake, retain]: [Duration; 4]) -> Plan {
    let analysis = Analysis::every(Duration::from_secs(120)).limit(Limit::error_rate_percent(1));
    Plan::builder(app, Revision::new(IMAGE, digest(fill)))
        .step(10, first)
        .step(50, second)
        .step(100, Duration::ZERO)
        .shift_analysis(analysis.clone())
        .bake(bake)
        .bake_analysis(analysis)
        .retain(retain)
        .remove_blue()
        .build()
        .unwrap()
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
        let service = format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/{app}-{name}");
        (service, format!("{LB}:targetgroup/{app}-{name}/6d0ecf831eec9f09"))
    };
    aws.change(|state, _| {
        for name in ["a", "b"] {
            let (service, group) = slot(name);
            let scalable = format!("service/shop/{app}-{name}");
            state.scaling.insert(scalable, Default::default());
            state.services.insert(
                service.clone(),
                Service {
                    arn: service,
                    group,
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
