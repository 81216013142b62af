//! The executor: one thread, virtual time, nothing left to chance.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use greenflow_core::provider::Clock;

use crate::clock::SimClock;
use crate::world::World;

/// Runs a future in virtual time.
///
/// It polls the future while something wakes it. When nothing does, it moves time to the next
/// timer or world event. Join several futures (`futures_util::future::join`, `FuturesUnordered`)
/// to run them together.
///
/// ```
/// use std::time::Duration;
/// use greenflow_core::provider::Clock;
/// use greenflow_core::value::WallTime;
/// use greenflow_mock::{Sim, SimClock};
///
/// let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
/// let sim = Sim::with_clock(clock.clone());
/// sim.run(clock.sleep_until(Duration::from_secs(604_800)))?; // a week, at once
/// assert_eq!(clock.monotonic(), Duration::from_secs(604_800));
/// # Ok::<(), greenflow_mock::SimError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sim {
    clock: SimClock,
    world: Option<World>,
    limits: SimLimits,
}

/// What a run may cost before it is given up, so that no mistake runs for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SimLimits {
    /// How often the future may be polled in all.
    pub polls: u64,
    /// How often it may be polled without time moving.
    pub polls_at_one_moment: u64,
    /// How far virtual time may go.
    pub until: Duration,
}

impl Default for SimLimits {
    /// 100 million polls, 100 000 of them at one moment, 60 days.
    fn default() -> Self {
        Self {
            polls: 100_000_000,
            polls_at_one_moment: 100_000,
            until: Duration::from_secs(60 * 86_400),
        }
    }
}

/// Why a run was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The future waits, and nothing will ever wake it: no timer, no world event.
    #[error("deadlock at {at:?}: the future waits, and no timer or world event is left")]
    Deadlock {
        /// When.
        at: Duration,
    },
    /// The future was polled too often.
    #[error("given up at {at:?} after {polls} polls")]
    TooManyPolls {
        /// When.
        at: Duration,
        /// How often it was polled.
        polls: u64,
    },
    /// The future keeps waking itself while time stands still.
    #[error("time stands still at {at:?}: {polls} polls at one moment")]
    Spinning {
        /// When.
        at: Duration,
        /// How often it was polled there.
        polls: u64,
    },
    /// Virtual time went too far.
    #[error("given up at {at:?}: the next timer or world event is after the limit of {until:?}")]
    TooLong {
        /// When.
        at: Duration,
        /// The limit.
        until: Duration,
    },
}

impl Sim {
    /// Makes an executor for this world, with its clock.
    #[must_use]
    pub fn new(world: &World) -> Self {
        let world = world.clone();
        Self { clock: world.clock(), world: Some(world), limits: SimLimits::default() }
    }

    /// Makes an executor without a world.
    #[must_use]
    pub fn with_clock(clock: SimClock) -> Self {
        Self { clock, world: None, limits: SimLimits::default() }
    }

    /// Changes what a run may cost.
    #[must_use]
    pub const fn with_limits(mut self, limits: SimLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Runs a future to its end.
    ///
    /// # Errors
    /// [`SimError`] when the future can never end, or costs more than the limits allow.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output, SimError> {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future);
        let mut polls = 0;
        let mut polls_here = 0;
        loop {
            let at = self.clock.monotonic();
            if woken.0.swap(false, Ordering::AcqRel) {
                polls += 1;
                polls_here += 1;
                if polls > self.limits.polls {
                    return Err(SimError::TooManyPolls { at, polls });
                }
                if polls_here > self.limits.polls_at_one_moment {
                    return Err(SimError::Spinning { at, polls: polls_here });
                }
                if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                    return Ok(output);
                }
                continue;
            }
            let next = self.next_moment().ok_or(SimError::Deadlock { at })?;
            if next > self.limits.until {
                return Err(SimError::TooLong { at, until: self.limits.until });
            }
            if next > at {
                polls_here = 0;
            } else {
                // A world event at this very moment: counted, so that it cannot go on for ever.
                polls_here += 1;
                if polls_here > self.limits.polls_at_one_moment {
                    return Err(SimError::Spinning { at, polls: polls_here });
                }
            }
            self.go_to(next);
        }
    }

    /// Lets time pass with nobody acting: late writes land, the world's events happen.
    pub fn let_pass(&self, span: Duration) {
        let end = self.clock.monotonic().saturating_add(span);
        while let Some(next) = self.next_moment().filter(|next| *next < end) {
            self.go_to(next);
        }
        self.go_to(end);
    }

    fn next_moment(&self) -> Option<Duration> {
        let event = self.world.as_ref().and_then(World::next_event);
        [self.clock.next_timer(), event].into_iter().flatten().min()
    }

    /// The world moves first, so that whoever wakes at a moment sees what happened at it.
    fn go_to(&self, moment: Duration) {
        self.clock.move_to(moment);
        if let Some(world) = &self.world {
            world.catch_up();
        }
        self.clock.wake_due();
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::sync::Mutex;

    use futures_util::future::{Either, join3, select};
    use greenflow_core::value::WallTime;

    use super::*;

    fn sim() -> (Sim, SimClock) {
        let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
        (Sim::with_clock(clock.clone()), clock)
    }

    #[test]
    fn timers_fire_in_the_order_of_moment_and_registration() {
        let (sim, clock) = sim();
        let order = Mutex::new(Vec::new());
        let sleep = |name, secs| {
            let (clock, order) = (&clock, &order);
            async move {
                clock.sleep_until(Duration::from_secs(secs)).await;
                order.lock().unwrap().push((name, clock.monotonic().as_secs()));
            }
        };
        sim.run(join3(sleep("late", 9), sleep("first", 3), sleep("second", 3))).unwrap();
        assert_eq!(*order.lock().unwrap(), [("first", 3), ("second", 3), ("late", 9)]);
    }

    #[test]
    fn a_dropped_sleep_is_cancelled() {
        let (sim, clock) = sim();
        let long = Box::pin(clock.sleep_until(Duration::from_secs(100)));
        let short = Box::pin(clock.sleep_until(Duration::from_secs(1)));
        let winner = sim.run(select(long, short)).unwrap();
        assert!(matches!(winner, Either::Right(_)));
        drop(winner);
        assert_eq!(clock.next_timer(), None);
    }

    #[test]
    fn what_can_never_end_is_a_typed_error() {
        let (sim, clock) = sim();
        assert_eq!(sim.run(pending::<()>()), Err(SimError::Deadlock { at: Duration::ZERO }));
        let spin = poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert!(matches!(sim.run(spin), Err(SimError::Spinning { .. })));
        let tick = async {
            loop {
                clock.sleep_until(clock.monotonic() + Duration::from_secs(3600)).await;
            }
        };
        assert!(matches!(sim.run::<_>(tick), Err(SimError::TooLong { .. })));
    }
}
