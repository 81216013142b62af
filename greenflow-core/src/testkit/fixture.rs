//! What every fixture has, and how it answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::provider::Clock;

/// One fresh subject under test, with the hands that act on it from outside.
///
/// The kit gets a fresh one for each clause and drops it after: what must be cleaned up is
/// cleaned up in its `Drop`. All waiting goes through [`Fixture::clock`], so the kit runs on
/// virtual time as well as on real time.
pub trait Fixture: Send + Sync + 'static {
    /// Returns the clock that the subject lives by.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Returns the deadline of the kit's calls; by default 10 s.
    fn deadline(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Returns how long after an answer its effect may take to show in a read; by default 0.
    fn settle(&self) -> Duration {
        Duration::ZERO
    }

    /// Returns the longest that the kit may wait in one go; by default there is no bound. On a
    /// real clock say what you can spare: late writes are then watched for so long only (else for
    /// 10 min), and a clause that cannot do with less is skipped and says so.
    fn patience(&self) -> Duration {
        Duration::MAX
    }
}

/// What a fixture answers when it is asked to bring a situation about. The default of every such
/// method is [`cannot`].
pub type Stimulus<T = ()> = Result<T, NoStimulus>;

/// Why a situation was not brought about.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "one skips a clause, the other fails it")]
pub enum NoStimulus {
    /// This fixture has no means for it: the clause is skipped.
    Cannot(String),
    /// It should have been possible, and went wrong: the clause fails, so that a broken fixture
    /// never looks like a skipped clause.
    Broke(String),
}

impl NoStimulus {
    /// Says that it should have been possible, and went wrong.
    #[must_use]
    pub fn broke(why: impl fmt::Display) -> Self {
        Self::Broke(why.to_string())
    }
}

/// Says that a fixture has no means for something.
///
/// # Errors
/// Always: [`NoStimulus::Cannot`].
pub fn cannot<T>(what: impl Into<String>) -> Stimulus<T> {
    Err(NoStimulus::Cannot(what.into()))
}

/// What shall happen to the next write that the kit sends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a fixture answers each")]
pub enum Fate {
    /// It is refused by the other end, and has no effect.
    Refused,
    /// It never arrives, and nothing comes back.
    LostNotApplied,
    /// It takes effect at once, and the answer is lost.
    LostApplied,
    /// Nothing comes back, and it takes effect as late as it ever does.
    Late,
}

impl Fate {
    /// All of them; the late one last, as it acts on what follows.
    pub const ALL: [Self; 4] = [Self::Refused, Self::LostNotApplied, Self::LostApplied, Self::Late];
}
