//! S34: what another hand set is never overwritten on the way forward, also not by a raise that was
//! under way before and is tried again; while it stands nothing goes forward, and people are told.
//!
//! Excused: a change within the half minute before the call left, in which two polls could not show
//! it; old or missing reads; a person who said to go on; a controller that comes back, a journal
//! that is away.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, HoldReason, Move, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{EffectId, Split, Timestamp};

use super::{Oracle, Story, ensure};
use crate::provider::Operation;
use crate::world::{Cause, Change, RouterChange, Sent, Truth, Weights};

/// S34.
#[derive(Debug, Default)]
pub(super) struct S34 {
    /// When each write to the balancer left last.
    left: BTreeMap<EffectId, Duration>,
    /// Since when what another hand set stands.
    stands: Option<Duration>,
    /// When the rollout last went to another phase, or a write of ours to the balancer ended.
    turned: Option<Duration>,
    /// When a person last said to go on.
    resumed: Option<Duration>,
    /// An alert or a page was queued since the rollout last went to another phase.
    told: bool,
}

impl Oracle for S34 {
    fn id(&self) -> &'static str {
        "S34"
    }

    fn fact(&mut self, story: &Story, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::NoticeQueued(notice) => {
                self.told |= matches!(notice.kind, NoticeKind::Alert | NoticeKind::Page);
                Ok(())
            }
            Fact::Outcome(outcome) => {
                let write = story.intent(outcome.id).map(|(write, ..)| write);
                if write.is_some_and(|write| write.split().is_some()) {
                    self.turned = Some(story.now);
                }
                Ok(())
            }
            Fact::Moved(to) => {
                self.turned = Some(story.now);
                if matches!(to, Move::Resume) {
                    self.resumed = Some(story.now);
                }
                let told = std::mem::take(&mut self.told);
                self.goes(story, entry.at, to, told)
            }
            _ => Ok(()),
        }
    }

    fn sent(&mut self, story: &Story, sent: &Sent) -> Result<(), String> {
        if sent.operation != Operation::SetSplit {
            story.nobody_listens();
            return Ok(());
        }
        if story.is_ours(&sent.rollout)
            && let Some(effect) = sent.effect
        {
            self.left.insert(effect, sent.at);
        }
        Ok(())
    }

    fn truth(&mut self, story: &Story, truth: &Truth) -> Result<(), String> {
        self.answered(story, truth.at)?;
        self.follow(story, truth);
        let Some(Cause::Write(landed)) = &truth.cause else { return Ok(()) };
        let intent = landed.effect.and_then(|id| story.intent(id));
        let Some((Write::Raise { split }, _, noticed)) = intent else { return Ok(()) };
        let given = story.given;
        if given.old_reads || given.no_reads || given.late_writes || !landed.accepted {
            return Ok(());
        }
        let (Some(before), Some(changed)) = (&story.last, story.router_changed) else {
            return Ok(());
        };
        // An answer that was lost, or one for a part of the routes, leaves our own split behind:
        // sending it again confirms it.
        let ours = is_of(before, &[story.confirmed(), *split]);
        let left = landed.effect.and_then(|id| self.left.get(&id)).copied();
        let old = left.unwrap_or(noticed).saturating_sub(changed) > SEEN;
        ensure(ours || !old, || {
            format!("{split} overwrote {:?}, which another hand had set", before.configured)
        })
    }
}

