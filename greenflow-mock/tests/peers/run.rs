//! Runs a plan in a world and keeps what the world knew at every event.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Move, RollbackReason, Write};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::plan::{Limit, Plan, PlanBuilder};
use greenflow_core::value::{Digest, Revision, Side, Split, WallTime, Weight};
use greenflow_mock::script::{Entry as Line, Said, Says};
use greenflow_mock::world::{Cause, Change, Planned, SideChange, Trigger};
use greenflow_mock::{Rehearsal, World, WorldSpec};

/// How many targets each side has in these worlds.
pub(crate) const WHOLE: u32 = 6;

/// What the world knew at one of its events.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) wall: WallTime,
    /// Green's share of the requests, with those that linger.
    pub(crate) green_share: f64,
    /// Green's weight as the router is configured, route by route.
    pub(crate) configured: Vec<u32>,
    pub(crate) green: Targets,
    pub(crate) blue: Targets,
    /// Which side was asked to be removed just now, whether the world refused it or not.
    pub(crate) removed: Option<Side>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Targets {
    pub(crate) running: u32,
    pub(crate) healthy: u32,
}

/// A rollout that has been.
pub(crate) struct Run {
    pub(crate) ended: Ended,
    pub(crate) entries: Vec<Entry>,
    pub(crate) said: Vec<Said>,
    pub(crate) world: World,
    pub(crate) moments: Vec<Moment>,
}

/// A plan without times of day: a suite, an approval, 10/50/100, bake, retention, removal, watch.
pub(crate) fn plan() -> PlanBuilder {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    Plan::builder("shop", Revision::new("registry.example.com/shop", digest))
        .role("lead")
        .rollback_owner("lead")
        .probe("api")
        .suite("e2e")
        .approval_by(["lead"])
        .preset("seed")
        .limit(Limit::error_rate_percent(1))
        .limit(Limit::p95(Duration::from_millis(500)))
        .retain(Duration::from_hours(72))
        .remove_blue()
        .watch(Duration::from_hours(80))
}

/// The plan of `examples/plans/greenflow.toml`.
pub(crate) fn seed_plan() -> Plan {
    Plan::from_toml(&example("plans/greenflow.toml")).unwrap()
}

/// A world of `examples/worlds`.
pub(crate) fn world_file(name: &str) -> WorldSpec {
    WorldSpec::from_toml(&example(&format!("worlds/{name}.toml"))).unwrap()
}

pub(crate) fn example(path: &str) -> String {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples");
    fs::read_to_string(examples.join(path)).unwrap()
}

pub(crate) fn run(plan: PlanBuilder, spec: WorldSpec) -> Run {
    carry_out(plan.build().unwrap(), spec)
}

pub(crate) fn carry_out(plan: Plan, spec: WorldSpec) -> Run {
    let world = World::new(&spec, 1);
    world.learn(plan.body());
    carry_out_on(world, plan, spec, 1)
}

pub(crate) fn carry_out_on(world: World, plan: Plan, spec: WorldSpec, seed: u64) -> Run {
    let moments = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&moments);
    world.observe(move |truth| {
        let targets = |side: Side| {
            let truth = truth.sides.get(side);
            Targets { running: truth.running, healthy: truth.healthy }
        };
        seen.lock().unwrap().push(Moment {
            wall: truth.wall,
            green_share: truth.share.green,
            configured: truth.configured.iter().map(|weights| weights.green).collect(),
            green: targets(Side::Green),
            blue: targets(Side::Blue),
            removed: match &truth.cause {
                Some(Cause::Write(landed)) => landed.removed,
                Some(Cause::Change(_)) | None => None,
            },
        });
    });
    let done = Rehearsal::new(plan, spec).run_on(world, seed).unwrap();
    let moments = moments.lock().unwrap().clone();
    let greenflow_mock::Rehearsed { ended, entries, said, world, .. } = done;
    Run { ended, entries, said, world, moments }
}

