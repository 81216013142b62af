//! The measurements: what was asked for, what came, and what it amounts to.

use std::sync::Arc;
use std::time::Duration;

use super::{Quiet, Share, Tie};
use crate::fact::{Finding, Scope, Totals};
use crate::judge::{Judge, JudgeState, Judgement};
use crate::plan::{Analysis, Bound};
use crate::provider::IntervalSample;
use crate::value::{Now, Side, Timestamp, Verdict, WallTime};

/// The measurements since this controller began.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::machine) struct Sampler {
    /// Where the next sample begins: where the last one ended, or later.
    pub(in crate::machine) cursor: Option<WallTime>,
    /// The end of the last accepted sample.
    pub(in crate::machine) taken: Option<WallTime>,
    /// How the source's wall time and rollout time belong together, whatever the wall clock here does.
    pub(in crate::machine) tie: Option<Tie>,
    /// Whether a sample is under way.
    pub(in crate::machine) asked: bool,
    /// Failures in a row, and when the last came.
    failures: u32,
    failed_at: Option<Timestamp>,
    /// What they say in the present part of the rollout.
    judged: Option<(Scope, JudgeState)>,
    /// What that amounts to, by the limits of that part.
    pub(in crate::machine) judgement: Option<Arc<Judgement>>,
    /// When something was last known: an accepted sample in which every limit was measured.
    pub(in crate::machine) known_at: Timestamp,
    /// What was counted since the last fact about it.
    pub(in crate::machine) tally: Totals,
    pub(in crate::machine) tally_from: Option<WallTime>,
    /// Requests on green since the present hold began.
    pub(in crate::machine) green_since: u64,
    /// Requests on both sides in the last sample, and how long it was.
    pub(in crate::machine) demand: Option<(u64, Duration)>,
    /// What the requests show of the split since it was read back.
    pub(in crate::machine) share: Share,
    /// How long each side has got nothing.
    pub(in crate::machine) quiet_blue: Quiet,
    pub(in crate::machine) quiet_green: Quiet,
    /// The beginning of the evidence for the present split: no interval reaches across it.
    pub(in crate::machine) boundary: Option<Now>,
}

/// The response time above which a request counts as slow, if the analysis names one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::machine) struct SlowLimit(pub(in crate::machine) Option<u64>);

impl SlowLimit {
    /// The tightest response-time limit.
    pub(in crate::machine) fn of(analysis: &Analysis) -> Self {
        let limits = analysis.limits.iter().filter_map(|limit| match &limit.bound {
            Bound::SlowerThan { than, .. } => u64::try_from(than.as_millis()).ok(),
            Bound::ErrorRate { .. }
            | Bound::Events { .. }
            | Bound::Gauge { .. }
            | Bound::Throughput { .. } => None,
        });
        Self(limits.min())
    }
}

impl Sampler {
    /// Begins another part of the rollout, judged by other limits, unless it is the present one.
    pub(in crate::machine) fn enter(
        &mut self,
        scope: Scope,
        analysis: &Analysis,
        judge: &dyn Judge,
        now: Timestamp,
    ) {
        if self.judged.as_ref().is_some_and(|(present, _)| *present == scope) {
            return;
        }
        // Nothing is known in a part that has no sample yet; `take` keeps older ones out.
        self.judged = Some((scope, judge.start(analysis)));
        self.judgement = self.judged_by(analysis, judge).map(Arc::new);
        self.known_at = now;
    }

    /// Leaves what was judged so far to the person who says to go on in spite of it: only what is
    /// measured from now on counts.
    pub(in crate::machine) fn judge_anew(&mut self) {
        (self.judged, self.judgement) = (None, None);
    }

    /// Begins the evidence for another split: no interval from here on reaches back before now.
    pub(in crate::machine) fn begin_evidence(&mut self, now: Now) {
        self.boundary = Some(now);
        self.share.clear();
    }

    /// Returns whether the next sample begins before the evidence for the present split.
    pub(in crate::machine) fn is_before_evidence(&self) -> bool {
        let boundary = self.boundary.map(|boundary| boundary.wall);
        self.cursor.zip(boundary).is_some_and(|(cursor, boundary)| cursor < boundary)
    }

    /// Begins to measure now, leaving out the time before.
    pub(in crate::machine) fn restart(&mut self, wall: WallTime) {
        self.cursor = Some(self.cursor.map_or(wall, |cursor| cursor.max(wall)));
        self.share.clear();
    }

    /// Returns the next interval to ask for, and the wall time from which on it can be answered.
    ///
    /// It ends at the beginning of the present evidence or at `clip` where one of them comes
    /// first, unless that would make it shorter than the source's `shortest`: then it reaches
    /// just across, and is no evidence for the split.
    pub(in crate::machine) fn next(
        &self,
        every: Duration,
        shortest: Duration,
        clip: Option<WallTime>,
    ) -> Option<(WallTime, WallTime)> {
        let start = self.cursor?;
        let least = start.after(shortest);
        let boundary = self.boundary.map(|now| now.wall);
        let edges = [boundary, clip].into_iter().flatten().filter(|edge| *edge > start);
        let end = edges.map(|edge| edge.max(least)).fold(start.after(every), WallTime::min);
        Some((start, end.max(least)))
    }

