//! One case as data, so that it can be drawn, shrunk, stored and replayed.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::Weight;
use greenflow_mock::world::Trigger;
use serde::{Deserialize, Serialize};

/// One case: a plan, what the world does, what people say, and when the controller dies.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    /// The world's seed.
    pub(crate) seed: u64,
    pub(crate) plan: Shape,
    pub(crate) base: Base,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) inputs: Vec<Input>,
    /// When the controller is killed, and after how long another one comes; in seconds.
    pub(crate) kills: Vec<(u64, u64)>,
    /// When somebody starts another rollout of the same service.
    pub(crate) intruder: Option<u64>,
    /// When every fault of calls has ended.
    pub(crate) calm_at: u64,
    /// Several controllers; none is one that is taken up again as often as it dies.
    #[serde(default)]
    pub(crate) crew: Vec<Member>,
    /// What happened to the journal of another service's rollout.
    #[serde(default)]
    pub(crate) damage: Option<Damage>,
}

/// One controller of several; times in seconds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Member {
    /// By how many parts in a million its clock runs fast.
    pub(crate) rate: i32,
    /// By how many milliseconds its wall clock is off.
    pub(crate) wall: i64,
    /// For how long its machine had been up.
    pub(crate) up: u64,
    /// When it is killed, and for how long it is away.
    pub(crate) kills: Vec<(u64, u64)>,
    /// When it is stopped, and for how long.
    pub(crate) freezes: Vec<(u64, u64)>,
}

/// What happened to a journal's frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Damage {
    Flip { frame: usize, bit: usize },
    Drop { frame: usize },
    Double { frame: usize },
}

/// The plan, all times in seconds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Shape {
    pub(crate) steps: Vec<(u8, u64)>,
    pub(crate) every: u64,
    pub(crate) consecutive: u32,
    pub(crate) min_requests: u64,
    pub(crate) error_percent: u32,
    pub(crate) minor: bool,
    pub(crate) critical_at: Option<u32>,
    pub(crate) decide: Option<(u64, Otherwise)>,
    pub(crate) p95_millis: Option<u64>,
    pub(crate) approval: Option<(u32, u64, bool)>,
    pub(crate) suites: u32,
    pub(crate) preflight: u32,
    pub(crate) probes: u32,
    pub(crate) items: u32,
    pub(crate) confirm: u32,
    pub(crate) acknowledge: Option<(u64, Otherwise)>,
    pub(crate) bake: u64,
    pub(crate) retain: u64,
    pub(crate) remove: bool,
    pub(crate) retire_check: bool,
    pub(crate) backup: bool,
    pub(crate) watch: u64,
    pub(crate) pause: (u64, Otherwise),
    pub(crate) drift: (u64, Otherwise),
    pub(crate) stalled: (u64, Otherwise),
    pub(crate) no_safe_side: (u64, Otherwise),
    pub(crate) trust: bool,
    pub(crate) unhealthy_blue: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Otherwise {
    Back,
    Stop,
    Proceed,
}

/// What the world is like before anything happens in it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Base {
    pub(crate) rate: u32,
    pub(crate) targets: u32,
    pub(crate) startup: u64,
    pub(crate) propagation: u64,
    pub(crate) drain: u64,
    pub(crate) routes: u8,
    /// 0: late by at most this many seconds; 1: tokens; 2: conditional.
    pub(crate) fence: (u8, u64),
    pub(crate) diligent: bool,
}

/// When something happens.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum When {
    At(u64),
    Phase(PhaseName, u64),
    Green(u8, u64),
}

impl When {
    pub(crate) fn trigger(self) -> Trigger {
        let secs = Duration::from_secs;
        match self {
            Self::At(at) => Trigger::Elapsed(secs(at)),
            Self::Phase(phase, after) => Trigger::Phase { phase, after: secs(after) },
            Self::Green(percent, after) => Trigger::Green {
                at_least: Weight::from_percent(percent).unwrap(),
                after: secs(after),
            },
        }
    }
}

/// Something that goes wrong.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Trouble {
    /// A fault of calls: what, to which operations, from when and for how long, how often.
    Calls {
        ill: Ill,
        on: Vec<u8>,
        from: u64,
        lasts: u64,
        percent: u8,
        /// From when, if not from that second on.
        #[serde(default)]
        when: Option<When>,
    },
    /// A change of the world: when, what, and after how long it is taken back.
    Turn { when: When, turn: Turn, lasts: Option<u64> },
}

/// A kind of fault; numbers are seconds or counts.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Ill {
    Throttle(u64),
    TimeoutLost,
    TimeoutApplied,
    TimeoutLate(u64),
    AckLost,
    Duplicate(u32, u64),
    AppliedLate(u64),
    Partial(u32),
    StaleRead(u64),
    Slow(u64),
    /// The same, in milliseconds.
    SlowMillis(u64),
    Hang,
    NotFound,
    Denied,
    Malformed,
    Misses(u32),
    Outage,
    Full,
    NearlyFull,
    AnswerLost,
}

/// A change of the world; shares in parts per thousand. `bool` is whether it is about blue.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Turn {
    Errors(bool, u32),
    Slow(bool, u64),
    Never(bool),
    CrashLoop(bool, u64, u64),
    Lose(bool, u32),
    Targets(bool, u32),
    Quota(u32),
    WrongImage(u32),
    Delete(bool),
    Split(u8),
    Weights(u32, u32, u32),
    Propagation(u64),
    Demand(u32),
    Metrics(Metrics),
    MetricsLate(u64),
    ProbeFails(u8),
    SuiteFails(u8),
    CheckFails(u8),
    /// A check that neither passes nor fails: which, and whether it ran.
    CheckSaysNothing(u8, bool),
    HookFails,
    Notifier(bool),
    ImageMissing,
    WallJump(i64),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Metrics {
    Missing,
    NotANumber,
    Empty,
    Nonsense,
    Stale(u64),
    Stuck,
    Swapped,
    Error,
    Hangs,
}

/// Something that an operator says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Input {
    pub(crate) when: When,
    pub(crate) word: Word,
    /// Of how many letters their name and their reason are, if that is out of the ordinary.
    #[serde(default)]
    pub(crate) letters: Option<usize>,
}

impl Input {
    pub(crate) const fn new(when: When, word: Word) -> Self {
        Self { when, word, letters: None }
    }
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Word {
    Pause,
    Resume,
    Promote,
    PromoteFull,
    Abort,
    Rollback,
    Approve(u8),
    ApproveAnother,
    Reject,
    Acknowledge(u8),
    Extend(u64),
    RetireNow,
}

pub(crate) const ROLES: [&str; 3] = ["lead", "ops", "data"];
