//! Oracles: what must always hold, checked against what really is.
//!
//! An [`Audit`] tells each [`Oracle`] every fact that becomes durable and every event of the world,
//! in their order. Each oracle knows one guarantee by its id, and in its own file says which events
//! of the world excuse it: a guarantee about the world is broken only when a write of the engine
//! made it false, or when the answer that it asks for is missing after its bound. Beside each stands
//! a history that breaks its guarantee and no other.
//!
//! | guarantee | checked by |
//! |---|---|
//! | S1 to S54 | the oracle of that number |
//! | L3, L9 to L12, L14 | the oracle of that number |
//! | L1, L5, L15 | the property test: each rollout ends in time, and the service is free |
//! | grades of a split (part of S10, S17) | types: see [`TrafficObserved`](greenflow_core::value::TrafficObserved) |
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an oracle looks at the facts of its own guarantee; a new kind concerns none of the old"
)]

mod audit;
mod given;
mod jury;
mod l03;
mod l09;
mod l10;
mod l11;
mod l12;
mod l14;
mod run_over;
mod s01;
mod s02;
mod s03;
mod s04;
mod s05;
mod s06;
mod s07;
mod s08;
mod s09;
mod s10;
mod s11;
mod s12;
mod s13;
mod s14;
mod s15;
mod s16;
mod s17;
mod s18;
mod s19;
mod s20;
mod s21;
mod s22;
mod s23;
mod s24;
mod s25;
mod s26;
mod s27;
mod s28;
mod s29;
mod s30;
mod s31;
mod s32;
mod s33;
mod s34;
mod s35;
mod s36;
mod s37;
mod s38;
mod s39;
mod s40;
mod s41;
mod s42;
mod s43;
mod s44;
mod s45;
mod s46;
mod s47;
mod s48;
mod s49;
mod s50;
mod s51;
mod s52;
mod s53;
mod s54;
mod story;
mod violation;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

use greenflow_core::fact::{Entry, Fact, Move};
use greenflow_core::provider::{CheckOutcome, CheckStage};
use greenflow_core::value::{CheckName, Timestamp};

pub use audit::Audit;
pub use given::Given;
pub use jury::Jury;
pub use run_over::RunOver;
pub use story::{HeldLease, Story};
pub use violation::Violation;

use crate::StoreEvent;
use crate::provider::Operation;
use crate::world::{Sent, Truth};

/// One guarantee, watched.
///
/// Each method is told what happened before it took place in the [`Story`], and answers what is
/// broken by it.
pub trait Oracle: Debug + Send {
    /// Returns the guarantee's id.
    fn id(&self) -> &'static str;

    /// A fact has become durable.
    ///
    /// # Errors
    /// What is broken.
    fn fact(&mut self, story: &Story, _entry: &Entry) -> Result<(), String> {
        story.nobody_listens();
        Ok(())
    }

    /// A call has left a controller of this rollout, or of another one.
    ///
    /// # Errors
    /// What is broken.
    fn sent(&mut self, story: &Story, _sent: &Sent) -> Result<(), String> {
        story.nobody_listens();
        Ok(())
    }

    /// The store did something for this rollout, or for another one.
    ///
    /// # Errors
    /// What is broken.
    fn stored(&mut self, story: &Story, _event: &StoreEvent) -> Result<(), String> {
        story.nobody_listens();
        Ok(())
    }

    /// Something happened in the world, and now it is so.
    ///
    /// # Errors
    /// What is broken.
    fn truth(&mut self, story: &Story, _truth: &Truth) -> Result<(), String> {
        story.nobody_listens();
        Ok(())
    }

    /// A controller's run of this rollout is over.
    ///
    /// # Errors
    /// What is broken.
    fn over(&mut self, story: &Story, _over: &RunOver) -> Result<(), String> {
        story.nobody_listens();
        Ok(())
    }

    /// Nothing more will happen.
    ///
    /// # Errors
    /// What is broken.
    fn at_end(&mut self, story: &Story) -> Result<(), String> {
        story.nobody_listens();
        Ok(())
    }
}

