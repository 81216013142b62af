//! The played AWS as fixtures of the test kit.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::Action;
use greenflow_aws::{Account, AlbBalancer, EcsCompute, Metrics, Site, TARGETS, TargetProbe};
use greenflow_core::provider::{Clock, Compute, HealthProbe, LoadBalancer, MetricSource};
use greenflow_core::testkit::compute::ComputeFixture;
use greenflow_core::testkit::health::{HealthFixture, SideAnswer};
use greenflow_core::testkit::load_balancer::{LoadBalancerFixture, OtherHand};
use greenflow_core::testkit::metrics::{MetricFixture, Served};
use greenflow_core::testkit::{Fate, Fixture, Stimulus};
use greenflow_core::value::{Digest, ProbeName, Revision, RouteId, Side, Split};
use greenflow_mock::SimClock;

use super::fault::{Fault, Kind, Op};
use super::run::{Bench, IMAGE, TASKS};
use super::traffic::PER_SECOND;
use super::world::{Aws, digest};

/// A fresh account with one service.
pub(crate) struct Fresh {
    bench: Bench,
    site: Arc<Site>,
    balancer: Arc<dyn LoadBalancer>,
    compute: Arc<dyn Compute>,
    probe: Arc<dyn HealthProbe>,
    metrics: Arc<dyn MetricSource>,
}

impl Fresh {
    pub(crate) fn new(clock: SimClock) -> Self {
        let aws = Aws::new(clock.clone());
        let account = Account::new(Arc::new(clock));
        let metrics = Metrics::new(Arc::new(aws.clone()));
        let bench = Bench::of("api", aws, account, metrics);
        let site = bench.site();
        Self {
            balancer: Arc::new(AlbBalancer::new(Arc::clone(&site))),
            compute: Arc::new(EcsCompute::new(Arc::clone(&site))),
            probe: Arc::new(TargetProbe::new(Arc::clone(&site))),
            metrics: Arc::new(bench.metrics(&site)),
            site,
            bench,
        }
    }

    /// Blue is in slot a.
    fn service(&self, side: Side) -> String {
        self.bench.slots()[side as usize].service.clone()
    }

    /// Sets the rule's weights by hand.
    fn set(&self, blue: i32, green: i32) {
        self.bench.aws.change(|state, _| {
            let actions = state.routes.get_mut(&self.bench.rule).unwrap();
            let groups = actions[0].forward_config.as_mut().unwrap();
            let groups = groups.target_groups.as_mut().unwrap();
            (groups[0].weight, groups[1].weight) = (Some(blue), Some(green));
        });
    }

    /// Changes every task of a side.
    fn tasks(&self, side: Side, change: impl Fn(&mut super::state::Task)) {
        let service = self.service(side);
        self.bench.aws.change(|state, _| {
            state.services.get_mut(&service).unwrap().tasks.iter_mut().for_each(change);
        });
    }

    async fn wait(&self, span: Duration) {
        let clock = &self.bench.aws.clock;
        clock.sleep_until(clock.monotonic() + span).await;
    }

    fn doom(&self, ops: &[Op], fate: Fate) {
        let kind = match fate {
            Fate::Refused => Kind::Throttled,
            Fate::LostNotApplied => Kind::LostBefore,
            Fate::LostApplied => Kind::LostAfter,
            Fate::Late => Kind::Late(Duration::from_secs(119)),
        };
        for op in ops {
            let after = self.bench.aws.counts().get(op).copied().unwrap_or(0);
            let fault = Fault { op: *op, after, times: 1, kind };
            self.bench.aws.now().faults.push(fault);
        }
    }
}

impl Fixture for Fresh {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.bench.aws.clock.clone())
    }
}

#[async_trait]
impl LoadBalancerFixture for Fresh {
    fn load_balancer(&self) -> Arc<dyn LoadBalancer> {
        Arc::clone(&self.balancer)
    }

    fn routes(&self) -> Vec<RouteId> {
        vec![RouteId::new(&self.bench.rule).unwrap()]
    }

    async fn set_by_another_hand(&self, hand: OtherHand) -> Stimulus {
        match hand {
            OtherHand::Split(split) => {
                let percent = |bp: u16| i32::from(bp / 100);
                let (blue, green) = (split.blue().basis_points(), split.green().basis_points());
                self.set(percent(blue), percent(green));
            }
            OtherHand::Foreign => self.set(2, 1),
        }
        Ok(())
    }

    async fn hide_one_route(&self) -> Stimulus {
        self.bench.aws.change(|state, _| {
            let _: Option<Vec<Action>> = state.routes.remove(&self.bench.rule);
        });
        Ok(())
    }

    async fn doom_next_write(&self, fate: Fate) -> Stimulus {
        self.doom(&[Op::ModifyRule], fate);
        Ok(())
    }
}

#[async_trait]
impl ComputeFixture for Fresh {
    fn compute(&self) -> Arc<dyn Compute> {
        Arc::clone(&self.compute)
    }

    fn revision(&self) -> Revision {
        Revision::new(IMAGE, digest('b'))
    }

    fn blue_digest(&self) -> Digest {
        digest('a')
    }

    fn blue_targets(&self) -> u32 {
        TASKS
    }

