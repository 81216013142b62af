//! Marks on branches that only trouble leads to, counted while the feature `marks` is on.
//!
//! A test that draws trouble asks at its end which of them it never came to: what is not reached is
//! not tested, however many cases there were. Without the feature nothing of this is compiled.

/// Counts that a branch was taken; nothing without the feature `marks`.
#[cfg(feature = "marks")]
macro_rules! mark {
    ($name:ident) => {
        $crate::marks::Mark::$name.hit()
    };
}

/// Counts that a branch was taken; nothing without the feature `marks`.
#[cfg(not(feature = "marks"))]
macro_rules! mark {
    ($name:ident) => {};
}

#[cfg(feature = "marks")]
pub use counted::Mark;

#[cfg(feature = "marks")]
mod counted {
    use std::sync::atomic::{AtomicU64, Ordering};

    macro_rules! marks {
        ($($(#[$doc:meta])* $name:ident,)*) => {
            /// A branch that only trouble leads to.
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
            #[non_exhaustive]
            pub enum Mark {
                $($(#[$doc])* $name,)*
            }

            impl Mark {
                /// All of them.
                pub const ALL: &[Self] = &[$(Self::$name,)*];
            }
        };
    }

    marks! {
        /// A write ended that the facts know nothing of, or know the end of.
        AnswerToNoWrite,
        /// The split that is not expected is one of ours that may still have landed.
        OwnWriteSeenLate,
        /// A reading shows a split that is not ours.
        ForeignSplitSeen,
        /// A probe of green reached another revision.
        ProbeReachedAnother,
        /// Another hand was at the balancer while a raise was tried.
        DriftUnderARaise,
        /// The rollout holds: another hand was at the balancer.
        DriftHeld,
        /// Green has lost its targets, or runs something else.
        GreenUnfit,
        /// Nothing was known of green for longer than allowed.
        Blind,
        /// A green that comes and goes counts as bad without being assessed again.
        BadTooOften,
        /// Something could not be cleaned up.
        LeftOver,
        /// Green is bad, and blue is not fit to take its traffic.
        NoSafeSide,
        /// Both sides are outside their limits.
        CommonCause,
        /// Green lost its targets while a raise was being tried.
        RaiseGivenUpInTheMiddle,
        /// A raise failed as often as it may.
        RaiseFailedTooOften,
        /// A raise waits until an earlier write cannot land any more.
        RaiseWaitsForLateWrite,
        /// A raise whose answer was lost turns out to have landed.
        LostRaiseHadLanded,
        /// Another hand is seen just before a raise.
        DriftBeforeARaise,
        /// A step could not be sent for what its sides lack.
        StepNotReady,
        /// The requests did not show a step in time.
        StepNotShown,
        /// A hold or a bake cannot end.
        HoldCannotEnd,
        /// One bad sample was chance.
        Cleared,
        /// People decide on a critical breach.
        Undecided,
        /// An assessment came to no verdict in time.
        NoVerdictInTime,
        /// The way back takes longer than promised.
        RollbackOverdue,
        /// The first cut waits for a look: nobody has watched before.
        LookedBeforeTheFirstCut,
        /// The cut waits for a raise that is under way.
        CutWaitsForARaise,
        /// A cut that was tried again and again is given up for now: blue has gone down.
        CutStopped,
        /// A cut that ended without being seen is intended anew.
        CutTriedAnew,
        /// After the cut, green gets traffic again.
        CutUndone,
        /// There is no blue to go back to, or the cut is undone again and again.
        WayBackBlocked,
        /// Green could not be seen out of use, and is left running.
        GreenKeptRunning,
        /// The stopping of green failed for good.
        GreenNotStopped,
        /// The answer to the creation of green was lost: it is known by what it runs.
        GreenKnownByItsDigest,
        /// After that something was left on the green side, which may be of anybody.
        StrangersLeft,
        /// A reading is awaited just before green is stopped.
        LookedOnceMore,
        /// Blue went down while the removal of green was being tried: it is stopped.
        GreenIsAllThereIs,
        /// Blue has no healthy target after the way back.
        BlueUnhealthyAfterwards,
        /// A last check or the backup keeps blue.
        BlueKeptForAFailure,
        /// The backup failed as often as it may.
        BackupFailed,
        /// All is ready before a checklist is due.
        WaitsForALaterList,
        /// Something has spoken against the removal of blue for a day.
        RetentionBlocked,
        /// A person asked to go back while blue was being removed.
        RemovalFrozen,
        /// Then, or when green is not fit any more, a removal of blue was being tried: it is stopped.
        RemovalStopped,
        /// A removal came to nothing a moment ago, and the next must wait.
        RemovalRests,
        /// A write of before may land when blue is to be removed.
        RemovalWaitsForLateWrite,
        /// Blue is in use when it is to be removed.
        BlueInUse,
        /// Blue could not be removed.
        BlueLeft,
        /// What another hand had set was undone.
        DriftUndone,
        /// Blue is fit again while neither side was.
        BlueFitAgain,
        /// Green turned bad during a hold.
        BadWhileHeld,
        /// Another hand moved traffic during a hold for another reason.
        DriftWhileHeld,
        /// Nobody answered a hold in time.
        HeldInVain,
        /// Green did not come up in time.
        GreenNotInTime,
        /// The provider says that green can never come up.
        ProvisionRefused,
        /// The provider brought green up and named nothing of it.
        GreenWithoutAName,
        /// Nobody acknowledged, and the plan says to stop.
        Unacknowledged,
        /// Approvals did not come in time.
        NotApproved,
        /// Something is wrong in the long watch.
        PagedInTheWatch,
        /// A controller takes over with a write under way.
        TookOverAWrite,
        /// A decision to go forward is dropped while the journal is away.
        KeptToTheWayBack,
        /// What an earlier controller had under way is seen to have landed.
        ResumedAndApplied,
        /// A raise of an earlier controller is not seen, and not sent again.
        ResumedRaiseNotSeen,
        /// A write was accepted, and cannot be seen.
        AcceptedNotSeen,
        /// A refused repetition: an earlier attempt had landed.
        RefusedYetApplied,
        /// A write without an answer is seen to have landed.
        NoAnswerYetApplied,
        /// A write without an answer is not seen: it may yet land.
        NoAnswerNotSeen,
        /// A cut that went unanswered has to be answered, whatever is read.
        AnswerNeeded,
        /// A write is kept back while the journal is away.
        KeptBack,
        /// A write was refused for good.
        GaveUpForGood,
        /// A renewal is refused: the lease is another's.
        RenewalRefused,
        /// A renewal is not answered.
        RenewalUnanswered,
        /// Facts whose append was not answered are found in the journal.
        AppendedUnanswered,
        /// The journal has the facts of another controller.
        AnothersFacts,
        /// An append is refused: another controller has taken over.
        AppendFenced,
        /// Something leaves although the facts before it are not durable.
        LeftUnjournaled,
        /// A write is taken back before it has left.
        TakenBack,
        /// A parked rollout was taken further by another controller.
        JournalHadGrown,
    }

    static HITS: [AtomicU64; Mark::ALL.len()] = [const { AtomicU64::new(0) }; Mark::ALL.len()];

    impl Mark {
        pub(crate) fn hit(self) {
            HITS[self as usize].fetch_add(1, Ordering::Relaxed);
        }

        /// Returns how often it was taken since the process began.
        #[must_use]
        pub fn hits(self) -> u64 {
            HITS[self as usize].load(Ordering::Relaxed)
        }
    }
}
