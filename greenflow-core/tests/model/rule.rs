//! What must always hold.

/// What must always hold, by the name of its guarantee.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Rule {
    /// No write of ours sends traffic to a side that is gone.
    S03,
    /// A write to green goes to the next step of the plan, and to no other.
    S09,
    /// Blue is removed only after its removal was decided.
    S17,
    /// Green is removed only after the cut was confirmed.
    S18,
    /// One side at least is there.
    S20,
    /// Nothing is removed while it serves.
    S22,
    /// A deposed controller writes no fact.
    S29,
    /// Nothing is removed, and green gets no more, while an older write of ours may still land.
    S31,
    /// What was sent after another took over has no effect on what the other one did.
    S32,
    /// A raise that an earlier controller intended is never sent again.
    S33,
    /// What another hand has set is not overwritten on the way forward.
    S34,
    /// What has ended is not revived.
    S37,
    /// Abort is accepted until blue's removal is decided.
    S38,
    /// What counts as applied was seen in the world.
    S40,
    /// The intent is durable before the call.
    S42,
    /// The facts fold, to the state of the one who wrote them.
    S45,
    /// The machine finds none of its own invariants broken.
    Unbroken,
    /// A rollout ends on the side that it says, unless another hand moved the traffic.
    EndsWhereItSays,
    /// While a rollout has not ended, something is going to happen.
    GoesOn,
}
