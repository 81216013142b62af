//! A machine on a stage: reads are answered at once with what the stage shows, and time passes as
//! fast as nothing happens.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, NoticeResult, Outcome, OutcomeClass, Write};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{
    Action, Command, Handled, Input, InputError, Machine, Output, PhaseName, Read, ReadOrder,
    Reading, WriteOrder,
};
use greenflow_core::provider::{
    CheckOutcome, CheckReport, ErrorKind, FailureRecord, IntervalSample, NoticeKind, ObservedSplit,
    ProbeReport, SideSample, SideState, Sides, SlowerThan,
};
use greenflow_core::value::{ControllerId, Digest, EffectId, Now, Split, Timestamp, WallTime};

use super::journal::{Journal, blue, digest, ended, now, who};

/// A machine, and what it sees.
pub(crate) struct Stage {
    machine: Machine,
    pub(crate) now: Now,
    pub(crate) split: Split,
    pub(crate) sides: Sides,
    /// Where the requests go, if that is not as the balancer says.
    pub(crate) served: Option<Split>,
    /// Of a hundred requests on green, so many fail.
    pub(crate) errors: u64,
    /// Until then half of the requests on green failed, by the clock of the source.
    pub(crate) bad_until: Option<WallTime>,
    /// How checks end, and which cases they report.
    pub(crate) outcome: CheckOutcome,
    pub(crate) cases: Vec<(String, CheckOutcome)>,
    /// What a probe reaches.
    pub(crate) reached: Digest,
    /// Why checks cannot be run, if they cannot.
    pub(crate) no_checks: Option<ErrorKind>,
    /// For so long after its end, by the clock here, an interval is not complete.
    pub(crate) metrics_behind: Duration,
    /// By so much each sample is longer than it was asked for.
    pub(crate) overlong: Duration,
    /// Whether writes are applied at once; else the test answers them.
    pub(crate) applies: bool,
    /// Whether checks end at once; else the test ends them.
    pub(crate) checks: bool,
    running: Vec<Read>,
    /// How long a read takes; what it finds is as old as the question.
    pub(crate) takes: fn(&Read) -> Duration,
    /// What is found, and when that is told.
    found: Vec<(Timestamp, Input)>,
    /// What was asked for.
    pub(crate) reads: Vec<ReadOrder>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) orders: Vec<WriteOrder>,
    pub(crate) stopped: Vec<EffectId>,
}

impl Stage {
    /// A controller takes the journal up; all is well, and `split` is set.
    pub(crate) fn of(journal: &Journal, split: Split) -> Self {
        Self::set(journal, split, |_| {})
    }

    /// The same, where something is otherwise from the beginning.
    pub(crate) fn set(journal: &Journal, split: Split, otherwise: impl FnOnce(&mut Self)) -> Self {
        let mut stage = Self::empty(journal, split);
        otherwise(&mut stage);
        stage.begin();
        stage
    }

    fn empty(journal: &Journal, split: Split) -> Self {
        let green = SideState {
            resources: vec!["green-1".parse().unwrap()],
            digests: vec![digest()],
            ..blue()
        };
        Self {
            machine: journal.machine(),
            now: now(journal.entries.len() as u64 + 1),
            split,
            sides: Sides { blue: blue(), green },
            served: None,
            errors: 0,
            bad_until: None,
            outcome: CheckOutcome::Passed,
            cases: vec![],
            reached: digest(),
            no_checks: None,
            metrics_behind: Duration::ZERO,
            overlong: Duration::ZERO,
            applies: true,
            checks: true,
            running: vec![],
            takes: |_| Duration::ZERO,
            found: vec![],
            reads: vec![],
            entries: journal.entries.clone(),
            orders: vec![],
            stopped: vec![],
        }
    }

    fn begin(&mut self) {
        let controller = ControllerId::new("c-1").unwrap();
        self.tell(Input::Began { controller });
    }

    /// Another controller takes it up, after nobody had it for so long.
    pub(crate) fn taken_over_after(&mut self, nobody: Duration) {
        let entries = self.entries.iter().cloned();
        self.machine = Machine::replay(entries, Arc::new(ThresholdJudge::new())).unwrap();
        self.found.clear();
        self.forward(nobody);
        self.begin();
    }

