//! What can change in a world, other than by a provider's call.

use std::time::Duration;

use greenflow_core::value::{CheckName, Digest, HookName, MetricName, ProbeName, Side, Split};

use super::behaviour::{CheckBehaviour, Ending, HookBehaviour, MetricsBehaviour, ProbeBehaviour};
use super::fleet::Health;
use super::latency::Latency;
use super::router::Weights;
use super::trigger::Trigger;

/// A change, when it comes, and for how long.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Planned {
    /// When.
    pub when: Trigger,
    /// What.
    pub change: Change,
    /// After how long it is taken back; `None` is never.
    pub lasts: Option<Duration>,
    /// Whether and how often it comes again (F21, F40).
    pub again: Option<Again>,
}

/// How a change comes again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Again {
    /// How long after the last time.
    pub every: Duration,
    /// How many times more.
    pub times: u32,
}

impl Again {
    /// Comes again `times` times, each `every` after the last.
    #[must_use]
    pub const fn new(every: Duration, times: u32) -> Self {
        Self { every, times }
    }
}

impl Planned {
    /// Plans a change.
    #[must_use]
    pub const fn new(when: Trigger, change: Change) -> Self {
        Self { when, change, lasts: None, again: None }
    }

    /// Takes it back after this long.
    #[must_use]
    pub const fn lasting(mut self, span: Duration) -> Self {
        self.lasts = Some(span);
        self
    }

    /// Makes it come again.
    #[must_use]
    pub const fn again(mut self, again: Again) -> Self {
        self.again = Some(again);
        self
    }
}

/// What can change in a world, other than by a provider's call.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum Change {
    /// A side.
    Side(Side, SideChange),
    /// The router.
    Router(RouterChange),
    /// How metrics, probes, checks, hooks and the notifier answer.
    Answer(AnswerChange),
    /// Requests a second (F21, F35).
    Demand(f64),
    /// The new image is not in the registry (F23).
    ImageMissing(bool),
    /// The wall clock jumps by so many milliseconds (F42).
    WallJump(i64),
}

/// What can change about a side.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum SideChange {
    /// The share of its requests that fails (F27, F29, F30).
    Errors(f64),
    /// Its response times (F28).
    Latency(Latency),
    /// How often it has a named event, for each request.
    EventRate(MetricName, f64),
    /// A gauge.
    Gauge(MetricName, f64),
    /// How many requests a second a target carries.
    PerTarget(f64),
    /// How its targets behave (F26).
    Health(Health),
    /// How many targets it has, set by a person or a tool (F20).
    Targets(u32),
    /// How many targets it can have at most (F19).
    Quota(Option<u32>),
    /// So many targets are lost and start anew (F22).
    Lose(u32),
    /// So many targets run another digest (F24); `None` puts the right one back.
    WrongImage(Option<(u32, Digest)>),
    /// A person deletes it (F41).
    Delete,
}

/// What can change about the router.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum RouterChange {
    /// A person or another tool sets the weights of every route (F39, F40).
    Weights(Vec<Weights>),
    /// The same, as one split on every route.
    Split(Split),
    /// How long the data plane takes to follow (F12).
    Propagation(Duration),
    /// Which share lingers on the old side, and for how long (F13).
    Drain(f64, Duration),
}

/// What can change about how the world answers.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the world answers each")]
pub enum AnswerChange {
    /// How the metric source answers (F31-F34, F36).
    Metrics(MetricsBehaviour),
    /// How much later than declared metrics are complete (F33).
    MetricsLate(Duration),
    /// How a probe answers; `None` is every probe (F25, F38).
    Probe(Option<ProbeName>, ProbeBehaviour),
    /// How a check ends.
    Check(CheckName, CheckBehaviour),
    /// How a hook goes.
    Hook(HookName, HookBehaviour),
    /// How the notifier takes notices (F58).
    Notifier(Ending),
}
