//! Which classes of faults the runs of a sweep meet.

use super::Trouble;
use super::classes::CLASSES;
use super::draw::Draw;
use crate::faults::FaultId;

/// Which classes of the fault catalogue the runs of a sweep meet, beside what the world's own
/// description says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Faults {
    /// None.
    None,
    /// One class a run, each in its turn.
    Seed,
    /// Some: each class is switched on in about one run of nine; one run in ten has none at all.
    #[default]
    Swarm,
    /// Every class, in every run.
    All,
}

impl Faults {
    /// Draws what goes wrong in the run of this seed.
    #[must_use]
    pub fn draw(self, seed: u64) -> Vec<Trouble> {
        let mut draw = Draw::new(seed);
        let quiet = draw.chance(10);
        let mut troubles = Vec::new();
        for (place, class) in (0..).zip(CLASSES) {
            // Each class has a stream of its own, so that another one changes nothing in it.
            let mut own = Draw::keyed(seed, u64::from(class.id));
            let on = match self {
                Self::None => false,
                Self::Seed => seed % CLASSES.len() as u64 == place,
                Self::Swarm => own.chance(11) && !quiet,
                Self::All => true,
            };
            if on {
                let id = FaultId::known(class.id);
                let whats = (class.draw)(&mut own).into_iter();
                troubles.extend(whats.map(|what| Trouble::new(id, what)));
            }
        }
        troubles
    }

    /// Returns every class that can be drawn: all of the catalogue but F63, which is about a hundred
    /// rollouts of one process beside one whose journal cannot be read. A rehearsal has one rollout;
    /// the hundred are in `tests/controllers/recovery.rs`, and the property test draws a damaged
    /// journal of another service.
    pub fn classes() -> impl Iterator<Item = FaultId> {
        CLASSES.iter().map(|class| FaultId::known(class.id))
    }
}
