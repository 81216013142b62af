//! A machine that reacts as it is told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::engine::pilot::Pilot;
use crate::fact::{Entry, Fact, Write};
use crate::machine::{
    Ended, Handled, Input, InputError, Output, PhaseName, Read, ReadOrder, Status, Wait,
    WaitReason, WriteOrder,
};
use crate::plan::PlanHash;
use crate::provider::{Audience, Notice, NoticeKey, NoticeKind, Standing};
use crate::value::{EffectId, Now, RolloutId, ServiceName, Severity, Timestamp};

/// What the machine says to an input.
#[derive(Clone, Debug)]
pub(in crate::engine) enum Reaction {
    Fact(&'static str),
    Write(u64, Write),
    Stop(u64),
    Read,
    Notice(NoticeKind, &'static str),
    /// Wait so long from now.
    WaitFor(Duration),
    /// Wait so long from now, parked.
    Park(Duration),
    /// From now on it is the way back.
    GoBack,
    Finish,
    /// It is stuck.
    Stick,
}

type React = Box<dyn FnMut(&Input) -> Vec<Reaction> + Send>;

/// A machine that reacts as it is told, and notes what it was told.
pub(in crate::engine) struct TestPilot {
    react: React,
    outputs: VecDeque<Output>,
    inputs: Arc<Mutex<Vec<String>>>,
    pub(in crate::engine) head: u64,
    epoch: u64,
    last_at: Timestamp,
    wait: Wait,
    ended: Option<Ended>,
    goes_back: bool,
}

impl fmt::Debug for TestPilot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestPilot").field("head", &self.head).finish_non_exhaustive()
    }
}

impl TestPilot {
    pub(in crate::engine) fn new(
        inputs: &Arc<Mutex<Vec<String>>>,
        react: impl FnMut(&Input) -> Vec<Reaction> + Send + 'static,
    ) -> Self {
        let reason = WaitReason::from("nothing");
        Self {
            react: Box::new(react),
            outputs: VecDeque::new(),
            inputs: Arc::clone(inputs),
            head: 0,
            epoch: 0,
            last_at: Timestamp::ZERO,
            wait: Wait { until: None, parked: false, finished: false, reason },
            ended: None,
            goes_back: false,
        }
    }

    fn say(&mut self, now: Now, reaction: Reaction) {
        let output = match reaction {
            Reaction::Fact(what) => {
                self.head += 1;
                self.last_at = now.at;
                let severity = Severity::Minor;
                let (what, done) = (what.to_owned(), String::new());
                let fact = Fact::IssueNoted { severity, what, done };
                let (sequence, epoch) = (self.head, self.epoch);
                Output::Append(Entry { sequence, epoch, at: now.at, wall: now.wall, fact })
            }
            Reaction::Write(id, write) => {
                let id = EffectId::new(id);
                Output::Write(WriteOrder {
                    id,
                    write,
                    resumed: false,
                    patience: None,
                    needs_answer: false,
                    shown: false,
                })
            }
            Reaction::Stop(id) => Output::StopWrite(EffectId::new(id)),
            Reaction::Read => {
                let deadline = Duration::from_secs(5);
                Output::Read(ReadOrder { read: Read::Split, deadline })
            }
            Reaction::Notice(kind, key) => {
                let (key, text) = (NoticeKey(key.to_owned()), String::new());
                Output::Notify(Notice { key, kind, audience: Audience::Team, text })
            }
            Reaction::WaitFor(pause) => return self.wait.until = Some(now.at.after(pause)),
            Reaction::Park(pause) => {
                self.wait.until = Some(now.at.after(pause));
                self.wait.parked = true;
                return;
            }
            Reaction::GoBack => {
                self.goes_back = true;
                return;
            }
            Reaction::Finish => {
                self.ended = Some(Ended::Completed);
                return;
            }
            Reaction::Stick => {
                self.ended = Some(Ended::Stuck);
                return;
            }
        };
        self.outputs.push_back(output);
    }
}

impl Pilot for TestPilot {
    fn handle_input(&mut self, now: Now, input: Input) -> Result<Handled, InputError> {
        let text = match &input {
            Input::WriteEnded(outcome) => format!("{:?}", outcome.class),
            Input::NoticeEnded { key, .. } => key.0.clone(),
            Input::Tick
            | Input::Began { .. }
            | Input::Command(_)
            | Input::ReadEnded { .. }
            | Input::JournalLost
            | Input::JournalBack => input.name().to_owned(),
        };
        self.inputs.lock().unwrap().push(text);
        (self.wait.until, self.wait.parked) = (None, false);
        for reaction in (self.react)(&input) {
            self.say(now, reaction);
        }
        Ok(Handled::Accepted)
    }

    fn poll_output(&mut self) -> Output {
        self.wait.finished = self.ended.is_some();
        self.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.wait.clone()))
    }

    fn set_epoch(&mut self, epoch: u64) {
        self.epoch = epoch;
    }

    fn head(&self) -> u64 {
        self.head
    }

    fn standing(&self) -> Standing {
        let ended = self.ended == Some(Ended::Completed);
        Standing { ended, locks_service: !ended }
    }

    fn status(&self) -> Status {
        let hash = serde_json::from_str::<PlanHash>("\"00\"").unwrap();
        Status {
            rollout: RolloutId::new("r").unwrap(),
            service: ServiceName::new("s").unwrap(),
            plan_hash: hash,
            phase: PhaseName::Shifting,
            commanded: None,
            read_back: None,
            observed: None,
            waits_for: self.wait.reason.to_string(),
            approval: None,
            at: self.last_at,
        }
    }

    fn goes_back(&self) -> bool {
        self.goes_back
    }

    fn outcome(&self) -> Option<Ended> {
        self.ended
    }

    fn last_at(&self) -> Timestamp {
        self.last_at
    }

    fn idle_max(&self) -> Duration {
        IDLE_MAX
    }
}

/// How much of a time in which nobody acted counts.
const IDLE_MAX: Duration = Duration::from_secs(3600);