    /// Returns before when not to ask again after failures: 1, 2, 4, then 8 s.
    pub(in crate::machine) fn not_before(&self) -> Timestamp {
        let pause = Duration::from_secs(1 << self.failures.saturating_sub(1).min(3));
        self.failed_at.map_or(Timestamp::ZERO, |at| at.after(pause))
    }

    /// Notes that no usable sample came.
    pub(in crate::machine) fn missed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now);
    }

    /// Takes a sample into account.
    pub(in crate::machine) fn take(
        &mut self,
        sample: &IntervalSample,
        analysis: &Analysis,
        judge: &dyn Judge,
        now: Timestamp,
    ) {
        let stale = self.cursor.is_some_and(|cursor| sample.start < cursor);
        let Some((scope, state)) = &self.judged else { return };
        let Some(next) = judge.step(analysis, state, sample).ok().filter(|_| !stale) else {
            self.missed(now);
            return;
        };
        self.judged = Some((*scope, next));
        self.failures = 0;
        self.failed_at = None;
        (self.cursor, self.taken) = (Some(sample.end), Some(sample.end));
        let tie = Tie::of(sample.end, now);
        self.tie = Some(self.tie.map_or(tie, |before| before.or(tie)));
        self.tally_from = self.tally_from.or(Some(sample.start));
        self.tally.add_sample(sample, SlowLimit::of(analysis).0);
        let requests = |side| sample.side(side).map_or(0, |counts| counts.requests);
        self.green_since = self.green_since.saturating_add(requests(Side::Green));
        self.demand = Some((
            requests(Side::Blue).saturating_add(requests(Side::Green)),
            sample.end.since(sample.start),
        ));
        if self.boundary.is_none_or(|boundary| sample.start >= boundary.wall) {
            self.share.add(sample);
        }
        self.quiet_blue.add(sample, Side::Blue);
        self.quiet_green.add(sample, Side::Green);
        self.judgement = self.judged_by(analysis, judge).map(Arc::new);
        if self.judgement.as_ref().is_some_and(|judgement| judgement.last != Verdict::Unknown) {
            self.known_at = now;
        }
    }

    /// Returns up to which rollout time the samples reach, from a source that answers `delay` after the
    /// end of an interval.
    ///
    /// Both the wall clock and the samples before must say so: where the clock was set back, it takes
    /// what is old for new.
    pub(in crate::machine) fn reached(&self, now: Now, delay: Duration) -> Option<Timestamp> {
        let by_clock = now.at.before(now.wall.since(self.taken?));
        self.reached_by_samples(now, delay).map(|by_samples| by_samples.min(by_clock))
    }

    /// Returns the same by the samples alone: where the wall clock runs ahead it tells those that come
    /// as they should from a source that has fallen behind.
    pub(in crate::machine) fn reached_by_samples(
        &self,
        now: Now,
        delay: Duration,
    ) -> Option<Timestamp> {
        let (taken, tie) = (self.taken?, self.tie?);
        Some(tie.rollout_time(taken.before(delay), now.at))
    }

    /// Returns how long green has been measured to get nothing since a moment, with the same care.
    pub(in crate::machine) fn green_quiet_since(
        &self,
        at: Timestamp,
        now: Now,
        delay: Duration,
    ) -> Duration {
        let by_clock = now.wall.before(now.at.since(at));
        let by_samples = self.tie.map_or(by_clock, |tie| tie.wall_time(at).after(delay));
        self.quiet_green.lasts(by_clock.max(by_samples))
    }

    /// Returns by how much the wall clock here is behind the source's at least, where that is why
    /// measurements stay away.
    pub(in crate::machine) fn clock_behind(&self, now: Now) -> Option<Duration> {
        let behind = self.tie?.wall_time(now.at).since(now.wall);
        (behind >= FAR_BEHIND).then_some(behind)
    }

    /// Returns what the samples of the present part amount to by these limits.
    pub(in crate::machine) fn judged_by(
        &self,
        analysis: &Analysis,
        judge: &dyn Judge,
    ) -> Option<Judgement> {
        self.judged.as_ref().map(|(_, state)| judge.judgement(analysis, state))
    }

    /// Returns what the last sample said of blue, limit by limit.
    pub(in crate::machine) fn blue_findings(&self) -> Vec<Finding> {
        self.judged.as_ref().map(|(_, state)| state.blue_findings.clone()).unwrap_or_default()
    }

    /// Returns the present part.
    pub(in crate::machine) fn scope(&self) -> Option<Scope> {
        self.judged.as_ref().map(|(scope, _)| *scope)
    }

    /// Forgets what has just been written down.
    pub(in crate::machine) fn written(&mut self) {
        self.tally = Totals::default();
        self.tally_from = None;
    }
}

/// By so much a clock may be behind before people are told.
const FAR_BEHIND: Duration = Duration::from_secs(60);
