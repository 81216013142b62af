//! What comes out of the machine.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::Read;
use crate::fact::{Entry, Scope, Write};
use crate::provider::Notice;
use crate::value::{EffectId, Timestamp, duration};

/// What comes out of the machine, in the order in which it must be carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the engine carries out each")]
pub enum Output {
    /// Append this fact; nothing that follows may be carried out before it is durable.
    Append(Entry),
    /// Carry out a write, with its retries and its read-back, and answer with `WriteEnded`.
    Write(WriteOrder),
    /// Give up retrying this write as soon as the call that is under way has ended. It still
    /// answers with `WriteEnded`.
    StopWrite(EffectId),
    /// Carry out a read, once, and answer with `ReadEnded`.
    Read(ReadOrder),
    /// Hand this notice over, beside everything else, and answer with `NoticeEnded`.
    Notify(Notice),
    /// Nothing is left to do until an answer comes, or until then.
    Wait(Wait),
}

/// The order to carry out a write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteOrder {
    /// Its identity and idempotency key.
    pub id: EffectId,
    /// What.
    pub write: Write,
    /// The intent is of an earlier controller: read first, never send blindly. A raise that reads
    /// as not applied is not sent again but answered as ambiguous.
    pub resumed: bool,
    /// How long it may be tried. `None` is for ever, as the way back is.
    pub patience: Option<Duration>,
    /// It counts only once the provider has answered that it took it. What it asks for is what was set
    /// before, so that a reading proves nothing; and a fence keeps out only what is older than what it
    /// was told.
    pub needs_answer: bool,
    /// The world may show already what it asks for, as where an earlier one landed late: seeing that is
    /// no sign that this one has landed, and it may do so later.
    pub shown: bool,
}

/// The order to carry out a read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadOrder {
    /// What.
    pub read: Read,
    /// How long the call may take.
    pub deadline: Duration,
}

/// What the rollout waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// When to tick at the latest; `None` when only an answer or a person can change anything.
    pub until: Option<Timestamp>,
    /// Nothing is under way and nothing will be for a while: the lease may be given back.
    pub parked: bool,
    /// The rollout has ended, or is stuck: `run` returns.
    pub finished: bool,
    /// What for, for people.
    pub reason: WaitReason,
}

/// What a rollout waits for. Its words are made when somebody reads them, and stay the same while
/// it waits for the same thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitReason(Words);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Words {
    Text(Cow<'static, str>),
    Hold(Scope, Duration),
    Look(Duration),
}

impl WaitReason {
    /// The end of a hold of this length.
    pub(super) const fn hold(scope: Scope, length: Duration) -> Self {
        Self(Words::Hold(scope, length))
    }

    /// The next of the looks that are so far apart.
    pub(super) const fn look(every: Duration) -> Self {
        Self(Words::Look(every))
    }
}

impl Default for WaitReason {
    /// Nothing.
    fn default() -> Self {
        Self::from("")
    }
}

impl From<&'static str> for WaitReason {
    fn from(text: &'static str) -> Self {
        Self(Words::Text(Cow::Borrowed(text)))
    }
}

impl From<String> for WaitReason {
    fn from(text: String) -> Self {
        Self(Words::Text(Cow::Owned(text)))
    }
}

impl WaitReason {
    /// Returns its words, as [`Display`](fmt::Display) writes them.
    pub(crate) fn words(&self) -> Cow<'_, str> {
        match &self.0 {
            Words::Text(text) => Cow::Borrowed(text),
            Words::Hold(scope, length) => {
                let length = duration::format(*length);
                format!("the end of the {scope} hold of {length}").into()
            }
            Words::Look(every) => {
                let every = duration::format(*every);
                ["the next look, ", &every, " after the last"].concat().into()
            }
        }
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}
