//! What a phase has at hand while it decides, and where it puts what it decided.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::observe::Observations;
use super::state::State;
use super::{PhaseName, Read, ReadOrder, WaitReason};
use crate::fact::{Fact, HoldReason, Judged, Move, RollbackReason, Scope, Write};
use crate::judge::{Judge, Judgement};
use crate::plan::{Analysis, Bound, PlanBody, WaitPolicy};
use crate::provider::{Audience, Notice, NoticeKey, NoticeKind, ObservedSplit, Sides};
use crate::value::{EffectId, Now, RoleName, Severity, Timestamp, Verdict, WallTime};

/// What a phase has at hand while it decides, and where it puts what it decided.
pub(super) struct Cx<'a> {
    pub(super) state: &'a State,
    pub(super) seen: &'a mut Observations,
    pub(super) judge: &'a dyn Judge,
    pub(super) now: Now,
    pub(super) out: Decided,
}

/// What a phase decided.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) facts: Vec<Fact>,
    pub(super) reads: Vec<ReadOrder>,
    pub(super) stops: Vec<EffectId>,
    pub(super) wake: Option<Timestamp>,
    pub(super) reason: WaitReason,
}

impl<'a> Cx<'a> {
    pub(super) fn new(
        state: &'a State,
        seen: &'a mut Observations,
        judge: &'a dyn Judge,
        now: Now,
    ) -> Self {
        Self { state, seen, judge, now, out: Decided::default() }
    }

