//! Between the machine and the world: what it says goes out, what ends comes back.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use super::execute::{self, NoticeTry, Stop};
use super::notices::AfterTry;
use super::pilot::Pilot;
use super::run_loop::{Done, Run};
use super::{CommandError, EngineError, EventKind};
use crate::fact::{NoticeResult, Outcome, OutcomeClass};
use crate::machine::{Command, Handled, Input, InputError, Output, ReadOrder, WriteOrder};
use crate::provider::{Audience, Notice, NoticeKey, NoticeKind};
use crate::value::EffectId;

impl<M: Pilot> Run<M> {
    /// Takes everything the machine says, to its wait.
    ///
    /// # Errors
    /// When a fact cannot be written; the run is over then.
    pub(super) fn drain(&mut self) -> Result<(), EngineError> {
        loop {
            match self.machine.poll_output() {
                Output::Append(entry) => {
                    self.shown = false;
                    let pushed = self.outbox.push_fact(entry);
                    pushed.map_err(|error| EngineError::frame(&self.rollout, error))?;
                }
                Output::StopWrite(id) => self.stop_write(id),
                output @ (Output::Write(_) | Output::Read(_) | Output::Notify(_)) => {
                    self.outbox.hold(output);
                }
                Output::Wait(wait) => {
                    if wait.reason != self.wait.reason {
                        self.shown = false;
                        let reason = wait.reason.words().into_owned();
                        self.hub.emit(self.now(), EventKind::Waiting { reason });
                    }
                    self.wait = wait;
                    return Ok(());
                }
            }
        }
    }

    /// Sends out everything that may leave.
    pub(super) fn carry_out(&mut self) {
        while let Some(output) = self.outbox.next(self.journaling.is_away()) {
            match output {
                Output::Write(order) => self.begin_write(order),
                Output::Read(order) => self.begin_read(order),
                Output::Notify(notice) => self.begin_notice(notice),
                Output::StopWrite(id) => self.stop_write(id),
                // Neither is ever held.
                Output::Append(_) | Output::Wait(_) => {}
            }
        }
    }

    /// Takes the end of something that was under way.
    pub(super) fn done(&mut self, done: Done) -> Result<(), EngineError> {
        match done {
            Done::Write(id, result) => {
                self.writing.remove(&id);
                match result {
                    Ok(outcome) => self.feed(Input::WriteEnded(outcome)),
                    Err(loss) => Err(self.lost(loss)),
                }
            }
            Done::Read(Ok((read, result))) => self.feed(Input::ReadEnded { read, result }),
            Done::Read(Err(loss)) => Err(self.lost(loss)),
            Done::Notice(tried) => self.notice_tried(tried),
            Done::NoticeDropped(key, result) => self.feed(Input::NoticeEnded { key, result }),
            Done::NoticePause(notice, attempt) => {
                self.notice_again(notice, attempt);
                Ok(())
            }
        }
    }

    /// Takes a person's command, and answers it.
    pub(super) fn command(
        &mut self,
        command: Command,
        reply: oneshot::Sender<Result<(), CommandError>>,
    ) -> Result<(), EngineError> {
        let (who, action) = (command.who.to_string(), command.action.name());
        match self.machine.handle_input(self.now(), Input::Command(command)) {
            Ok(Handled::Accepted | Handled::Ignored) => {
                tracing::info!(who, action, "command");
                self.drain()?;
                self.journaling.answer_when_durable(reply, self.outbox.unsaved());
            }
            Ok(Handled::NoLongerPossible) => {
                let phase = self.machine.status().phase;
                let error = InputError::NoLongerPossible { phase };
                drop(reply.send(Err(CommandError::Rejected(error))));
                self.drain()?;
            }
            Err(error @ InputError::NotDrained) => return Err(EngineError::Machine(error)),
            Err(error) => {
                tracing::info!(who, action, %error, "command rejected");
                if matches!(error, InputError::InvariantBroken { .. }) {
                    self.break_off(&error);
                }
                drop(reply.send(Err(CommandError::Rejected(error))));
                self.drain()?;
            }
        }
        Ok(())
    }

    /// Pages somebody in the engine's own name.
    pub(super) fn page(&mut self, occasion: &str, text: String) {
        let epoch = self.tenure.lease.token().epoch;
        let key = NoticeKey(format!("{}/{occasion}/{epoch}", self.rollout));
        self.own_pages.insert(key.clone());
        self.begin_notice(Notice { key, kind: NoticeKind::Page, audience: Audience::Team, text });
    }

    fn begin_write(&mut self, order: WriteOrder) {
        let (sender, stop) = Stop::new();
        let (id, calls) = (order.id, self.calls());
        tracing::info!(effect = %id, write = order.write.name(), resumed = order.resumed, "write");
        self.writing.insert(id, Some(sender));
        let write = execute::write(calls, order, stop);
        self.effects.push(write.map(move |result| Done::Write(id, result)));
    }

    fn begin_read(&mut self, order: ReadOrder) {
        self.effects.push(execute::read(self.calls(), order).map(Done::Read));
    }

    fn begin_notice(&mut self, notice: Notice) {
        if let Some((key, result)) = self.notices.push(notice) {
            self.backlog.push_back(Done::NoticeDropped(key, result));
        }
        self.send_notices();
    }

    fn send_notices(&mut self) {
        while let Some((notice, attempt)) = self.notices.next() {
            let attempt = execute::attempt_notice(self.calls(), notice, attempt);
            self.effects.push(attempt.map(Done::Notice));
        }
    }

    fn notice_tried(&mut self, tried: NoticeTry) -> Result<(), EngineError> {
        match self.notice_over(tried) {
            Some((key, result)) if !self.own_pages.remove(&key) => {
                self.feed(Input::NoticeEnded { key, result })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Takes the end of an attempt; returns what became of the notice, unless it is tried again.
    pub(super) fn notice_over(&mut self, tried: NoticeTry) -> Option<(NoticeKey, NoticeResult)> {
        let after = self.notices.tried(tried);
        self.send_notices();
        match after {
            AfterTry::Over(key, result) => Some((key, result)),
            AfterTry::Again(notice, attempt, pause) => {
                let clock = Arc::clone(&self.engine.clock);
                let until = clock.monotonic().saturating_add(pause);
                let pause = async move {
                    clock.sleep_until(until).await;
                    Done::NoticePause(notice, attempt)
                };
                self.effects.push(pause);
                None
            }
        }
    }

    /// Takes a notice whose pause is over.
    pub(super) fn notice_again(&mut self, notice: Notice, attempt: u32) {
        self.notices.paused(notice, attempt);
        self.send_notices();
    }

    /// Stops a write. Stopping is always safe, so it waits for no fact; a write that has not left
    /// yet never will.
    fn stop_write(&mut self, id: EffectId) {
        if let Some(stop) = self.writing.get_mut(&id).and_then(Option::take) {
            stop.ask();
        } else if let Some(resumed) = self.outbox.take_back(id) {
            mark!(TakenBack);
            self.backlog.push_back(Done::Write(id, Ok(never_sent(id, resumed))));
        }
    }
}

/// The outcome of a write that was taken back before this controller sent it. An earlier one may
/// have sent it.
fn never_sent(id: EffectId, resumed: bool) -> Outcome {
    Outcome {
        id,
        class: if resumed { OutcomeClass::Ambiguous } else { OutcomeClass::NotApplied },
        attempts: 0,
        last_sent_at: None,
        may_land_late: resumed,
        resources: Vec::new(),
        report: None,
        failure: None,
    }
}
