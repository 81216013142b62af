//! How the machine is driven by its own decisions: begin, decide, fold, wait.

use std::time::Duration;

use super::cx::{Cx, Decided};
use super::machine::Machine;
use super::phases::Phase;
use super::state::State;
use super::{Action, Command, Ended, Handled, Output, Wait, WaitReason, WriteOrder, decide};
use crate::fact::{Entry, Fact, Move, Write};
use crate::provider::Fence;
use crate::value::{ControllerId, EffectId, Now, Timestamp};

impl Machine {
    /// A controller begins: what an earlier one had under way is taken up again, reads first.
    ///
    /// Of a rollout that only waits this is written down when there is more to write: else each
    /// of the hundreds of wakes of a long watch would leave a fact.
    pub(super) fn begin(&mut self, now: Now, controller: ControllerId) {
        self.began = true;
        // What was measured before says nothing of what this controller will have seen.
        self.seen.sampler.begin_evidence(now);
        self.seen.sampler.tie = self.state.tie_after(now.at.since(self.state.at));
        self.seen.attended = matches!(self.state.phase, Phase::Stuck(_));
        if self.outcome().is_some_and(|ended| ended != Ended::Stuck) {
            return;
        }
        let resumed: Vec<_> =
            self.state.writes.iter().map(|(id, pending)| (*id, pending.write.clone())).collect();
        let unsent: Vec<_> = self.state.unsent.values().cloned().collect();
        let engine = env!("CARGO_PKG_VERSION").to_owned();
        let waits = self.state.began && self.is_long() && resumed.is_empty() && unsent.is_empty();
        self.beginning = Some(Fact::EpochBegan { controller, engine });
        if !waits {
            self.write_beginning(now);
        }
        for (id, write) in resumed {
            mark!(TookOverAWrite);
            let order = self.order(id, write);
            self.queue.push_back(Output::Write(WriteOrder { resumed: true, ..order }));
        }
        self.queue.extend(unsent.into_iter().map(Output::Notify));
    }

