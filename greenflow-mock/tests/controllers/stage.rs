//! A world, a journal, and as many controllers as a test wants.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::engine::{Engine, EngineError, Handle, RunEnd};
use greenflow_core::fact::frame::Chain;
use greenflow_core::fact::{Entry, Fact, StartOptions};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::plan::{Limit, Plan, PlanBuilder};
use greenflow_core::provider::{Clock, Journal, ListFilter, Summary};
use greenflow_core::value::{ControllerId, Digest, Revision, RolloutId, Split, Who};
use greenflow_mock::oracle::{Audit, Given, Story};
use greenflow_mock::{MemoryJournal, Sim, World, WorldSpec};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_mins(1);

/// A world, a journal, one plan and the oracles.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) journal: MemoryJournal,
    pub(crate) plan: Plan,
    pub(crate) rollout: RolloutId,
    audit: Audit,
}

impl Stage {
    pub(crate) fn new(plan: PlanBuilder, spec: &WorldSpec) -> Self {
        let plan = plan.build().unwrap();
        let world = World::new(spec, 1);
        world.learn(plan.body());
        let journal = world.journal();
        let rollout = rollout("first");
        let mut given = Given::of(spec);
        given.kills = true;
        let audit = Audit::attach(&world, &journal, &rollout, given);
        Self { world, journal, plan, rollout, audit }
    }

    pub(crate) fn sim(&self) -> Sim {
        Sim::new(&self.world)
    }

    /// A controller on the world's clock.
    pub(crate) fn engine(&self, name: &str) -> Engine {
        self.engine_with(name, Arc::new(self.world.clock()))
    }

    /// A controller with a clock of its own.
    pub(crate) fn engine_with(&self, name: &str, clock: Arc<dyn Clock>) -> Engine {
        Engine::cluster(self.world.providers(), Arc::new(self.journal.clone()))
            .with_controller(ControllerId::new(name).unwrap())
            .with_clock(clock)
    }

    pub(crate) fn start(
        &self,
        engine: &Engine,
    ) -> (Handle, impl Future<Output = Result<RunEnd, EngineError>> + Send + use<>) {
        engine.start(self.rollout.clone(), self.plan.clone(), options())
    }

    pub(crate) fn now(&self) -> Duration {
        self.world.clock().monotonic()
    }

    pub(crate) async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }

    pub(crate) async fn sleep_until(&self, moment: Duration) {
        self.world.clock().sleep_until(moment).await;
    }

    /// Every fact so far.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries_of(&self.rollout)
    }

    pub(crate) fn entries_of(&self, rollout: &RolloutId) -> Vec<Entry> {
        let frames = self.journal.frames(rollout);
        Chain::of(rollout).read_all(&frames).unwrap()
    }

    /// Where the rollout is, by its facts.
    pub(crate) fn phase(&self) -> Option<PhaseName> {
        let entered = |entry: &Entry| match &entry.fact {
            Fact::Started(_) => Some(PhaseName::Scheduled),
            Fact::Moved(to) => to.target(),
            _ => None,
        };
        self.entries().iter().rev().find_map(entered)
    }

    /// Waits until the rollout has ended, by its journal.
    pub(crate) async fn until_ended(&self) -> PhaseName {
        self.until(|phase| phase.is_terminal()).await
    }

    /// Waits until the rollout is where this says, by its journal.
    pub(crate) async fn until(&self, wanted: impl Fn(PhaseName) -> bool) -> PhaseName {
        loop {
            if let Some(phase) = self.phase().filter(|phase| wanted(*phase)) {
                return phase;
            }
            self.sleep(SECOND).await;
        }
    }

    pub(crate) async fn list(&self, filter: ListFilter) -> Vec<Summary> {
        self.journal.list(filter).await.unwrap()
    }

    /// Lets late writes land, and asks every oracle.
    #[track_caller]
    pub(crate) fn is_sound(&self, ended: Ended) {
        self.world.end_faults();
        self.sim().let_pass(300 * SECOND);
        let violations = self.audit.finish(self.now());
        assert!(violations.is_empty(), "{violations:#?}");
        let wanted = match ended {
            Ended::Completed => Some(Split::ALL_GREEN),
            Ended::RolledBack => Some(Split::ALL_BLUE),
            Ended::Refused | Ended::Stuck => None,
        };
        let truth = self.world.truth();
        assert!(wanted.is_none_or(|wanted| Story::shows(&truth, wanted)), "{:?}", truth.configured);
        assert_eq!(self.world.totals().nobody, 0);
    }

    /// How the journal lists the rollout.
    pub(crate) async fn row(&self) -> Summary {
        let rows = self.list(ListFilter::default()).await;
        rows.into_iter().find(|row| row.rollout == self.rollout).unwrap()
    }

    /// The same, now.
    pub(crate) fn row_now(&self) -> Summary {
        self.sim().run(self.row()).unwrap()
    }

    /// How many writes the providers have been sent.
    pub(crate) fn writes(&self) -> u64 {
        let calls = self.world.calls();
        let writes = calls.iter().filter(|(operation, _)| operation.is_provider_write());
        writes.map(|(_, count)| count).sum()
    }

    /// How many calls the providers have had.
    pub(crate) fn calls(&self) -> u64 {
        self.world.calls().values().sum()
    }
}

/// A plan of a quarter of an hour: two steps, a bake, a short retention, blue removed.
pub(crate) fn short_plan() -> PlanBuilder {
    plan_of("shop")
        .step(10, 2 * MINUTE)
        .step(100, MINUTE)
        .bake(2 * MINUTE)
        .retain(5 * MINUTE)
        .remove_blue()
}

pub(crate) fn plan_of(service: &str) -> PlanBuilder {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder(service, Revision::new("registry.example.com/shop", digest))
        .limit(Limit::error_rate_percent(1))
}

pub(crate) fn rollout(name: &str) -> RolloutId {
    RolloutId::new(name).unwrap()
}

pub(crate) fn options() -> StartOptions {
    StartOptions::new(Who::new("host"))
}
