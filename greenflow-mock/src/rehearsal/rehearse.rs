//! One rehearsal: plan, world, seed, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::engine::{EngineError, Event, EventKind};
use greenflow_core::fact::{Entry, StartOptions};
use greenflow_core::judge::{Judge, ThresholdJudge};
use greenflow_core::machine::Ended;
use greenflow_core::plan::{Plan, PlanBody, PlanError, RollbackTimes};
use greenflow_core::provider::Clock as _;
use greenflow_core::value::{InvalidName, RolloutId, WallTime, Who};

use super::kill::Kill;
use super::lives::{Lives, cannot_be_read};
use crate::oracle::{Audit, Given, Violation};
use crate::script::Said;
use crate::{Sim, SimError, SimLimits, World, WorldSpec};

/// A plan, to be carried out by the production engine on a simulated world.
///
/// When a run breaks off because the journal was away or the controller died, another one takes
/// the rollout up, as a host's supervisor would do.
///
/// ```
/// use greenflow_core::plan::{Limit, Plan};
/// use greenflow_core::value::{Digest, Revision};
/// use greenflow_mock::{Rehearsal, WorldSpec};
/// use std::time::Duration;
///
/// let digest = Digest::new(format!("sha256:{}", "a".repeat(64)))?;
/// let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
///     .step(10, Duration::from_secs(300))
///     .step(100, Duration::ZERO)
///     .limit(Limit::error_rate_percent(1))
///     .keep_blue()
///     .build()?;
/// let done = Rehearsal::new(plan, WorldSpec::healthy()).run(7)?;
/// assert_eq!(done.ended.as_str(), "completed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rehearsal {
    pub(super) plan: Plan,
    pub(super) spec: WorldSpec,
    pub(super) options: StartOptions,
    pub(super) kills: Vec<Kill>,
    pub(super) judge: Arc<dyn Judge>,
    rollout: Option<RolloutId>,
    limits: SimLimits,
    watched: bool,
}

/// What came of a rehearsal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rehearsed {
    /// How it ended.
    pub ended: Ended,
    /// The journal.
    pub entries: Vec<Entry>,
    /// What people said, and what came of it.
    pub said: Vec<Said>,
    /// The world afterwards: it knows what really happened.
    pub world: World,
    /// Each guarantee that was seen broken; empty when nobody [watched](Rehearsal::watched).
    pub violations: Vec<Violation>,
    /// How often somebody was refused who came [second](crate::Rival).
    pub turned_away: u32,
}

/// A journal that nobody can read any more: it was [damaged](crate::Damage), and every controller
/// that came afterwards refused the rollout.
#[derive(Debug, thiserror::Error)]
#[error("every controller refused the journal")]
#[non_exhaustive]
pub struct Unreadable {
    /// Why the last one refused it.
    #[source]
    pub error: EngineError,
    /// The facts that could be read; empty when nobody [watched](Rehearsal::watched).
    pub entries: Vec<Entry>,
    /// The world afterwards.
    pub world: World,
    /// Each guarantee that was seen broken; empty when nobody [watched](Rehearsal::watched).
    pub violations: Vec<Violation>,
}