    pub(crate) fn phase(&self) -> PhaseName {
        self.machine.phase_name()
    }

    /// A person says something.
    pub(crate) fn say(&mut self, action: Action) -> Result<Handled, InputError> {
        self.say_because(action, "a test")
    }

    /// And why.
    pub(crate) fn say_because(&mut self, action: Action, why: &str) -> Result<Handled, InputError> {
        self.hear(Input::Command(Command::new(who(), why, action)))
    }

    /// From now on facts can be written down, or cannot.
    pub(crate) fn journal_is(&mut self, there: bool) {
        self.tell(if there { Input::JournalBack } else { Input::JournalLost });
    }

    /// A write that was sent just now ends; one whose answer was lost may land yet.
    pub(crate) fn end(&mut self, id: EffectId, class: OutcomeClass) {
        let last_sent_at = Some(self.now.at);
        let may_land_late = class == OutcomeClass::Ambiguous;
        let outcome = Outcome { last_sent_at, may_land_late, ..ended(id, class) };
        self.tell(Input::WriteEnded(outcome));
    }

    /// A write that was sent just now was refused.
    pub(crate) fn fail(&mut self, id: EffectId, kind: ErrorKind) {
        let (operation, message) = ("write".to_owned(), "refused".to_owned());
        let failure = Some(FailureRecord { kind, operation, message });
        let last_sent_at = Some(self.now.at);
        let outcome = Outcome { last_sent_at, failure, ..ended(id, OutcomeClass::NotApplied) };
        self.tell(Input::WriteEnded(outcome));
    }

    /// How often this was asked for.
    pub(crate) fn asked(&self, what: impl Fn(&Read) -> bool) -> usize {
        self.reads.iter().filter(|order| what(&order.read)).count()
    }

    /// How many checks are under way.
    pub(crate) fn checks_under_way(&self) -> usize {
        self.running.len()
    }

    /// The checks that are under way pass.
    pub(crate) fn end_checks(&mut self) {
        for read in std::mem::take(&mut self.running) {
            let result = Ok(self.look(&read));
            self.tell(Input::ReadEnded { read, result });
        }
    }