/// Returns every oracle, at its beginning.
#[must_use]
pub fn all() -> Vec<Box<dyn Oracle>> {
    vec![
        Box::new(s01::S01),
        Box::new(s02::S02::default()),
        Box::new(s03::S03),
        Box::new(s04::S04::default()),
        Box::new(s05::S05::default()),
        Box::new(s06::S06),
        Box::new(s07::S07),
        Box::new(s08::S08::default()),
        Box::new(s09::S09::default()),
        Box::new(s10::S10::default()),
        Box::new(s11::S11::default()),
        Box::new(s12::S12::default()),
        Box::new(s13::S13::default()),
        Box::new(s14::S14),
        Box::new(s15::S15::default()),
        Box::new(s16::S16::default()),
        Box::new(s17::S17::default()),
        Box::new(s18::S18::default()),
        Box::new(s19::S19),
        Box::<s20::S20>::default(),
        Box::new(s21::S21),
        Box::new(s22::S22::default()),
        Box::new(s23::S23),
        Box::new(s24::S24),
        Box::new(s25::S25),
        Box::new(s26::S26::default()),
        Box::new(s27::S27::default()),
        Box::new(s28::S28),
        Box::new(s29::S29),
        Box::new(s30::S30),
        Box::new(s31::S31::default()),
        Box::new(s32::S32),
        Box::new(s33::S33::default()),
        Box::new(s34::S34::default()),
        Box::new(s35::S35),
        Box::new(s36::S36::default()),
        Box::new(s37::S37),
        Box::new(s38::S38::default()),
        Box::new(s39::S39),
        Box::new(s40::S40::default()),
        Box::new(s41::S41::default()),
        Box::new(s42::S42::default()),
        Box::new(s43::S43::default()),
        Box::new(s44::S44::default()),
        Box::new(s45::S45),
        Box::new(s46::S46),
        Box::new(s47::S47::default()),
        Box::new(s48::S48::default()),
        Box::new(s49::S49::default()),
        Box::new(s50::S50),
        Box::new(s51::S51),
        Box::new(s52::S52),
        Box::new(s53::S53::default()),
        Box::new(s54::S54::default()),
        Box::new(l03::L03::default()),
        Box::new(l09::L09::default()),
        Box::new(l10::L10::default()),
        Box::new(l11::L11),
        Box::new(l12::L12::default()),
        Box::new(l14::L14::default()),
    ]
}

/// Says what is broken unless it holds.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// Returns whether a fact is the decision to go back.
const fn rolled_back(fact: &Fact) -> bool {
    matches!(fact, Fact::Moved(Move::RollBack(_)))
}

/// Returns whether the last run of a check passed.
fn passed(story: &Story, stage: CheckStage, name: &CheckName) -> bool {
    let last = story.facts().rev().find_map(|fact| {
        let Fact::CheckEnded(result) = fact else { return None };
        (result.stage == stage && result.check == *name).then_some(result.outcome)
    });
    last == Some(CheckOutcome::Passed)
}

/// Returns when a split was last sent, as far as the journal knows.
fn last_split_sent(story: &Story) -> Option<Timestamp> {
    let sends = story.entries.iter().filter_map(|entry| match &entry.fact {
        Fact::Intent { write, .. } => write.split().map(|_| entry.at),
        Fact::Outcome(outcome) => {
            let (write, ..) = story.intent(outcome.id)?;
            write.split().and(outcome.last_sent_at)
        }
        _ => None,
    });
    sends.max()
}

/// Returns whether a call changes something outside, notices aside.
const fn changes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::SetSplit
            | Operation::Provision
            | Operation::Pin
            | Operation::Remove
            | Operation::RunHook
    )
}

/// Returns whether a call is the cut, as far as the journal knows it.
fn is_cut(story: &Story, sent: &Sent) -> bool {
    let intent = sent.effect.and_then(|id| story.intent(id));
    match intent {
        Some((write, ..)) => write.is_cut(),
        // What the journal does not know may only be the cut that was authorised beforehand.
        None => sent.operation == Operation::SetSplit,
    }
}