/// Why a rehearsal gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// The plan does not fit the world's providers; nothing was done.
    #[error("the plan does not fit this world:\n{0}")]
    Plan(PlanError),
    /// The engine refused or failed.
    #[error("the rollout could not be carried out")]
    Engine(#[from] EngineError),
    /// The journal was made unreadable, and was refused: nothing more was done.
    #[error(transparent)]
    Unreadable(Box<Unreadable>),
    /// The rollout stood still, or never ended.
    #[error("the simulation was given up")]
    Sim(#[from] SimError),
    /// The rollout's name.
    #[error("the rollout has no valid name")]
    Name(#[from] InvalidName),
    /// Somebody asked the rollout to hand over, so it has no end.
    #[error("the rollout was handed over before it ended")]
    HandedOver,
}

impl Rehearsal {
    /// Rehearses `plan` on the world that `spec` describes. A world that says no start of its own
    /// begins before the plan's first date, so that every world can rehearse every plan. A world file
    /// that says any wall time says when it begins.
    #[must_use]
    pub fn new(plan: Plan, spec: WorldSpec) -> Self {
        let spec = begin_before(plan.body(), spec);
        Self {
            plan,
            spec,
            options: StartOptions::new(Who::new("rehearsal")),
            kills: Vec::new(),
            judge: Arc::new(ThresholdJudge::new()),
            rollout: None,
            limits: SimLimits::default(),
            watched: false,
        }
    }

    /// Starts the rollout with these options.
    #[must_use]
    pub fn with_options(mut self, options: StartOptions) -> Self {
        self.options = options;
        self
    }

    /// Names the rollout; by default it is called after the seed.
    #[must_use]
    pub fn with_rollout(mut self, rollout: RolloutId) -> Self {
        self.rollout = Some(rollout);
        self
    }

    /// Kills or stops the controller, once for each of these, in their order, after what the world
    /// says itself.
    #[must_use]
    pub fn with_kills(mut self, kills: Vec<Kill>) -> Self {
        self.kills = kills;
        self
    }

    /// Returns everything that is done to controllers, in its order.
    pub(super) fn all_kills(&self) -> Vec<Kill> {
        self.spec.kills.iter().chain(&self.kills).copied().collect()
    }

    /// Rehearses on another world; its start stays as it says.
    #[must_use]
    pub fn with_spec(mut self, spec: WorldSpec) -> Self {
        self.spec = spec;
        self
    }

    /// Keeps no trace, for speed.
    #[must_use]
    pub fn without_trace(mut self) -> Self {
        self.spec = self.spec.without_trace();
        self
    }

    /// Changes what a run may cost.
    #[must_use]
    pub const fn with_limits(mut self, limits: SimLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Judges measurements with this instead of by plain thresholds.
    #[must_use]
    pub fn with_judge(mut self, judge: Arc<dyn Judge>) -> Self {
        self.judge = judge;
        self
    }

    /// Watches every guarantee with the [oracles](crate::oracle) while it runs.
    #[must_use]
    pub const fn watched(mut self) -> Self {
        self.watched = true;
        self
    }

    /// Returns the world as it is described, with its start.
    #[must_use]
    pub const fn spec(&self) -> &WorldSpec {
        &self.spec
    }

    /// Checks the plan against what this world's providers can do, and computes how long its way
    /// back takes at worst. Every run does so, before anything is touched.
    ///
    /// # Errors
    /// Every problem, as for [`Plan::check`].
    pub fn check(&self) -> Result<RollbackTimes, PlanError> {
        let world = World::new(&self.spec, 0);
        self.plan.check(&world.providers().capabilities())
    }

    /// Runs it once. The same seed gives the same run, byte for byte.
    ///
    /// # Errors
    /// [`RehearsalError`] when it gave no result; a rollout that went back is a result.
    pub fn run(&self, seed: u64) -> Result<Rehearsed, RehearsalError> {
        self.run_showing(seed, &mut |_| {})
    }

    /// Runs it once, and shows every event of the engine while it happens.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_showing(
        &self,
        seed: u64,
        show: &mut dyn FnMut(&Event),
    ) -> Result<Rehearsed, RehearsalError> {
        let world = World::new(&self.spec, seed);
        world.learn(self.plan.body());
        self.run_in(world, seed, show)
    }

    /// Runs it on a world that was made, and perhaps changed, beforehand.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_on(&self, world: World, seed: u64) -> Result<Rehearsed, RehearsalError> {
        self.run_in(world, seed, &mut |_| {})
    }

    fn run_in(
        &self,
        world: World,
        seed: u64,
        show: &mut dyn FnMut(&Event),
    ) -> Result<Rehearsed, RehearsalError> {
        self.plan.check(&world.providers().capabilities()).map_err(RehearsalError::Plan)?;
        let rollout = match &self.rollout {
            Some(rollout) => rollout.clone(),
            None => RolloutId::new(format!("rehearsal-{seed}"))?,
        };
        let journal = world.journal();
        let audit = self.watched.then(|| {
            let mut given = Given::of(&self.spec);
            given.kills(&self.kills, self.spec.router.fence);
            Audit::attach(&world, &journal, &rollout, given)
        });
        let lives = Lives::new(self, &world, journal, rollout.clone(), audit.clone());
        let sim = Sim::new(&world).with_limits(self.limits);
        let mut hear = |event: &Event| {
            if let (Some(audit), EventKind::Recorded(entry)) = (&audit, &event.kind) {
                audit.told(Arc::clone(entry));
            }
            show(event);
        };
        let (ended, said) = sim.run(lives.live(&mut hear))?;
        let at = world.clock().monotonic();
        let ended = match ended {
            Err(RehearsalError::Engine(error))
                if cannot_be_read(&error) && lives.journal.is_damaged(&rollout) =>
            {
                let violations = audit.as_ref().map(|audit| audit.broken(at)).unwrap_or_default();
                let entries = audit.as_ref().map(Audit::entries).unwrap_or_default();
                let unreadable = Unreadable { error, entries, world, violations };
                return Err(RehearsalError::Unreadable(Box::new(unreadable)));
            }
            ended => ended?,
        };
        let violations = audit.as_ref().map(|audit| audit.finish(at)).unwrap_or_default();
        // Whoever watched has read the journal to its end.
        let entries = match audit.and_then(Audit::into_entries) {
            Some(entries) => entries,
            None => sim.run(lives.entries())??,
        };
        let turned_away = lives.times_turned_away();
        Ok(Rehearsed { ended, entries, said, world, violations, turned_away })
    }
}

/// Moves a world that says no start of its own to the morning of the plan's first date. What
/// happens in it moves along.
fn begin_before(plan: &PlanBody, mut spec: WorldSpec) -> WorldSpec {
    let lists = plan.checklists.iter().filter_map(|list| list.due);
    let phases = [
        plan.preflight.not_before,
        plan.provision.not_before,
        plan.verify.not_before,
        plan.approval.as_ref().and_then(|approval| approval.not_before),
        plan.shift.not_before,
    ];
    let first: Option<WallTime> = lists.chain(phases.into_iter().flatten()).min();
    if let Some(first) = first
        && spec.start.is_none()
    {
        spec.start = Some(first.before(LEAD));
    }
    spec
}

/// How long a rollout exists before the plan's first date.
const LEAD: Duration = Duration::from_hours(9);
