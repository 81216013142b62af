//! A rollout as people like to read it: what happens, when, and what it waits for.

mod heading;
mod merged;
mod page;
mod waits;
mod words;

use std::io::{self, Write};

use greenflow_core::engine::{Event, EventKind};
use greenflow_core::fact::{CheckResult, Entry, Fact, Move, NoticeResult, Outcome, OutcomeClass};
use greenflow_core::plan::{Plan, PlanBody, RollbackTimes};
use greenflow_core::provider::CheckOutcome;
use greenflow_core::record::{Zone, ZonedTime};
use greenflow_core::value::{Split, WallTime};

use self::merged::Merged;
use self::page::Page;
use self::waits::Waits;
pub(crate) use self::words::{count, duration, shorten};

/// Writes a rollout's events as a timeline, while they happen.
pub(crate) struct Timeline<'a, W> {
    page: Page<'a, W>,
    zone: Zone,
    plan: PlanBody,
    waits: Waits,
    merged: Option<Merged>,
    /// The writes that are under way, with what they do and when they began.
    writes: Vec<(greenflow_core::value::EffectId, String, Option<Split>, WallTime)>,
    /// The last failure of a call, and how often it has come since it was shown.
    failing: Option<(String, u32)>,
}

impl<'a, W: Write> Timeline<'a, W> {
    pub(crate) fn new(plan: &PlanBody, out: &'a mut W) -> Self {
        Self {
            page: Page::new(out),
            zone: Zone::named(&plan.zone),
            plan: plan.clone(),
            waits: Waits::default(),
            merged: None,
            writes: Vec::new(),
            failing: None,
        }
    }

    /// Says what is going to be carried out, and where.
    pub(crate) fn heading(&mut self, plan: &Plan, place: &str, times: &RollbackTimes) {
        for line in heading::lines(plan, place, times) {
            self.page.plain(&line);
        }
    }

    /// Shows what happened.
    pub(crate) fn show(&mut self, event: &Event) {
        let wall = event.now.wall;
        match &event.kind {
            EventKind::Recorded(entry) => self.recorded(entry),
            EventKind::Waiting { reason } => self.waits.begins(wall, reason),
            EventKind::CallFailed { failure, .. } => self.failed(wall, &failure.to_string()),
            EventKind::LeaseLost(loss) => self.line(wall, "lease", &format!("lost: {loss}")),
            EventKind::JournalLost { reason } => {
                self.line(wall, "journal", &format!("cannot be written: {reason}"));
            }
            EventKind::JournalBack => self.line(wall, "journal", "everything is written again"),
            EventKind::InvariantBroken { what } => self.line(wall, "broken", what),
            EventKind::Missed(count) => {
                self.line(wall, "", &format!("… {count} events were not seen"));
            }
            // A lease that comes and goes is no news for people.
            EventKind::LeaseTaken { .. } | EventKind::LeaseReleased | _ => {}
        }
    }