impl Run {
    /// When the first fact of this kind was written.
    pub(crate) fn when(&self, wanted: impl Fn(&Fact) -> bool) -> Option<WallTime> {
        self.entries.iter().find(|entry| wanted(&entry.fact)).map(|entry| entry.wall)
    }

    /// When the rollout first went to this phase.
    pub(crate) fn entered(&self, phase: PhaseName) -> Option<WallTime> {
        self.when(|fact| matches!(fact, Fact::Moved(to) if to.target() == Some(phase)))
    }

    /// Why it went back, and when that was decided.
    #[track_caller]
    pub(crate) fn went_back(&self) -> (RollbackReason, WallTime) {
        let back = self.entries.iter().find_map(|entry| {
            let Fact::Moved(Move::RollBack(reason)) = &entry.fact else { return None };
            Some((reason.clone(), entry.wall))
        });
        back.unwrap_or_else(|| panic!("it did not go back: {:?}", self.ended))
    }

    /// When the requests first were seen to be split so.
    pub(crate) fn observed(&self, wanted: Split) -> Option<WallTime> {
        self.when(|fact| matches!(fact, Fact::TrafficObserved { split, .. } if *split == wanted))
    }

    /// How often such a write was intended.
    pub(crate) fn intents(&self, wanted: impl Fn(&Write) -> bool) -> usize {
        let intended =
            |entry: &&Entry| matches!(&entry.fact, Fact::Intent { write, .. } if wanted(write));
        self.entries.iter().filter(intended).count()
    }

    /// How long the requests went on to green after `since`, without those that linger.
    #[track_caller]
    pub(crate) fn until_off_green(&self, since: WallTime) -> Duration {
        let off = |moment: &&Moment| moment.wall >= since && moment.green_share < 0.02;
        self.moments.iter().find(off).map(|moment| moment.wall.since(since)).unwrap()
    }

    /// The largest share of the requests that green ever had.
    pub(crate) fn most_on_green(&self) -> f64 {
        self.moments.iter().map(|moment| moment.green_share).fold(0.0, f64::max)
    }

    /// Green was never made smaller, nor asked to go, while the router was still configured to use it.
    /// The world refuses that, so what was asked is what tells.
    #[track_caller]
    pub(crate) fn green_stood_while_it_served(&self) {
        for moment in &self.moments {
            let served = moment.configured.iter().any(|weight| *weight > 0);
            let stands = moment.green.running >= WHOLE && moment.removed != Some(Side::Green);
            assert!(!served || stands, "{moment:?}");
        }
    }

    /// Blue had all of its targets until this time.
    #[track_caller]
    pub(crate) fn blue_stood_until(&self, end: WallTime) {
        for moment in self.moments.iter().filter(|moment| moment.wall < end) {
            assert!(moment.blue.running >= WHOLE, "{moment:?}");
        }
    }

    /// Every request found somebody to answer it.
    #[track_caller]
    pub(crate) fn nobody_was_left_alone(&self) {
        assert_eq!(self.world.totals().nobody, 0);
    }
}

pub(crate) const fn mins(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// When green first has this share of the requests.
pub(crate) fn green_at(percent: u8) -> Trigger {
    Trigger::green_at(Weight::from_percent(percent).unwrap())
}

/// Something changes about green.
pub(crate) fn green(when: Trigger, change: SideChange) -> Planned {
    Planned::new(when, Change::Side(Side::Green, change))
}

/// Something changes about blue.
pub(crate) fn blue(when: Trigger, change: SideChange) -> Planned {
    Planned::new(when, Change::Side(Side::Blue, change))
}

/// The lead says something.
pub(crate) fn lead(when: Trigger, says: Says) -> Line {
    Line::new(when, "Kim", says).in_role(greenflow_core::value::RoleName::new("lead").unwrap())
}

/// A world in which people also say this.
pub(crate) fn saying(mut spec: WorldSpec, line: Line) -> WorldSpec {
    spec.script.entries.push(line);
    spec
}
