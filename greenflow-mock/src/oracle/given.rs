//! What a world was made to do, and so may not be blamed for.

use std::time::Duration;

use greenflow_core::provider::Fence;

use crate::faults::{Fault, FaultKind};
use crate::provider::Operation;
use crate::world::{AnswerChange, Change, MetricsBehaviour, RouterChange, SideChange};
use crate::{Kill, WorldSpec};

/// What a world was made to do over its whole life. Oracles excuse by it what no controller could
/// have known or helped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Given {
    /// The balancer returns old configurations (F10, F11).
    pub old_reads: bool,
    /// The balancer cannot always be read.
    pub no_reads: bool,
    /// The targets cannot always be read, or not all of them (F18).
    pub blind: bool,
    /// Targets that are well are left out of what is read (F18).
    pub undercounts: bool,
    /// The metric source does not always tell the truth in time (F31 to F36).
    pub no_metrics: bool,
    /// The notifier does not always take what it is handed (F58).
    pub no_notifier: bool,
    /// Writes take effect late, twice, or out of order (F4, F6, F7).
    pub late_writes: bool,
    /// Writes take effect later than the balancer declares (F4x).
    pub too_late_writes: bool,
    /// A balancer that fences by what it was told acknowledges what it has not carried out, or not yet
    /// (F5, F7): its fence knows nothing of that.
    pub hollow_fence: bool,
    /// Requests follow the configuration later than the balancer declares that writes take effect, and
    /// than they are watched for.
    pub late_requests: bool,
    /// The journal fails (F50, F51, F56).
    pub no_journal: bool,
    /// Another hand changes the router (F39, F40).
    pub other_hand: bool,
    /// Blue itself is damaged (F20, F22, F30, F41).
    pub bad_blue: bool,
    /// The wall clock jumps (F42).
    pub jumps: bool,
    /// A controller's wall clock is off from its beginning, so that nothing it sees tells.
    pub off_clocks: bool,
    /// Acknowledged writes take effect later, again, or out of order (F5 to F7).
    pub doubled_writes: bool,
    /// A controller is killed or stopped, and comes back or another takes over.
    pub kills: bool,
    /// Another controller is up and looks for rollouts all the time.
    pub standby: bool,
    /// Controllers are stopped, with calls of theirs under way, while others act.
    pub stopped: bool,
    /// By how much controllers' clocks run fast at most, in parts in a million (F43).
    pub fast_by: u32,
    /// The journal of another service's rollout is damaged (F53).
    pub damaged: bool,
}

impl Given {
    /// Reads off a spec what its world will do. What is done to the world beside it must be added.
    #[must_use]
    pub fn of(spec: &WorldSpec) -> Self {
        let mut given = Self::default();
        given.requests(spec.router.propagation, spec.router.fence);
        for fault in &spec.faults {
            given.fault(fault, spec.router.fence);
        }
        for planned in &spec.changes {
            given.change(&planned.change, spec.router.fence);
        }
        given.kills(&spec.kills, spec.router.fence);
        given.kills |= spec.ends_parked;
        given
    }

    /// Adds what is done to the controllers of a rehearsal.
    pub(crate) fn kills(&mut self, kills: &[Kill], fence: Fence) {
        self.kills |= !kills.is_empty();
        let rates = kills.iter().map(|kill| u32::try_from(kill.rate).unwrap_or(0));
        self.fast_by = self.fast_by.max(rates.max().unwrap_or(0));
        self.jumps |= kills.iter().any(|kill| kill.rate != 0);
        let Some(longest) = kills.iter().filter_map(|kill| kill.stopped_for).max() else { return };
        // A call that was under way when its controller was stopped goes on with it.
        (self.stopped, self.late_writes, self.doubled_writes) = (true, true, true);
        if let Fence::Late { bound } = fence {
            self.too_late_writes |= longest + LEASE >= bound;
        }
    }

