//! A world as data.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::{CheckName, Digest, HookName, ProbeName, WallTime};

use super::file::WorldFileError;
use crate::faults::Fault;
use crate::rehearsal::{Kill, Rival};
use crate::script::Script;
use crate::world::{
    Change, CheckBehaviour, FleetModel, HookBehaviour, Planned, ProbeBehaviour, RouterModel,
    SideModel, Traffic, Trigger,
};

/// A world as data: what is there at the start, what changes, what goes wrong, what people do.
///
/// [`WorldSpec::healthy`] is the world in which nothing goes wrong; everything else is said as a
/// difference from it, here or in a file ([`WorldSpec::from_toml`]).
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct WorldSpec {
    /// What the world is called.
    pub name: String,
    /// What happens in it, for people.
    pub about: String,
    /// How the seed rollout ends in it, if the file says so.
    pub expect: Option<PhaseName>,
    /// The wall time at which it begins; [`begins`](Self::begins) says it when this does not. A
    /// rehearsal moves only a world that says none.
    pub start: Option<WallTime>,
    /// The zone that wall times are read in, and that the day follows.
    pub zone: jiff::tz::TimeZone,
    /// How long every provider call takes.
    pub call_latency: Duration,
    /// A request on green that takes longer is harmed.
    pub latency_limit: Duration,
    /// How many lines the trace keeps; 0 switches it off.
    pub trace_lines: usize,
    /// Whether a probe, check or hook that nobody declared is unknown. Learning a plan sets it.
    pub strict_names: bool,
    /// The demand.
    pub traffic: Traffic,
    /// The router.
    pub router: RouterModel,
    /// Blue.
    pub blue: SideSpec,
    /// How many targets blue has at the start.
    pub blue_targets: u32,
    /// What blue runs.
    pub blue_digest: Digest,
    /// Green, once it is provisioned.
    pub green: SideSpec,
    /// The shortest interval the metric source counts.
    pub metrics_shortest: Duration,
    /// How long after its end an interval is complete.
    pub metrics_delay: Duration,
    /// Probes that do not simply follow their side.
    pub probes: Vec<(ProbeName, ProbeBehaviour)>,
    /// Checks that do not simply pass.
    pub checks: Vec<(CheckName, CheckBehaviour)>,
    /// Hooks that do not simply go well.
    pub hooks: Vec<(HookName, HookBehaviour)>,
    /// What changes.
    pub changes: Vec<Planned>,
    /// What goes wrong with calls.
    pub faults: Vec<Fault>,
    /// What people do.
    pub script: Script,
    /// What is done to the controllers of a [`Rehearsal`](crate::Rehearsal); a world alone has none.
    pub kills: Vec<Kill>,
    /// Who else starts something, in a [`Rehearsal`](crate::Rehearsal).
    pub rivals: Vec<Rival>,
    /// Whether the controller's process ends whenever the rollout waits, as a function's does, in a
    /// [`Rehearsal`](crate::Rehearsal): another begins when it is due, or when somebody speaks.
    pub ends_parked: bool,
}

/// A side as data.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct SideSpec {
    /// How its targets are made.
    pub fleet: FleetModel,
    /// How it answers requests.
    pub model: SideModel,
}

impl WorldSpec {
    /// Reads a world file; `examples/worlds/README.md` documents every key.
    ///
    /// # Errors
    /// Says what is wrong and in which line and column: the first value that cannot be read at all, or
    /// everything that makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, WorldFileError> {
        super::file::read(text)
    }

    /// Returns the wall time at which it begins: 2026-02-09 09:00 in Seoul, unless it says another.
    #[must_use]
    pub fn begins(&self) -> WallTime {
        self.start.unwrap_or(WallTime::from_unix_millis(1_770_595_200_000))
    }

    /// Adds a change.
    #[must_use]
    pub fn with_change(self, when: Trigger, change: Change) -> Self {
        self.with_planned(Planned::new(when, change))
    }

    /// Adds a planned change.
    #[must_use]
    pub fn with_planned(mut self, planned: Planned) -> Self {
        self.changes.push(planned);
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Says how many requests a second there are.
    #[must_use]
    pub const fn with_rate(mut self, rate: f64) -> Self {
        self.traffic.rate = rate;
        self
    }

    /// Says what people do.
    #[must_use]
    pub fn with_script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    /// Kills or stops a controller; each that is said strikes after the one before.
    #[must_use]
    pub fn with_kill(mut self, kill: Kill) -> Self {
        self.kills.push(kill);
        self
    }

    /// Lets somebody come who starts something too.
    #[must_use]
    pub fn with_rival(mut self, rival: Rival) -> Self {
        self.rivals.push(rival);
        self
    }

    /// Lets the controller's process end whenever the rollout waits.
    #[must_use]
    pub const fn ending_parked(mut self) -> Self {
        self.ends_parked = true;
        self
    }

    /// Switches the trace off, for speed.
    #[must_use]
    pub const fn without_trace(mut self) -> Self {
        self.trace_lines = 0;
        self
    }

    /// Returns how long the day has lasted in the world's zone when it begins.
    pub(crate) fn time_of_day(&self) -> Duration {
        let Ok(start) = jiff::Timestamp::from_millisecond(self.begins().as_unix_millis()) else {
            return Duration::ZERO;
        };
        let time = self.zone.to_datetime(start).time();
        let part = |value: i8| u64::from(value.unsigned_abs());
        let seconds = part(time.hour()) * 3600 + part(time.minute()) * 60 + part(time.second());
        Duration::from_secs(seconds)
    }
}
