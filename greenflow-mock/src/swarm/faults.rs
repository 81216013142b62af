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
    /// Two classes a run, each pair in its turn.
    Pairs,
    /// Three classes a run, each triple in its turn.
    Triples,
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
        let turn = self.turn(seed);
        let mut troubles = Vec::new();
        for (place, class) in (0..).zip(CLASSES) {
            // Each class has a stream of its own, so that another one changes nothing in it.
            let mut own = Draw::keyed(seed, u64::from(class.id));
            let on = match self {
                Self::None | Self::Seed | Self::Pairs | Self::Triples => turn.contains(&place),
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

    /// Returns the classes, by their places, whose turn it is with this seed.
    fn turn(self, seed: u64) -> Vec<u64> {
        match self {
            Self::Seed => in_turn(1, seed),
            Self::Pairs => in_turn(2, seed),
            Self::Triples => in_turn(3, seed),
            Self::None | Self::Swarm | Self::All => Vec::new(),
        }
    }

    /// Returns after how many seeds in a row every choice has had its turn; 1 where each run draws
    /// anew.
    #[must_use]
    pub const fn turns(self) -> u64 {
        let classes = CLASSES.len() as u64;
        match self {
            Self::Seed => choices(classes, 1),
            Self::Pairs => choices(classes, 2),
            Self::Triples => choices(classes, 3),
            Self::None | Self::Swarm | Self::All => 1,
        }
    }

    /// Returns every class that can be drawn: all of the catalogue but F63, which is about a hundred
    /// rollouts of one process beside one whose journal cannot be read. A rehearsal has one rollout;
    /// the hundred are in `tests/controllers/recovery.rs`, and the property test draws a damaged
    /// journal of another service.
    pub fn classes() -> impl Iterator<Item = FaultId> {
        CLASSES.iter().map(|class| FaultId::known(class.id))
    }
}

/// Returns so many different places of classes: of all such choices the one whose turn it is.
///
/// The combinatorial number system: a choice's number is the sum of `choices(place, rank)` over its
/// places, the greatest one with the highest rank.
fn in_turn(how_many: u64, seed: u64) -> Vec<u64> {
    let mut number = seed % choices(CLASSES.len() as u64, how_many);
    let mut places = Vec::new();
    for rank in (1..=how_many).rev() {
        let fits = |place: &u64| choices(*place, rank) <= number;
        let place = (0..CLASSES.len() as u64).rev().find(fits).unwrap_or(0);
        number -= choices(place, rank).min(number);
        places.push(place);
    }
    places
}

/// Returns in how many ways so many of `among` can be chosen.
const fn choices(among: u64, how_many: u64) -> u64 {
    let (mut ways, mut chosen) = (1, 0);
    while chosen < how_many {
        ways = ways * among.saturating_sub(chosen) / (chosen + 1);
        chosen += 1;
    }
    ways
}
