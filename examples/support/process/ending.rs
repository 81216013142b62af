//! What is left when all is over.

use std::collections::BTreeSet;

use greenflow_core::fact::Entry;
use greenflow_core::record::{Record, RecordOutcome};
use greenflow_core::value::WallTime;

use super::site::{Site, SiteError, TARGETS, digest};
use crate::file_provider::Standing;

/// What is left when all is over: the facts, the record they make, and the world.
#[derive(Clone, Debug)]
pub struct Ending {
    entries: Vec<Entry>,
    record: Record,
    standing: Standing,
    shortages: Vec<String>,
}

impl Ending {
    /// Looks at a site whose controllers have ended.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub fn of(site: &Site) -> Result<Self, SiteError> {
        Self::with(site, site.entries()?)
    }

    /// Looks at a site whose facts are elsewhere.
    ///
    /// # Errors
    /// When the site cannot be read.
    pub fn with(site: &Site, entries: Vec<Entry>) -> Result<Self, SiteError> {
        let world = site.world();
        Ok(Self {
            record: Record::from_entries(&entries)?,
            standing: world.standing()?,
            shortages: world.shortages(TARGETS)?,
            entries,
        })
    }

    /// Returns how it ended.
    #[must_use]
    pub const fn outcome(&self) -> RecordOutcome {
        self.record.outcome
    }

    /// Returns the facts.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the phases in order, each step of the shift by itself.
    #[must_use]
    pub fn phases(&self) -> Vec<String> {
        let name =
            |step: Option<u32>| step.map_or_else(String::new, |step| format!(" {}", step + 1));
        self.record.phases.iter().map(|span| format!("{}{}", span.name, name(span.step))).collect()
    }

    /// Returns the phase that the journal had reached by then; nothing before its first fact.
    #[must_use]
    pub fn phase_at(&self, at: WallTime) -> Option<String> {
        let entered = self.record.phases.iter().map(|span| span.entered_at.wall());
        let place = entered.take_while(|entered| *entered <= at).count().checked_sub(1)?;
        self.phases().into_iter().nth(place)
    }

    /// Lists what is wrong: with the world as it is and was, and beside a rollout that nobody
    /// interrupted.
    ///
    /// # Errors
    /// None, as the digests are constants.
    pub fn wrong_beside(&self, undisturbed: &Self) -> Result<Vec<String>, SiteError> {
        let mut wrong = self.shortages.clone();
        let (phases, wanted) = (self.phases(), undisturbed.phases());
        if phases != wanted {
            wrong.push(format!("it went through {phases:?}, undisturbed through {wanted:?}"));
        }
        let (outcome, wanted) = (self.outcome(), undisturbed.outcome());
        if outcome != wanted {
            wrong.push(format!("it ended {outcome:?}, undisturbed {wanted:?}"));
        }
        if self.standing != undisturbed.standing {
            let (standing, wanted) = (&self.standing, &undisturbed.standing);
            wrong.push(format!("the world is {standing:?}, undisturbed {wanted:?}"));
        }
        wrong.extend(self.left_behind()?);
        Ok(wrong)
    }

    /// Lists what is wrong with the end by itself.
    ///
    /// # Errors
    /// None, as the digests are constants.
    pub fn left_behind(&self) -> Result<Vec<String>, SiteError> {
        let Standing { green_share, blue, green, targets_ever_made } = &self.standing;
        let (blue_digest, green_digest) = (digest("a")?, digest("b")?);
        let (share, winner, wanted, loser) = match self.outcome() {
            RecordOutcome::Completed => (10_000, green, green_digest, blue),
            RecordOutcome::RolledBack => (0, blue, blue_digest, green),
            outcome @ (RecordOutcome::Running | RecordOutcome::Refused | RecordOutcome::Stuck) => {
                return Ok(vec![format!("it is {outcome:?}")]);
            }
        };
        let mut wrong = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                wrong.push(what);
            }
        };
        check(*green_share == Some(share), format!("green's share is {green_share:?}"));
        check(winner.targets == TARGETS, format!("{} targets serve", winner.targets));
        check(winner.digests == BTreeSet::from([wanted]), "another digest serves".to_owned());
        check(loser.targets == 0, format!("{} targets are left behind", loser.targets));
        check(blue.pinned_at.is_none() && green.pinned_at.is_none(), "a pin is left".to_owned());
        let twice = 2 * TARGETS as u64;
        check(*targets_ever_made == twice, format!("{targets_ever_made} targets were made"));
        check(self.record.leftovers.is_empty(), format!("left: {:?}", self.record.leftovers));
        Ok(wrong)
    }
}