    pub(super) fn plan(&self) -> &'a PlanBody {
        self.state.plan()
    }

    /// Returns whether something was decided already; then nothing more is, until it is folded.
    pub(super) fn decided(&self) -> bool {
        !self.out.facts.is_empty()
    }

    pub(super) fn fact(&mut self, fact: Fact) {
        self.out.facts.push(fact);
    }

    /// Goes to another phase. What was counted until now is written down first.
    pub(super) fn go(&mut self, to: Move) {
        self.write_down(None);
        self.fact(Fact::Moved(to));
    }

    /// Says what the rollout waits for; the last word counts.
    pub(super) fn waits_for(&mut self, what: impl Into<WaitReason>) {
        self.out.reason = what.into();
    }

    pub(super) fn wake_at(&mut self, at: Timestamp) {
        let at = at.max(self.now.at.after(Duration::from_millis(1)));
        self.out.wake = Some(self.out.wake.map_or(at, |wake| wake.min(at)));
    }

    /// Wakes at a time of day, or in an hour: the wall clock may be moved meanwhile.
    pub(super) fn wake_wall(&mut self, wall: WallTime) {
        let pause = wall.since(self.now.wall).min(Duration::from_secs(3600));
        self.wake_at(self.now.at.after(pause));
    }

    /// Returns whether an earlier write of ours may still land; if so, wakes when none can any more.
    pub(super) fn may_land(&mut self) -> bool {
        let late = self.state.traffic.late_until;
        let may_land = self.now.at < late;
        if may_land {
            self.wake_at(late);
        }
        may_land
    }

    /// Returns whether a phase may begin; if not, wakes when it may.
    pub(super) fn may_begin(&mut self, not_before: Option<WallTime>) -> bool {
        if self.state.started().options.start_now {
            return true;
        }
        match not_before {
            Some(time) if self.now.wall < time => {
                self.wake_wall(time);
                false
            }
            Some(_) | None => true,
        }
    }

    /// Makes a write, unless one of its kind is under way.
    pub(super) fn write(&mut self, write: Write) {
        if self.state.pending(write.name()).is_none() {
            let id = self.state.next_effect;
            self.fact(Fact::Intent { id, write });
        }
    }

    /// Tells a write to stop retrying.
    pub(super) fn stop(&mut self, id: EffectId) {
        if self.seen.stopping.insert(id) {
            self.out.stops.push(id);
        }
    }

    /// Freezes the shift: a raise that is under way is not tried again.
    pub(super) fn freeze(&mut self) {
        if let Some(id) = self.state.pending("raise") {
            self.stop(id);
        }
    }

    /// Reads the split, unless the last reading was asked for at or after `oldest`.
    pub(super) fn split_since(&mut self, oldest: Timestamp) -> Option<&ObservedSplit> {
        if self.seen.split.since(oldest).is_none() {
            self.poll_split(self.now.at.since(oldest));
        }
        self.seen.split.since(oldest)
    }

    /// Reads the split, unless the last reading is fresh and newer than the last failure of this kind
    /// of write: what was refused may have been refused for what a reading shows.
    pub(super) fn split_now(&mut self, before: &str) -> Option<&ObservedSplit> {
        let fresh = u64::try_from(self.plan().timing.fresh.as_millis()).unwrap_or(u64::MAX);
        let lately = self.now.at.as_millis().saturating_sub(fresh);
        let failed = self.state.failed.get(before).map_or(Timestamp::ZERO, |failed| failed.at);
        self.split_since(Timestamp::from_millis(lately).max(failed))
    }

    /// Reads the split whenever the last reading is older than `age`.
    pub(super) fn poll_split(&mut self, age: Duration) {
        let due = self.seen.split.due(age);
        if self.seen.split.is_asked() {
            return;
        }
        if due > self.now.at {
            self.wake_at(due);
            return;
        }
        self.seen.split.ask(self.now.at);
        self.read(Read::Split);
    }

    /// Reads the sides, unless the last reading was asked for at or after `oldest`.
    pub(super) fn sides_since(&mut self, oldest: Timestamp) -> Option<&Sides> {
        if self.seen.sides.since(oldest).is_none() {
            self.poll_sides(self.now.at.since(oldest));
        }
        self.seen.sides.since(oldest)
    }

    /// Reads the sides whenever the last reading is older than `age`.
    pub(super) fn poll_sides(&mut self, age: Duration) {
        let due = self.seen.sides.due(age);
        if self.seen.sides.is_asked() {
            return;
        }
        if due > self.now.at {
            self.wake_at(due);
            return;
        }
        self.seen.sides.ask(self.now.at);
        self.read(Read::Sides);
    }

    /// Takes samples of `every` length, judged by `analysis`.
    pub(super) fn sample(
        &mut self,
        scope: Scope,
        analysis: &Analysis,
        every: Duration,
        clip: Option<WallTime>,
    ) {
        let now = self.now;
        self.seen.sampler.enter(scope, analysis, self.judge, now.at);
        if self.seen.sampler.cursor.is_none() {
            let from = self.state.sampled_until.unwrap_or(now.wall);
            // A wall clock that was set back must not ask again for what was measured before.
            let tie = self.seen.sampler.tie;
            let source = tie.map_or(now.wall, |tie| tie.wall_time(now.at).max(now.wall));
            self.seen.sampler.cursor = Some(from.min(source));
        }
        if self.seen.sampler.asked {
            return;
        }
        let not_before = self.seen.sampler.not_before();
        if not_before > now.at {
            self.wake_at(not_before);
            return;
        }
        let source = &self.state.started().capabilities.metrics;
        let (shortest, delay) = (source.shortest, source.delay);
        let Some((start, end)) = self.seen.sampler.next(every, shortest, clip) else { return };
        let ready = end.after(delay);
        if now.wall < ready {
            self.wake_wall(ready);
            return;
        }
        self.seen.sampler.asked = true;
        let read = Read::Sample {
            start,
            end,
            thresholds: thresholds(analysis),
            metrics: metrics(analysis),
        };
        self.read(read);
    }

    /// Says that the wall clock here is why measurements stay away, if it is.
    pub(super) fn clock_behind(&self) -> Option<String> {
        self.seen.sampler.clock_behind(self.now).map(super::words::clock_behind)
    }

    pub(super) fn judgement(&self, analysis: &Analysis) -> Option<Arc<Judgement>> {
        let sampler = &self.seen.sampler;
        let own = sampler.scope().and_then(|scope| self.analysis_of(scope));
        if own.is_some_and(|own| std::ptr::eq(own, analysis)) {
            return sampler.judgement.clone();
        }
        sampler.judged_by(analysis, self.judge).map(Arc::new)
    }

    pub(super) fn read(&mut self, read: Read) {
        let timing = &self.plan().timing;
        let back = self.state.phase().name() == PhaseName::RollingBack;
        let deadline = if back { timing.rollback_read } else { timing.forward_read };
        self.out.reads.push(ReadOrder { read, deadline });
    }

    pub(super) fn read_within(&mut self, read: Read, deadline: Duration) {
        self.out.reads.push(ReadOrder { read, deadline });
    }

    /// Writes down what was counted since the last time, with the verdict of now.
    pub(super) fn write_down(&mut self, verdict: Option<Verdict>) {
        let sampler = &self.seen.sampler;
        let (Some(scope), Some(from), Some(until)) =
            (sampler.scope(), sampler.tally_from, sampler.cursor)
        else {
            return;
        };
        if self.out.facts.iter().any(|fact| matches!(fact, Fact::Judged(_))) {
            return;
        }
        let judgement = self.analysis_of(scope).and_then(|analysis| self.judgement(analysis));
        // Before anything is touched it is blue that is judged.
        let (last, findings) = match judgement {
            Some(judgement) if scope == Scope::Preflight => {
                (judgement.blue, self.seen.sampler.blue_findings())
            }
            Some(judgement) => (judgement.last, judgement.findings.clone()),
            None => (Verdict::Unknown, Vec::new()),
        };
        let judged = Judged {
            scope,
            verdict: verdict.unwrap_or(last),
            findings,
            from,
            until,
            source_ahead: self.seen.sampler.tie.map(|tie| tie.ahead(self.now.at)),
            totals: self.seen.sampler.tally,
        };
        self.fact(Fact::Judged(judged));
    }

    /// Returns the analysis of a part of the rollout.
    pub(super) fn analysis_of(&self, scope: Scope) -> Option<&'a Analysis> {
        let plan = self.plan();
        Some(match scope {
            Scope::Preflight | Scope::Shift | Scope::Rollback => &plan.shift.analysis,
            Scope::Bake => &plan.bake.analysis,
            Scope::Watch => &plan.watch.analysis,
        })
    }

    /// Queues a notice, once an occasion and audience.
    pub(super) fn notify(
        &mut self,
        kind: NoticeKind,
        audience: Audience,
        occasion: &str,
        text: impl Into<String>,
    ) {
        let rollout = &self.state.started().rollout;
        let key = NoticeKey(format!("{rollout}/{occasion}/{audience}"));
        let queued = |fact: &Fact| matches!(fact, Fact::NoticeQueued(old) if old.key == key);
        if self.state.notice_keys.contains(&key) || self.out.facts.iter().any(queued) {
            return;
        }
        let text = text.into().chars().take(LONGEST_TEXT).collect();
        self.fact(Fact::NoticeQueued(Notice { key, kind, audience, text }));
    }

    /// Pages whoever owns waits and rollbacks.
    pub(super) fn page(&mut self, occasion: &str, text: impl Into<String>) {
        let owner = self.plan().people.rollback_owner.clone();
        let audience = owner.map_or(Audience::Team, Audience::Role);
        self.notify(NoticeKind::Page, audience, occasion, text);
    }

    /// Notes an issue in the record, once.
    pub(super) fn issue(
        &mut self,
        severity: Severity,
        what: impl Into<String>,
        done: impl Into<String>,
    ) {
        let what: String = what.into().chars().take(LONGEST_TEXT).collect();
        let noted =
            |fact: &Fact| matches!(fact, Fact::IssueNoted { what: old, .. } if *old == what);
        if self.state.issues.contains(&what)
            || self.state.issues.len() >= MOST_ISSUES
            || self.out.facts.iter().any(noted)
        {
            return;
        }
        self.fact(Fact::IssueNoted { severity, what, done: done.into() });
    }

    /// Stops for a while, and tells whose turn it is.
    pub(super) fn hold(&mut self, reason: HoldReason, policy: &WaitPolicy) {
        let owner = self.owner(policy);
        let occasion = format!("held/{}/{}", reason.name(), self.state.head);
        let text = format!(
            "{reason}; without an answer in {} the rollout will {}",
            crate::value::duration::format(policy.within),
            super::words::otherwise(policy.otherwise)
        );
        let audience = owner.clone().map_or(Audience::Team, Audience::Role);
        self.notify(NoticeKind::Page, audience, &occasion, text);
        self.issue(Severity::Major, reason.to_string(), "the rollout was held");
        let WaitPolicy { within, otherwise, .. } = policy.clone();
        self.go(Move::Hold { reason, owner, within, otherwise });
    }

    fn owner(&self, policy: &WaitPolicy) -> Option<RoleName> {
        policy.owner.clone().or_else(|| self.plan().people.rollback_owner.clone())
    }

    /// Goes back to blue. The alert is queued before the first write of the way back.
    pub(super) fn roll_back(&mut self, reason: RollbackReason) {
        let text = format!("rolling back to blue: {}", reason.text);
        let kind = match reason.severity {
            Severity::Critical => NoticeKind::Page,
            Severity::Major | Severity::Minor => NoticeKind::Alert,
        };
        let occasion = format!("rollback/{}", self.state.head);
        self.notify(kind, Audience::Channel, &occasion, text);
        self.page(&occasion, format!("rolling back to blue: {}", reason.text));
        self.go(Move::RollBack(reason));
    }

    /// Returns the roles of `roles` that are not among `given`.
    pub(super) fn missing(roles: &[RoleName], given: &BTreeSet<RoleName>) -> Vec<String> {
        roles.iter().filter(|role| !given.contains(role)).map(ToString::to_string).collect()
    }
}

/// The longest text of a notice or an issue, in characters.
const LONGEST_TEXT: usize = 1000;
/// The most issues that one rollout keeps.
const MOST_ISSUES: usize = 64;

fn thresholds(analysis: &Analysis) -> Vec<Duration> {
    let mut all: Vec<Duration> = Vec::new();
    for limit in &analysis.limits {
        if let Bound::SlowerThan { than, .. } = limit.bound
            && !all.contains(&than)
        {
            all.push(than);
        }
    }
    all
}

fn metrics(analysis: &Analysis) -> Vec<crate::value::MetricName> {
    let named = analysis.limits.iter().filter_map(|limit| match limit.bound {
        Bound::Events { .. } | Bound::Gauge { .. } => Some(limit.metric.clone()),
        Bound::ErrorRate { .. } | Bound::SlowerThan { .. } | Bound::Throughput { .. } => None,
    });
    named.chain(analysis.recorded.iter().cloned()).collect()
}