    pub(super) fn absorb(
        &mut self,
        now: Now,
        with: impl FnOnce(&mut Cx<'_>) -> Handled,
    ) -> Handled {
        let mut cx = Cx::new(&self.state, &mut self.seen, &*self.judge, now);
        let handled = with(&mut cx);
        let out = cx.out;
        self.take(now, out);
        handled
    }

    /// Asks the phase what is due until nothing more is.
    pub(super) fn settle(&mut self, now: Now) {
        let mut last = Decided::default();
        if self.state.head >= MOST_FACTS && !self.seen.broken {
            self.found_broken(format!(
                "S53: the rollout has {MOST_FACTS} facts, and may have no more"
            ));
        }
        for round in 0..=MOST_ROUNDS {
            if round == MOST_ROUNDS {
                self.found_broken(format!("no rest after {MOST_ROUNDS} rounds of decisions"));
                break;
            }
            let mut cx = Cx::new(&self.state, &mut self.seen, &*self.judge, now);
            decide::decide(&mut cx);
            let mut out = cx.out;
            if self.seen.journal_lost || self.seen.broken {
                keep_to_the_way_back(&mut out);
            }
            if out.facts.is_empty() {
                last = self.take(now, out);
                break;
            }
            let _ = self.take(now, out);
        }
        self.wait = self.next_wait(now, last);
    }

    /// Folds facts and queues what they permit.
    pub(super) fn take(&mut self, now: Now, mut out: Decided) -> Decided {
        for id in out.stops.drain(..) {
            self.queue.push_back(Output::StopWrite(id));
        }
        for fact in std::mem::take(&mut out.facts) {
            self.append(now, fact);
        }
        for order in out.reads.drain(..) {
            self.queue.push_back(Output::Read(order));
        }
        out
    }

    fn write_beginning(&mut self, now: Now) {
        if let Some(beginning) = self.beginning.take() {
            self.append(now, beginning);
        }
    }

    pub(super) fn append(&mut self, now: Now, fact: Fact) {
        self.write_beginning(now);
        let sequence = self.state.head + 1;
        let entry = Entry { sequence, epoch: self.epoch, at: now.at, wall: now.wall, fact };
        if let Err(illegal) = self.state.evolve(&entry) {
            // A rule decided what the fold forbids. Nothing of it is written; going forward stops.
            self.found_broken(format!("\"{}\": {illegal}", entry.fact.name()));
            return;
        }
        let permitted = match &entry.fact {
            Fact::Intent { id, write } => Some(Output::Write(self.order(*id, write.clone()))),
            Fact::NoticeQueued(notice) => Some(Output::Notify(notice.clone())),
            Fact::Judged(_) => {
                self.seen.sampler.written();
                None
            }
            Fact::TrafficObserved { .. } | Fact::TrafficTrusted { .. } => {
                self.seen.sampler.green_since = 0;
                None
            }
            Fact::Drifted { .. } => {
                self.seen.drift_reads = 0;
                self.seen.no_green_since = None;
                None
            }
            Fact::Moved(to) => {
                self.entered(now, to);
                None
            }
            Fact::Commanded(Command { action: Action::Resume, .. }) => {
                self.seen.sampler.judge_anew();
                None
            }
            Fact::Started(_)
            | Fact::EpochBegan { .. }
            | Fact::Commanded(_)
            | Fact::CheckEnded(_)
            | Fact::BlueRecorded(_)
            | Fact::Outcome(_)
            | Fact::NoticeEnded { .. }
            | Fact::IssueNoted { .. }
            | Fact::Unknown(_) => None,
        };
        self.queue.push_back(Output::Append(entry));
        self.queue.extend(permitted);
    }

    /// Going forward stops; the way back stays open.
    pub(super) fn found_broken(&mut self, what: String) {
        tracing::error!(what, "a decision breaks an invariant");
        if !std::mem::replace(&mut self.seen.broken, true) {
            self.broken = Some(what);
        }
    }

    /// What was seen for one phase says nothing in another.
    pub(super) fn entered(&mut self, now: Now, to: &Move) {
        (self.seen.step_since, self.seen.over_since) = (None, None);
        match to {
            Move::Shift { step: 0 } => self.seen.sampler.restart(now.wall),
            Move::Hold { .. } => self.seen.drift_reads = 0,
            Move::Resume => {
                self.seen.drift_reads = 0;
                self.seen.counted.restart();
                self.seen.second_look = None;
                self.seen.sampler.begin_evidence(now);
            }
            Move::Clear { .. } | Move::Retain | Move::Watch => self.seen.look = None,
            Move::RollBack(_) => {
                self.seen.no_green_since = None;
                self.seen.blue_up_since = None;
            }
            Move::Preflight
            | Move::Provision
            | Move::Verify
            | Move::AskApproval
            | Move::Shift { .. }
            | Move::Bake
            | Move::Confirm
            | Move::Retire
            | Move::Complete { .. }
            | Move::Assess { .. }
            | Move::FinishRollback { .. }
            | Move::Refuse(_)
            | Move::Stick(_) => {}
        }
    }

    /// The cut is tried for ever; other writes for as long as the plan says.
    fn order(&self, id: EffectId, write: Write) -> WriteOrder {
        let patience = (!write.is_cut()).then(|| self.timing().forward_patience);
        let needs_answer = write.is_cut() && self.is_a_raise_loose();
        let shown = self.may_show(&write);
        WriteOrder { id, write, resumed: false, patience, needs_answer, shown }
    }

    /// Whether a route may be set already as a raise wants it.
    fn may_show(&self, write: &Write) -> bool {
        let Write::Raise { split } = write else { return false };
        let seen = self.seen.split.since(Timestamp::ZERO);
        seen.is_none_or(|seen| seen.routes.iter().any(|route| route.split == Some(*split)))
    }

    /// Whether a raise may be on its way that only a fence keeps out, and blue has all of the traffic as
    /// far as is known: then no reading tells whether the balancer was told of anything newer.
    fn is_a_raise_loose(&self) -> bool {
        let State { traffic, started, .. } = &self.state;
        let is_fenced = !matches!(started.capabilities.load_balancer.fence, Fence::Late { .. });
        is_fenced && traffic.raised && !traffic.on_green()
    }

    pub(super) fn next_wait(&self, now: Now, last: Decided) -> Wait {
        let stuck = matches!(self.state.phase, Phase::Stuck(_)) && !self.seen.attended;
        let finished = self.phase_name().is_terminal() || stuck;
        let until = if finished { None } else { last.wake };
        let far = until.is_none_or(|until| until.since(now.at) > PARK_FROM);
        let quiet = self.state.writes.is_empty() && !self.seen.is_asking();
        let reason = if self.seen.broken {
            WaitReason::from("a person: a decision broke an invariant; only abort is accepted")
        } else {
            last.reason
        };
        let parked = self.may_park() && quiet && far && !finished;
        Wait { until, parked, finished, reason }
    }

    /// Whether this is a phase that mostly waits, for a time or for people.
    const fn is_long(&self) -> bool {
        matches!(
            self.state.phase,
            Phase::Scheduled(_)
                | Phase::AwaitingApproval(_)
                | Phase::Retaining(_)
                | Phase::Watching(_)
        )
    }

    /// Whether this phase may wait without a lease: the long ones, and those before the first
    /// shift, which have nothing to look at while they wait for their time of day.
    const fn may_park(&self) -> bool {
        self.is_long() || matches!(self.state.phase, Phase::Preflight(_) | Phase::Verifying(_))
    }
}

/// How many facts a rollout may have; the longest that make sense have a few hundred. Past it
/// nothing goes forward, and the way back stays open.
const MOST_FACTS: u64 = 10_000;

/// How many rounds of decisions one input may cause. Past it the rules chase their own tail: going
/// forward stops, and the way back stays open.
const MOST_ROUNDS: usize = 64;

/// A shorter wait is not worth giving the lease back for.
const PARK_FROM: Duration = Duration::from_secs(60);

/// While nothing can be written down, or the rules are in doubt, only the way back is open.
fn keep_to_the_way_back(out: &mut Decided) {
    let allowed = |fact: &Fact| match fact {
        Fact::Intent { write, .. } => write.is_cut(),
        Fact::Moved(to) => matches!(to, Move::RollBack(_) | Move::Assess { .. }),
        Fact::NoticeQueued(_) | Fact::Judged(_) | Fact::Outcome(_) | Fact::IssueNoted { .. } => {
            true
        }
        Fact::Drifted { .. } => true,
        Fact::Started(_)
        | Fact::EpochBegan { .. }
        | Fact::Commanded(_)
        | Fact::CheckEnded(_)
        | Fact::BlueRecorded(_)
        | Fact::TrafficObserved { .. }
        | Fact::TrafficTrusted { .. }
        | Fact::NoticeEnded { .. }
        | Fact::Unknown(_) => false,
    };
    if !out.facts.iter().all(allowed) {
        mark!(KeptToTheWayBack);
        out.facts.clear();
    }
}
