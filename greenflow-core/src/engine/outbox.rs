//! What the machine has said and what has not been carried out yet.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::fact::Entry;
use crate::fact::frame::{Chain, FrameError};
use crate::machine::{Output, Read};
use crate::provider::{Frame, Notice, NoticeKind};
use crate::value::EffectId;

/// Facts on their way to the journal, and outputs that wait for them.
///
/// While facts are not durable, nothing that the machine said after them leaves. When the journal
/// is away, three things may leave all the same: the cut, pages, and looks at the world (they
/// change nothing, and without them nobody would see that the way back must be taken).
#[derive(Debug)]
pub(super) struct Outbox {
    /// Ends with the last of `facts`.
    chain: Chain,
    facts: VecDeque<(Arc<Entry>, Frame)>,
    held: VecDeque<Output>,
}

impl Outbox {
    /// Goes on from the end of a chain, all of which is durable.
    pub(super) const fn after(chain: Chain) -> Self {
        Self { chain, facts: VecDeque::new(), held: VecDeque::new() }
    }

    /// Takes a fact that must become durable.
    pub(super) fn push_fact(&mut self, entry: Entry) -> Result<(), FrameError> {
        let frame = self.chain.write(&entry)?;
        self.facts.push_back((Arc::new(entry), frame));
        Ok(())
    }

    /// Returns the chain, to its end.
    pub(super) fn into_chain(self) -> Chain {
        self.chain
    }

    /// Takes an output that may leave when all facts so far are durable.
    pub(super) fn hold(&mut self, output: Output) {
        self.held.push_back(output);
    }

    /// Returns how many facts are not durable.
    pub(super) fn unsaved(&self) -> usize {
        self.facts.len()
    }

    /// Returns whether every fact is durable and everything has left.
    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.held.is_empty()
    }

    /// Returns the facts that are not durable, as frames.
    pub(super) fn frames(&self) -> Vec<Frame> {
        self.facts.iter().map(|(_, frame)| frame.clone()).collect()
    }

    /// Takes out the first `count` facts: they are durable.
    pub(super) fn saved(&mut self, count: usize) -> Vec<Arc<Entry>> {
        let count = count.min(self.facts.len());
        self.facts.drain(..count).map(|(entry, _)| entry).collect()
    }

    /// Takes out the next output that may leave.
    pub(super) fn next(&mut self, journal_is_away: bool) -> Option<Output> {
        if self.facts.is_empty() {
            return self.held.pop_front();
        }
        if !journal_is_away {
            return None;
        }
        let place = self.held.iter().position(may_leave_unjournaled)?;
        mark!(LeftUnjournaled);
        self.held.remove(place)
    }

    /// Takes back a write that has not left; says whether it was of an earlier controller.
    pub(super) fn take_back(&mut self, id: EffectId) -> Option<bool> {
        let is_it = |output: &Output| matches!(output, Output::Write(order) if order.id == id);
        let place = self.held.iter().position(is_it)?;
        match self.held.remove(place)? {
            Output::Write(order) => Some(order.resumed),
            Output::Append(_)
            | Output::StopWrite(_)
            | Output::Read(_)
            | Output::Notify(_)
            | Output::Wait(_) => None,
        }
    }
}

fn may_leave_unjournaled(output: &Output) -> bool {
    match output {
        Output::Write(order) => order.write.is_cut(),
        Output::Notify(Notice { kind, .. }) => *kind == NoticeKind::Page,
        Output::Read(order) => match order.read {
            Read::Split | Read::Sides | Read::Sample { .. } | Read::Probe { .. } => true,
            // Suites are no eyes: they put load on the service and take minutes.
            Read::Check { .. } => false,
        },
        Output::Append(_) | Output::StopWrite(_) | Output::Wait(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fact::{Fact, Write};
    use crate::machine::{ReadOrder, WriteOrder};
    use crate::provider::{Audience, NoticeKey};
    use crate::value::{RolloutId, Severity, Split, Timestamp, WallTime};

    fn entry(sequence: u64) -> Entry {
        let fact = Fact::IssueNoted {
            severity: Severity::Minor,
            what: format!("{sequence}"),
            done: String::new(),
        };
        let wall = WallTime::from_unix_millis(0);
        Entry { sequence, epoch: 1, at: Timestamp::ZERO, wall, fact }
    }

    fn order(id: u64, write: Write) -> Output {
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

    fn notice(kind: NoticeKind) -> Output {
        let key = NoticeKey(format!("{kind:?}"));
        Output::Notify(Notice { key, kind, audience: Audience::Team, text: String::new() })
    }

    fn outbox() -> Outbox {
        let mut outbox = Outbox::after(Chain::of(&RolloutId::new("r").unwrap()));
        outbox.push_fact(entry(1)).unwrap();
        outbox.hold(order(1, Write::Raise { split: Split::ALL_GREEN }));
        outbox.hold(notice(NoticeKind::Info));
        outbox.hold(notice(NoticeKind::Page));
        outbox.hold(order(2, Write::Cut));
        let deadline = Duration::from_secs(5);
        outbox.hold(Output::Read(ReadOrder { read: Read::Split, deadline }));
        outbox
    }

    #[test]
    fn nothing_leaves_before_the_facts_are_durable_and_then_all_in_order() {
        let mut outbox = outbox();
        assert_eq!(outbox.next(false), None);
        assert_eq!(outbox.saved(1).len(), 1);
        let mut left = Vec::new();
        while let Some(output) = outbox.next(false) {
            left.push(output);
        }
        assert_eq!(left.len(), 5);
        assert!(matches!(&left[0], Output::Write(order) if order.id == EffectId::new(1)));
        assert!(outbox.is_empty());
    }

    #[test]
    fn without_a_journal_only_the_cut_pages_and_looks_leave() {
        let mut outbox = outbox();
        assert_eq!(outbox.next(true), Some(notice(NoticeKind::Page)));
        assert_eq!(outbox.next(true), Some(order(2, Write::Cut)));
        assert!(matches!(outbox.next(true), Some(Output::Read(_))));
        assert_eq!(outbox.next(true), None);
        assert_eq!(outbox.take_back(EffectId::new(1)), Some(false));
        outbox.saved(1);
        assert_eq!(outbox.next(false), Some(notice(NoticeKind::Info)));
        assert_eq!(outbox.take_back(EffectId::new(1)), None);
    }
}