    /// Lets time pass, or until the rollout ends.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.at.after(time);
        while let Some(next) = self.next().filter(|next| next.at <= end) {
            self.now = next;
            let told = self.found.iter().position(|(at, _)| *at <= next.at);
            let input = told.map_or(Input::Tick, |index| self.found.remove(index).1);
            self.tell(input);
        }
        self.forward(end.since(self.now.at));
    }

    /// The keys of the pages that were queued.
    pub(crate) fn pages(&self) -> Vec<&str> {
        let facts = self.entries.iter().map(|entry| &entry.fact);
        let pages = facts.filter_map(|fact| match fact {
            Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Page => Some(&notice.key),
            _ => None,
        });
        pages.map(|key| key.0.as_str()).collect()
    }

    /// How many pages there were whose key has this in it.
    pub(crate) fn pages_about(&self, what: &str) -> usize {
        self.pages().iter().filter(|key| key.contains(what)).count()
    }

    /// The writes that were begun, all since the journal's first.
    pub(crate) fn begun(&self) -> impl Iterator<Item = &Write> {
        self.entries.iter().filter_map(|entry| match &entry.fact {
            Fact::Intent { write, .. } => Some(write),
            _ => None,
        })
    }

    fn forward(&mut self, time: Duration) {
        self.now = Now::new(self.now.at.after(time), self.now.wall.after(time));
    }

    /// When the machine wants to be woken, or is told something.
    fn next(&mut self) -> Option<Now> {
        let Output::Wait(wait) = self.machine.poll_output() else { panic!("not drained") };
        let told = self.found.iter().map(|(at, _)| *at);
        let until = told.chain(wait.until).min()?;
        Some(Now::new(until, self.now.wall.after(until.since(self.now.at))))
    }

    fn tell(&mut self, input: Input) {
        let _ = self.hear(input).unwrap();
    }

    fn hear(&mut self, input: Input) -> Result<Handled, InputError> {
        let handled = self.machine.handle_input(self.now, input)?;
        let mut answers = Vec::new();
        loop {
            match self.machine.poll_output() {
                Output::Wait(_) => break,
                output => answers.extend(self.carry_out(output)),
            }
        }
        for answer in answers {
            self.tell(answer);
        }
        Ok(handled)
    }

    fn carry_out(&mut self, output: Output) -> Option<Input> {
        if let Output::Read(order) = &output {
            self.reads.push(order.clone());
        }
        match output {
            Output::Append(entry) => self.entries.push(entry),
            Output::StopWrite(id) => self.stopped.push(id),
            Output::Notify(notice) => {
                let (key, result) = (notice.key, NoticeResult::Sent);
                return Some(Input::NoticeEnded { key, result });
            }
            Output::Read(order) if !self.checks && matches!(order.read, Read::Check { .. }) => {
                self.running.push(order.read);
            }
            Output::Read(order) => {
                let result = match self.failure(&order.read) {
                    Some(failure) => Err(failure),
                    None => Ok(self.look(&order.read)),
                };
                let takes = (self.takes)(&order.read);
                let told = Input::ReadEnded { read: order.read, result };
                if takes.is_zero() {
                    return Some(told);
                }
                self.found.push((self.now.at.after(takes), told));
            }
            Output::Write(order) => {
                let (id, write) = (order.id, order.write.clone());
                self.orders.push(order);
                if self.applies {
                    self.split = write.split().unwrap_or(self.split);
                    let mut outcome = ended(id, OutcomeClass::Applied);
                    if matches!(write, Write::Provision { .. }) {
                        outcome.resources.clone_from(&self.sides.green.resources);
                    }
                    return Some(Input::WriteEnded(outcome));
                }
            }
            Output::Wait(_) => {}
        }
        None
    }

    /// Nobody is told of an interval before it is over.
    fn failure(&self, read: &Read) -> Option<FailureRecord> {
        let (kind, message) = match read {
            Read::Sample { end, .. } if end.after(self.metrics_behind) > self.now.wall => {
                (ErrorKind::Unavailable, "the interval is not complete yet")
            }
            Read::Check { .. } => (self.no_checks?, "it could not be run"),
            _ => return None,
        };
        let (operation, message) = ("read".to_owned(), message.to_owned());
        Some(FailureRecord { kind, operation, message })
    }

    fn look(&self, read: &Read) -> Reading {
        match read {
            Read::Split => {
                Reading::Split(ObservedSplit::single("route".parse().unwrap(), self.split))
            }
            Read::Sides => Reading::Sides(self.sides.clone()),
            Read::Sample { start, end, thresholds, .. } => self.sample(*start, *end, thresholds),
            Read::Check { .. } => Reading::Check(CheckReport {
                outcome: self.outcome,
                cases: self.cases.clone(),
                measurements: vec![],
                seen: Some(digest()),
                detail: String::new(),
            }),
            Read::Probe { .. } => Reading::Probe(ProbeReport {
                healthy: true,
                seen: Some(self.reached.clone()),
                detail: String::new(),
            }),
        }
    }

    fn sample(&self, start: WallTime, end: WallTime, thresholds: &[Duration]) -> Reading {
        let end = end.after(self.overlong);
        let all = u64::try_from(end.since(start).as_millis()).unwrap() / 5;
        let served = self.served.unwrap_or(self.split);
        let green = all * u64::from(served.green().basis_points()) / 10_000;
        let side = |requests: u64, failed: u64| {
            let slower = thresholds.iter().map(|than| SlowerThan { than: *than, count: 0 });
            Some(SideSample {
                requests,
                errors: requests * failed / 100,
                slower: slower.collect(),
                ..SideSample::default()
            })
        };
        let bad = self.bad_until.is_some_and(|until| start < until);
        let errors = if bad { 50 } else { self.errors };
        let (blue, green) = (side(all - green, 0), side(green, errors));
        Reading::Sample(IntervalSample { start, end, blue, green, unserved: Some(0) })
    }
}
