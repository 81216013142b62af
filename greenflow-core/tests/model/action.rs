//! What can happen next.

/// A controller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Who {
    A,
    B,
}

impl Who {
    pub(crate) const ALL: [Self; 2] = [Self::A, Self::B];
}

/// What can happen next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Action {
    /// A controller does what is due: its machine decides on true readings, its facts become
    /// durable, and its next write is ready to leave.
    Act(Who),
    /// The same, but its readings of the split show what was before the last change.
    ActOnOldReading(Who),
    /// The same, but no reading is answered.
    ActBlind(Who),
    /// A write leaves, and this becomes of it.
    Send(Who, Fate),
    /// A late write takes effect after all.
    Land(usize),
    /// Time passes to the next moment at which something is due.
    Pass,
    /// A controller stops: killed, or frozen with whatever it had in hand.
    Stop(Who),
    /// A stopped controller goes on, not knowing how long it was away.
    Wake(Who),
    /// A controller takes the lease that has run out, and folds the journal.
    TakeOver(Who),
    /// Another hand sets all traffic to blue, or to green.
    AnotherHandToBlue,
    /// The same, to green.
    AnotherHandToGreen,
    /// Green begins to fail every request.
    GreenBreaks,
    /// A person says abort.
    Abort,
}

/// What becomes of a write that leaves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Fate {
    /// It takes effect, and its answer says so.
    Applied,
    /// It is accepted, and takes effect later or never.
    AcceptedOnly,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// Its answer is lost, and it takes effect later or never.
    Lost,
    /// It is refused, certainly without effect.
    Refused,
}

impl Fate {
    pub(crate) const ALL: [Self; 5] =
        [Self::Applied, Self::AcceptedOnly, Self::AnswerLost, Self::Lost, Self::Refused];
}
