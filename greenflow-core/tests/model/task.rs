//! One write in a controller's hand, carried out as the engine carries it out: look at the lease,
//! send, read back, repeat, and one outcome.

use greenflow_core::fact::{Outcome, OutcomeClass, Write};
use greenflow_core::machine::WriteOrder;
use greenflow_core::provider::{ErrorKind, FailureRecord};
use greenflow_core::value::{ResourceId, Side, Timestamp};

use super::action::Fate;
use super::setting::{Setting, Weakness};
use super::world::{World, millis};

/// One write in a controller's hand.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) order: WriteOrder,
    pub(crate) attempts: u32,
    pub(crate) stage: Stage,
    pub(crate) stop: bool,
    last_sent: Option<u64>,
    unsettled: bool,
    /// When it is given up.
    until: Option<u64>,
}

/// What comes next for a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// To look at the lease.
    Ready,
    /// The lease was looked at: it leaves.
    Leaving,
    /// To look at the world.
    Looking {
        /// When.
        at: u64,
        /// Until when an accepted write may take to be seen; `None` when nothing was accepted.
        settles: Option<u64>,
    },
    /// To try again.
    Pausing {
        /// When.
        until: u64,
    },
    /// An earlier controller may have sent it: to look first.
    Resumed,
}

impl Task {
    pub(crate) fn new(mut order: WriteOrder, now: u64, setting: &Setting) -> Self {
        order.needs_answer &= !setting.lacks(Weakness::CutsUnanswered);
        let until = order.patience.map(|patience| now + millis(patience));
        let blindly = setting.lacks(Weakness::ReplaysTheLastIntent);
        let looks = order.resumed && !order.needs_answer && !blindly;
        let stage = if looks { Stage::Resumed } else { Stage::Ready };
        let shown = order.shown && !setting.lacks(Weakness::SeenIsLanded);
        let unsettled = order.resumed || shown;
        Self { order, attempts: 0, stage, stop: false, last_sent: None, unsettled, until }
    }

    /// When the next thing is due; `None` while it leaves.
    pub(crate) fn due(&self, now: u64) -> Option<u64> {
        match self.stage {
            Stage::Ready | Stage::Resumed => Some(now),
            Stage::Leaving => None,
            Stage::Looking { at, .. } => Some(at),
            Stage::Pausing { until } if self.stop => Some(now.min(until)),
            Stage::Pausing { until } => Some(self.until.map_or(until, |end| end.min(until))),
        }
    }

    /// Does what is due now; the outcome, if that ends it. `world` is what readings show, if they
    /// show anything.
    pub(crate) fn step(&mut self, now: u64, world: Option<&World>) -> Option<Outcome> {
        let given_up = self.stop || self.until.is_some_and(|end| end <= now);
        match self.stage {
            Stage::Ready if given_up => Some(self.ended(self.not_seen())),
            Stage::Ready => {
                self.stage = Stage::Leaving;
                None
            }
            Stage::Leaving => None,
            Stage::Pausing { .. } => {
                self.stage = Stage::Ready;
                self.step(now, world)
            }
            Stage::Resumed => match world.map(|world| shows(world, &self.order.write)) {
                Some(true) => Some(self.ended(OutcomeClass::Applied)),
                Some(false) if matches!(self.order.write, Write::Raise { .. }) => {
                    Some(self.ended(self.not_seen()))
                }
                None if given_up => Some(self.ended(self.not_seen())),
                None if !self.order.write.is_cut() => {
                    self.stage = Stage::Looking { at: now + PAUSE, settles: None };
                    None
                }
                Some(false) | None => {
                    self.stage = Stage::Ready;
                    self.step(now, world)
                }
            },
            Stage::Looking { settles, .. } => {
                if world.is_some_and(|world| shows(world, &self.order.write)) {
                    return Some(self.ended(OutcomeClass::Applied));
                }
                match settles {
                    Some(end) if now < end && !given_up => {
                        self.stage = Stage::Looking { at: end, settles };
                    }
                    Some(_) | None => {
                        self.unsettled = true;
                        self.stage = Stage::Pausing { until: now + PAUSE };
                    }
                }
                None
            }
        }
    }

    /// The call has left; what its answer says, if one comes. Returns the outcome where the answer
    /// is taken for it.
    pub(crate) fn sent(&mut self, now: u64, fate: Fate, setting: &Setting) -> Option<Outcome> {
        self.attempts += 1;
        self.last_sent = Some(now);
        self.stage = match fate {
            Fate::Applied | Fate::AcceptedOnly if setting.lacks(Weakness::TrustsTheAck) => {
                return Some(self.ended(OutcomeClass::Applied));
            }
            Fate::Applied | Fate::AcceptedOnly => {
                Stage::Looking { at: now, settles: Some(now + SETTLE) }
            }
            Fate::AnswerLost | Fate::Lost if setting.lacks(Weakness::TimeOutIsANo) => {
                Stage::Pausing { until: now + PAUSE }
            }
            Fate::AnswerLost | Fate::Lost if self.order.needs_answer => {
                self.unsettled = true;
                Stage::Pausing { until: now + PAUSE }
            }
            Fate::AnswerLost | Fate::Lost => Stage::Looking { at: now + DEADLINE, settles: None },
            Fate::Refused => Stage::Pausing { until: now + PAUSE },
        };
        None
    }

    const fn not_seen(&self) -> OutcomeClass {
        if self.unsettled { OutcomeClass::Ambiguous } else { OutcomeClass::NotApplied }
    }

    fn ended(&self, class: OutcomeClass) -> Outcome {
        let made = match &self.order.write {
            Write::Provision { .. } if class == OutcomeClass::Applied => vec!["green-1"],
            _ => Vec::new(),
        };
        let failure = (class != OutcomeClass::Applied).then(|| FailureRecord {
            kind: ErrorKind::Unavailable,
            operation: self.order.write.name().to_owned(),
            message: String::new(),
        });
        Outcome {
            id: self.order.id,
            class,
            attempts: self.attempts,
            last_sent_at: self.last_sent.map(Timestamp::from_millis),
            may_land_late: self.unsettled,
            resources: made.into_iter().map(|name| ResourceId::new(name).unwrap()).collect(),
            report: None,
            failure,
        }
    }
}

/// Whether the world is as the write wants it.
fn shows(world: &World, write: &Write) -> bool {
    match write {
        Write::Raise { .. } | Write::Cut => Some(world.split()) == write.split(),
        Write::Provision { .. } => world.green,
        Write::Remove { side: Side::Blue, .. } => !world.blue,
        Write::Remove { side: Side::Green, .. } => !world.green,
        Write::PinBlue { .. } | Write::RunHook { .. } => true,
    }
}

/// The deadline of a call.
const DEADLINE: u64 = 10_000;
/// How long an accepted write may take to be seen.
const SETTLE: u64 = 30_000;
/// The pause before the next attempt: what a forward write's pauses grow to.
const PAUSE: u64 = 30_000;
