//! A rollout in a world, whose controller may die after any fact.

use std::fs;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, join, select};
use greenflow_core::engine::{Engine, EngineError, EventKind, Handle, RunEnd};
use greenflow_core::fact::StartOptions;
use greenflow_core::fact::frame::{ChainHash, RawFrame};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::provider::StoredFrame;
use greenflow_core::value::{Digest, Revision, RolloutId, Who};
use greenflow_mock::oracle::{Audit, Given};
use greenflow_mock::{HandleDesk, MemoryJournal, Sim, World, WorldSpec};

type Run = Pin<Box<dyn Future<Output = Result<RunEnd, EngineError>> + Send>>;

/// A rollout in a world, whose controller may die after any fact.
pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) journal: MemoryJournal,
    pub(crate) engine: Engine,
    pub(crate) rollout: RolloutId,
    /// Every oracle, from the beginning.
    pub(crate) audit: Audit,
    spec: WorldSpec,
    plan: Plan,
}

impl Life {
    pub(crate) fn new(plan: Plan) -> Self {
        let spec = WorldSpec::healthy().without_trace();
        let world = World::new(&spec, 1);
        world.learn(plan.body());
        let journal = world.journal();
        let engine = Engine::single(world.providers(), Arc::new(journal.clone()))
            .with_clock(Arc::new(world.clock()));
        let mut given = Given::of(&spec);
        given.kills = true;
        let rollout = rollout();
        let audit = Audit::attach(&world, &journal, &rollout, given);
        Self { world, journal, engine, rollout, audit, spec, plan }
    }

    /// Runs the rollout, or takes it up again, to its end.
    pub(crate) fn to_the_end(&self) -> Result<RunEnd, EngineError> {
        self.live(None).unwrap()
    }

    /// Runs the rollout, or takes it up again; the controller dies when so many facts are durable.
    /// `None` when it did.
    pub(crate) fn live(&self, until: Option<usize>) -> Option<Result<RunEnd, EngineError>> {
        let (handle, run) = self.begin();
        let mut events = handle.events();
        let desk = HandleDesk::new(handle, self.plan.clone());
        let play = self.spec.script.play(&self.world, &desk, self.plan.body());
        let crash = async {
            let reached = |sequence: u64| until.is_some_and(|until| sequence >= until as u64);
            while let Some(event) = events.next().await {
                if matches!(&event.kind, EventKind::Recorded(entry) if reached(entry.sequence)) {
                    return;
                }
            }
            std::future::pending::<()>().await;
        };
        // The crash is looked for first, so that nothing is done between it and the fact.
        match Sim::new(&self.world).run(select(Box::pin(crash), Box::pin(join(run, play)))) {
            Ok(Either::Left(_)) => None,
            Ok(Either::Right(((end, _), _))) => Some(end),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn frames(&self) -> Vec<StoredFrame> {
        self.journal.frames(&self.rollout)
    }

    /// Puts other frames into the place of what was stored.
    pub(crate) fn put(&self, frames: Vec<StoredFrame>) {
        self.journal.tamper(&self.rollout, |stored| *stored = frames);
    }

    fn begin(&self) -> (Handle, Run) {
        if self.frames().is_empty() {
            let options = StartOptions::new(Who::new("host"));
            let (handle, run) = self.engine.start(self.rollout.clone(), self.plan.clone(), options);
            return (handle, Box::pin(run));
        }
        let (handle, run) = self.engine.resume(self.rollout.clone());
        (handle, Box::pin(run))
    }
}

pub(crate) fn rollout() -> RolloutId {
    RolloutId::new("golden-1").unwrap()
}

/// The plan of `examples/plans/greenflow.toml`.
pub(crate) fn seed_plan() -> Plan {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/plans/greenflow.toml");
    Plan::from_toml(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A plan whose whole journal has at most 64 facts.
pub(crate) fn short_plan() -> Plan {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("shop", Revision::new("registry.example.com/shop", digest))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .keep_blue()
        .build()
        .unwrap()
}

/// The journal of a whole rollout of the short plan.
pub(crate) fn short_journal() -> Vec<StoredFrame> {
    let life = Life::new(short_plan());
    life.to_the_end().unwrap();
    let frames = life.frames();
    assert!((10..=64).contains(&frames.len()), "{}", frames.len());
    frames
}

/// Takes frames apart.
pub(crate) fn apart(frames: &[StoredFrame]) -> Vec<RawFrame> {
    let apart =
        |stored: &StoredFrame| RawFrame::from_bytes(stored.sequence, &stored.frame).unwrap();
    frames.iter().map(apart).collect()
}

/// Makes a chain of frames, as the release that wrote them would have.
pub(crate) fn chained(frames: Vec<RawFrame>) -> Vec<StoredFrame> {
    let mut previous = ChainHash::first(&rollout());
    let link = |(sequence, raw): (u64, RawFrame)| {
        let epoch = raw.epoch;
        let frame = RawFrame { sequence, previous, ..raw }.to_bytes().unwrap();
        previous = ChainHash::after(&frame);
        StoredFrame { sequence, epoch, frame }
    };
    (1..).zip(frames).map(link).collect()
}

/// Puts another fact after the first `after`, as of the same time and epoch.
pub(crate) fn with_another(
    frames: &[StoredFrame],
    after: usize,
    change: impl FnOnce(&mut RawFrame),
) -> Vec<StoredFrame> {
    let mut frames = apart(frames);
    let mut another = frames[after.saturating_sub(1)].clone();
    change(&mut another);
    frames.insert(after, another);
    chained(frames)
}

/// Makes it what a newer release may write and nobody must understand.
pub(crate) fn optional(raw: &mut RawFrame) {
    raw.kind = "weather".to_owned();
    raw.payload = vec![0, 255, 3];
    raw.must_understand = false;
}

/// Makes it what a newer release may write and everybody must understand.
pub(crate) fn essential(raw: &mut RawFrame) {
    raw.kind = "lent".to_owned();
    raw.payload = b"{}".to_vec();
    raw.must_understand = true;
}