    fn startup(&self) -> Duration {
        Duration::from_secs(51)
    }

    async fn scale_by_another_hand(&self, side: Side, targets: u32) -> Stimulus {
        let now = self.bench.aws.clock.monotonic();
        self.bench.aws.now().update_service(now, &self.service(side), None, targets);
        Ok(())
    }

    async fn break_targets(&self, side: Side) -> Stimulus {
        self.tasks(side, |task| task.broken = true);
        Ok(())
    }

    async fn mend_targets(&self, side: Side) -> Stimulus {
        self.tasks(side, |task| task.broken = false);
        Ok(())
    }

    async fn let_the_start_fail(&self) -> Stimulus {
        let fill = ComputeFixture::revision(self).digest;
        self.bench.aws.now().dying.push(fill.as_str().to_owned());
        Ok(())
    }

    async fn run_another_digest(&self, side: Side, digest: Digest) -> Stimulus {
        // Somebody's deployment has replaced one of the tasks.
        let base = aws_sdk_ecs::types::TaskDefinition::builder().family("other").build();
        let image = format!("{IMAGE}@{digest}");
        let other = self.bench.aws.now().register(base, &image, Default::default());
        let service = self.service(side);
        self.bench.aws.change(|state, _| {
            let tasks = &mut state.services.get_mut(&service).unwrap().tasks;
            tasks.last_mut().unwrap().task_definition = other;
        });
        Ok(())
    }

    async fn let_automation_shrink(&self, side: Side) -> Stimulus {
        let name = self.service(side).rsplit('/').next().unwrap().to_owned();
        let scaling = self.bench.aws.now().last().scaling[&format!("service/shop/{name}")];
        if !scaling.scale_in {
            self.scale_by_another_hand(side, 1).await?;
        }
        Ok(())
    }

    async fn send_traffic_to(&self, side: Side) -> Stimulus {
        match side {
            Side::Blue => self.set(100, 0),
            Side::Green => self.set(0, 100),
        }
        Ok(())
    }

    async fn doom_next_write(&self, fate: Fate) -> Stimulus {
        self.doom(&[Op::UpdateService], fate);
        Ok(())
    }
}

#[async_trait]
impl HealthFixture for Fresh {
    fn health(&self) -> Arc<dyn HealthProbe> {
        Arc::clone(&self.probe)
    }

    fn probe(&self) -> ProbeName {
        ProbeName::new(TARGETS).unwrap()
    }

    async fn answer(&self, side: Side, answer: SideAnswer) -> Stimulus {
        if self.bench.service(Side::Green as usize).desired == 0 {
            // Green runs; which slot it is, the site knows by now.
            let cx = greenflow_core::provider::CallContext::new(
                greenflow_core::value::RolloutId::new("testkit-1").unwrap(),
                greenflow_core::provider::FenceToken::default(),
                Duration::from_secs(5),
            );
            self.balancer.read_split(&cx).await.unwrap();
            self.scale_by_another_hand(Side::Green, TASKS).await?;
            self.wait(self.startup()).await;
        }
        self.tasks(side, |task| task.broken = answer != SideAnswer::Well);
        let _ = (&self.site, Split::ALL_BLUE);
        Ok(())
    }

    async fn run(&self, side: Side, digest: Digest) -> Stimulus {
        self.answer(side, SideAnswer::Well).await?;
        let base = aws_sdk_ecs::types::TaskDefinition::builder().family("other").build();
        let image = format!("{IMAGE}@{digest}");
        let other = self.bench.aws.now().register(base, &image, Default::default());
        let service = self.service(side);
        self.bench.aws.change(|state, _| {
            let service = state.services.get_mut(&service).unwrap();
            service.task_definition = other.clone();
            service.tasks.iter_mut().for_each(|task| task.task_definition = other.clone());
        });
        Ok(())
    }

    async fn fingerprint(&self) -> Stimulus<String> {
        let shared = self.bench.aws.now();
        Ok(format!("{:?} {}", shared.last(), shared.definitions.len()))
    }
}

#[async_trait]
impl MetricFixture for Fresh {
    fn metrics(&self) -> Arc<dyn MetricSource> {
        Arc::clone(&self.metrics)
    }

    async fn serve(&self, side: Side, span: Duration) -> Stimulus<Served> {
        if self.bench.service(Side::Green as usize).desired == 0 {
            self.answer(Side::Green, SideAnswer::Well).await?;
        }
        self.send_traffic_to(side).await?;
        // Minutes are whole.
        let clock = &self.bench.aws.clock;
        let into = u64::try_from(clock.wall().as_unix_millis().rem_euclid(60_000)).unwrap();
        self.wait(Duration::from_millis((60_000 - into) % 60_000)).await;
        let start = clock.wall();
        let minutes = span.as_secs().div_ceil(60);
        self.wait(Duration::from_secs(60 * minutes)).await;
        let end = clock.wall();
        let requests = f64::from(u32::try_from(60 * minutes).unwrap()) * PER_SECOND;
        let requests = format!("{requests:.0}").parse().unwrap();
        Ok(Served { start, end, requests })
    }

    async fn lose_measurements(&self) -> Stimulus {
        self.bench.aws.now().metrics_lost = true;
        Ok(())
    }
}