    /// Ends the timeline.
    ///
    /// # Errors
    /// The first failure of the writer.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush();
        if let Some((since, reason)) = self.waits.last() {
            let since = self.zone.show(since);
            self.page.line(since, "waits", &reason);
        }
        self.page.finish()
    }

    fn recorded(&mut self, entry: &Entry) {
        let wall = entry.wall;
        match &entry.fact {
            Fact::Started(started) => {
                let who = &started.options.who.name;
                self.line(
                    wall,
                    "▶ scheduled",
                    &format!("the rollout {} of {who}", started.rollout),
                );
            }
            Fact::Commanded(command) => {
                let (who, what) = words::command(command);
                self.line(wall, &who, &what);
            }
            Fact::CheckEnded(result) => self.check(wall, result),
            Fact::BlueRecorded(blue) => {
                let text = format!("{} of {} targets are healthy", blue.healthy, blue.desired);
                self.line(wall, "blue", &text);
            }
            Fact::Intent { id, write } => {
                let what = words::write(write);
                self.writes.push((*id, what.clone(), write.split(), wall));
                if write.split().is_some() {
                    self.line(wall, "split", &format!("{what}: commanded"));
                }
            }
            Fact::Outcome(outcome) => self.outcome(wall, outcome),
            Fact::TrafficObserved { split, blue, green, from, until } => {
                let (blue, green) = (count(*blue), count(*green));
                let took = duration(until.since(*from));
                let text = format!(
                    "{split}: seen in the requests, {green} on green and {blue} on blue in {took}"
                );
                self.line(wall, "split", &text);
            }
            Fact::TrafficTrusted { split } => {
                self.line(wall, "split", &format!("{split}: taken on trust"));
            }
            Fact::Judged(judged) => {
                let (said, more) = words::judged(judged, self.zone.show(judged.from));
                self.line(wall, "verdict", &said);
                for text in more {
                    self.page.more(&text);
                }
            }
            Fact::Moved(to) => self.moved(wall, to),
            Fact::Drifted { seen, expected } => {
                let text = format!("the balancer shows {seen}; {expected} was set");
                self.line(wall, "drift", &text);
            }
            Fact::NoticeQueued(notice) => self.merge(wall, Merged::notice(wall, notice)),
            Fact::NoticeEnded { key, result: NoticeResult::GivenUp(failure) } => {
                self.line(wall, "notice", &format!("{} was given up: {failure}", key.0));
            }
            Fact::IssueNoted { severity, what, done } => {
                self.line(wall, "issue", &format!("{severity}: {what}; {done}"));
            }
            Fact::Unknown(unknown) => {
                let text =
                    format!("\"{}\", of a newer release; it changes nothing", unknown.kind());
                self.line(wall, "unknown", &text);
            }
            Fact::EpochBegan { .. } | Fact::NoticeEnded { result: NoticeResult::Sent, .. } => {}
        }
    }

    fn check(&mut self, wall: WallTime, result: &CheckResult) {
        if result.outcome == CheckOutcome::Passed && result.measurements.is_empty() {
            self.merge(wall, Merged::passed(wall, &result.check));
            return;
        }
        self.line(wall, "check", &words::check(result));
    }

    fn outcome(&mut self, wall: WallTime, outcome: &Outcome) {
        let Some(place) = self.writes.iter().position(|(id, ..)| *id == outcome.id) else { return };
        let (_, what, split, begun) = self.writes.remove(place);
        let took = duration(wall.since(begun));
        let tries = match outcome.attempts {
            0 | 1 => String::new(),
            attempts => format!(" and {attempts} attempts"),
        };
        let failure = outcome.failure.as_ref().map_or_else(String::new, |f| format!(": {f}"));
        let text = match outcome.class {
            OutcomeClass::Applied => format!("{what}: read back after {took}{tries}"),
            OutcomeClass::NotApplied => format!("{what}: not done{tries}{failure}"),
            OutcomeClass::Ambiguous => format!("{what}: not known after {took}{tries}{failure}"),
        };
        self.line(wall, if split.is_some() { "split" } else { "write" }, &text);
    }

    fn moved(&mut self, wall: WallTime, to: &Move) {
        let (mark, text) = words::moved(to, &self.plan, &self.zone);
        self.line(wall, &mark, &text);
        self.waits.enter();
    }

    /// Shows a failure once, and counts the same one as long as nothing else happens.
    fn failed(&mut self, wall: WallTime, failure: &str) {
        if let Some((last, times)) = &mut self.failing
            && last == failure
        {
            *times += 1;
            return;
        }
        self.line(wall, "call", failure);
        self.failing = Some((failure.to_owned(), 0));
    }

    /// Keeps what may become one line with what follows.
    fn merge(&mut self, wall: WallTime, new: Merged) {
        if let Some(merged) = &mut self.merged
            && merged.take(&new)
        {
            return;
        }
        self.waited(wall);
        self.flush();
        self.merged = Some(new);
    }

    fn line(&mut self, wall: WallTime, mark: &str, text: &str) {
        self.flush();
        self.waited(wall);
        let at = self.zone.show(wall);
        self.write(at, mark, text);
    }

    /// Says what was waited for, if it was for long.
    fn waited(&mut self, until: WallTime) {
        if let Some((since, reason)) = self.waits.end(until) {
            self.flush();
            let since = self.zone.show(since);
            self.page.line(since, "waits", &reason);
        }
    }

    fn flush(&mut self) {
        match self.failing.take() {
            Some((_, 1)) => self.page.more("… and once more"),
            Some((_, times @ 2..)) => self.page.more(&format!("… and {times} times more")),
            Some((_, 0)) | None => {}
        }
        if let Some(merged) = self.merged.take() {
            let at = self.zone.show(merged.wall());
            let (mark, text) = merged.into_line();
            self.write(at, &mark, &text);
        }
    }

    fn write(&mut self, at: ZonedTime, mark: &str, text: &str) {
        self.page.line(at, mark, &shorten(text));
    }
}