    fn fault(&mut self, fault: &Fault, fence: Fence) {
        let on = |operation| fault.concerns(operation);
        self.old_reads |= matches!(fault.kind, FaultKind::StaleRead { .. });
        self.no_reads |= on(Operation::ReadSplit);
        self.blind |= on(Operation::Describe);
        self.undercounts |= matches!(fault.kind, FaultKind::Misses { .. });
        self.no_metrics |= on(Operation::Sample);
        self.no_notifier |= on(Operation::Notify);
        self.no_journal |= Operation::ALL.iter().any(|op| op.is_journal() && on(*op));
        self.doubled_writes |= matches!(
            fault.kind,
            FaultKind::Duplicate { .. } | FaultKind::AppliedLate { .. } | FaultKind::AckLost
        );
        let hollow = matches!(fault.kind, FaultKind::AppliedLate { .. } | FaultKind::AckLost);
        self.hollow_fence |= hollow && !matches!(fence, Fence::Late { .. });
        let late = match fault.kind {
            FaultKind::TimeoutLate { after } | FaultKind::AppliedLate { after } => Some(after),
            FaultKind::Duplicate { times, spacing } => Some(spacing * times),
            FaultKind::Throttle { .. }
            | FaultKind::TimeoutLost
            | FaultKind::TimeoutApplied
            | FaultKind::AckLost
            | FaultKind::Partial { .. }
            | FaultKind::StaleRead { .. }
            | FaultKind::Slow { .. }
            | FaultKind::Hang
            | FaultKind::NotFound
            | FaultKind::Denied
            | FaultKind::Expired
            | FaultKind::Malformed
            | FaultKind::Misses { .. }
            | FaultKind::Outage
            | FaultKind::Full
            | FaultKind::NearlyFull
            | FaultKind::SyncFailed
            | FaultKind::AnswerLost => None,
        };
        self.late_writes |= late.is_some();
        if let (Some(late), Fence::Late { bound }) = (late, fence) {
            self.too_late_writes |= late > bound;
        }
    }

    /// Notes how long requests take to follow.
    fn requests(&mut self, after: Duration, fence: Fence) {
        self.late_requests |= after > fence.late_effect_bound().max(QUIET);
    }

    fn change(&mut self, change: &Change, fence: Fence) {
        match change {
            Change::Router(RouterChange::Weights(_) | RouterChange::Split(_)) => {
                self.other_hand = true;
            }
            Change::Router(RouterChange::Propagation(after)) => self.requests(*after, fence),
            Change::Router(RouterChange::Drain(..))
            | Change::Demand(_)
            | Change::ImageMissing(_) => {}
            Change::Side(side, change) => {
                let blue = *side == greenflow_core::value::Side::Blue;
                let body = match change {
                    SideChange::Health(_)
                    | SideChange::Targets(_)
                    | SideChange::Quota(_)
                    | SideChange::Lose(_)
                    | SideChange::Delete
                    | SideChange::PerTarget(_)
                    | SideChange::WrongImage(_) => true,
                    SideChange::Errors(_)
                    | SideChange::Latency(_)
                    | SideChange::EventRate(..)
                    | SideChange::Gauge(..) => false,
                };
                self.bad_blue |= blue && body;
            }
            Change::Answer(AnswerChange::Metrics(MetricsBehaviour::True)) => {}
            Change::Answer(AnswerChange::Metrics(_) | AnswerChange::MetricsLate(_)) => {
                self.no_metrics = true;
            }
            Change::Answer(AnswerChange::Notifier(_)) => self.no_notifier = true,
            Change::Answer(
                AnswerChange::Probe(..) | AnswerChange::Check(..) | AnswerChange::Hook(..),
            ) => {}
            Change::WallJump(_) => self.jumps = true,
        }
    }
}

/// How long a side must have been without requests before it is removed.
const QUIET: Duration = Duration::from_secs(60);
/// How long a lease lasts.
const LEASE: Duration = Duration::from_secs(15);