impl S34 {
    /// Nothing goes forward over what stands, and whoever is held for it is told.
    fn goes(&self, story: &Story, at: Timestamp, to: &Move, told: bool) -> Result<(), String> {
        if let Move::Hold { reason: HoldReason::Drift { .. }, .. } = to {
            return ensure(told, || "held for another hand without a word to anybody".to_owned());
        }
        let forward = match to {
            Move::Shift { step } => *step > 0,
            Move::Bake | Move::Confirm | Move::Retain | Move::Retire => true,
            _ => false,
        };
        // Whoever says to go on has been told of it.
        let since = self.stands.map(|since| since.max(self.resumed.unwrap_or_default()));
        // What was decided while the journal was away is told when it is back.
        let decided = if story.given.no_journal {
            story.now.min(Duration::from_millis(at.as_millis()))
        } else {
            story.now
        };
        let stands = since.map(|since| decided.saturating_sub(since));
        let excused = !forward || story.given.old_reads || story.given.no_reads;
        ensure(excused || stands.unwrap_or_default() <= FREEZE, || {
            format!("{} though another hand's split had stood for {stands:?}", to.name())
        })
    }

    /// What stands for longer than two polls take has stopped the rollout.
    fn answered(&self, story: &Story, at: Duration) -> Result<(), String> {
        // A write of ours that came to nothing may have asked for the very same.
        let asked_for = story.last.as_ref().is_some_and(|last| may_show(story, last));
        let stands = self.stands.filter(|_| !asked_for);
        let Some(since) = stands.map(|since| self.turned.map_or(since, |at| at.max(since))) else {
            return Ok(());
        };
        let every = story.plan().map_or(Duration::ZERO, |plan| plan.watch.analysis.every);
        let bound = match story.phase {
            PhaseName::Shifting | PhaseName::Baking | PhaseName::Confirming => ANSWERED,
            PhaseName::Retaining => ANSWERED + every,
            _ => return Ok(()),
        };
        let lasts = at.saturating_sub(since).min(story.attended(at));
        let given = story.given;
        let excused = given.old_reads || given.no_reads || sending(story).is_some();
        ensure(excused || lasts <= bound, || {
            format!("{} goes on though another hand's split stands for {lasts:?}", story.phase)
        })
    }

    /// Follows what another hand has set, until it is as we set it, or somebody sets it anew.
    fn follow(&mut self, story: &Story, truth: &Truth) {
        let hand = matches!(
            truth.cause,
            Some(Cause::Change(Change::Router(RouterChange::Weights(_) | RouterChange::Split(_))))
        );
        let ours = matches!(&truth.cause, Some(Cause::Write(landed)) if landed.accepted && landed.split.is_some());
        if ours || may_show(story, truth) {
            self.stands = None;
        } else if hand {
            self.stands = self.stands.or(Some(truth.at));
        }
    }
}

/// Returns whether each route shows what was confirmed last, or what was sent after it.
fn may_show(story: &Story, truth: &Truth) -> bool {
    let sent = story.facts().rev().find_map(|fact| match fact {
        Fact::Intent { write, .. } => write.split(),
        _ => None,
    });
    is_of(truth, &[story.confirmed(), sent.unwrap_or(Split::ALL_BLUE)])
}

/// Returns whether each route shows one of the splits.
fn is_of(truth: &Truth, splits: &[Split]) -> bool {
    let ours = |route: &Weights| {
        splits.iter().any(|split| *route == Weights::from(*split) || route.split() == Some(*split))
    };
    truth.configured.iter().all(ours)
}

/// Returns the write to the balancer that is under way, if one is.
fn sending(story: &Story) -> Option<EffectId> {
    let newest =
        story.newest(|fact| matches!(fact, Fact::Intent { write, .. } if write.split().is_some()));
    let Fact::Intent { id, .. } = newest?.fact else { return None };
    let ended = |fact: &Fact| matches!(fact, Fact::Outcome(outcome) if outcome.id == id);
    (!story.facts().any(ended)).then_some(id)
}

/// How old a reading may be when a write relies on it, and the time of the calls themselves.
const SEEN: Duration = Duration::from_secs(30);
/// How long it may have stood, unseen, when the rollout goes forward.
const FREEZE: Duration = Duration::from_secs(60);
/// Within which time the rollout must have left the way forward.
const ANSWERED: Duration = Duration::from_secs(90);
