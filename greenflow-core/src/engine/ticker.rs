//! Rollouts for hosts without background tasks: everything happens in a call.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::hand_clock::HandClock;
use super::{Engine, EngineError, Handle, RunEnd};
use crate::fact::StartOptions;
use crate::plan::Plan;
use crate::value::{RolloutId, WallTime};

/// Owns rollouts and lets them go on whenever it is called, and only then: for hosts that have no
/// background tasks, as a function that is woken by a timer.
///
/// Time is what the host says it is. [`tick`](Self::tick) does what is due and returns when it
/// wants to be called again at the latest. While a rollout holds its lease that is within the
/// renewal interval (5 s) and the deadlines of its calls (3 to 10 s); while it is parked, hours
/// may pass. Between ticks call it as well when the waker that it was given is woken: an answer
/// has come.
///
/// # A host that is late
///
/// The lease is looked at after every await, and time that has passed unnoticed has passed all the
/// same. Who calls after less than the lease's TTL (15 s) since its last renewal loses nothing but
/// punctuality. Who was frozen for longer has lost the lease: the run ends with
/// [`EngineError::LeaseLost`], makes no further call, and whatever it had sent counts as unknown.
/// [`resume`](Self::resume) takes the rollout up again, if no other controller has; the world is
/// read first, and the time in between counts toward retention, watching and approvals only.
///
/// ```
/// use std::task::{Context, Waker};
/// use std::time::Duration;
/// use greenflow_core::engine::{Engine, Ticker};
/// use greenflow_core::value::{RolloutId, WallTime};
///
/// # fn show(engine: Engine, uptime: Duration, unix_millis: i64) -> Result<(), Box<dyn std::error::Error>> {
/// let wall = WallTime::from_unix_millis(unix_millis);
/// let mut ticker = Ticker::new(engine, uptime, wall);
/// let handle = ticker.resume(RolloutId::new("r-1")?);
/// let ticked = ticker.tick(&mut Context::from_waker(Waker::noop()), uptime, wall);
/// for (rollout, end) in ticked.ended {
///     println!("{rollout}: {end:?}");
/// }
/// # let _ = (handle, ticked.next);
/// # Ok(())
/// # }
/// ```
pub struct Ticker {
    engine: Engine,
    clock: HandClock,
    runs: FuturesUnordered<Running>,
}

/// What came of a tick.
#[derive(Debug)]
#[must_use = "runs that have ended are told of once"]
#[non_exhaustive]
pub struct Ticked {
    /// The runs that have ended, and how.
    pub ended: Vec<(RolloutId, Result<RunEnd, EngineError>)>,
    /// When to call again at the latest, in monotonic time; `None` when nothing runs any more.
    pub next: Option<Duration>,
}

type Running = Pin<Box<dyn Future<Output = (RolloutId, Result<RunEnd, EngineError>)> + Send>>;

impl Ticker {
    /// Makes one with nothing to do, whose time begins with this. `engine` is made to wait on
    /// that time.
    #[must_use]
    pub fn new(engine: Engine, monotonic: Duration, wall: WallTime) -> Self {
        let clock = HandClock::new(monotonic, wall);
        let engine = engine.with_clock(Arc::new(clock.clone()));
        Self { engine, clock, runs: FuturesUnordered::new() }
    }

    /// Returns the engine, for commands and facts. Its time is the ticker's.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Starts a rollout with the next tick, as [`Engine::start`] does.
    pub fn start(&mut self, rollout: RolloutId, plan: Plan, options: StartOptions) -> Handle {
        let (handle, run) = self.engine.start(rollout.clone(), plan, options);
        self.runs.push(Box::pin(async move { (rollout, run.await) }));
        handle
    }

    /// Goes on with a rollout with the next tick, as [`Engine::resume`] does.
    pub fn resume(&mut self, rollout: RolloutId) -> Handle {
        let (handle, run) = self.engine.resume(rollout.clone());
        self.runs.push(Box::pin(async move { (rollout, run.await) }));
        handle
    }

    /// Moves the time to now and does everything that is due, until each rollout waits for a
    /// later moment or for an answer. It never blocks: who has no waker passes
    /// [`Waker::noop`] and calls again soon.
    ///
    /// Time that goes back stands still.
    pub fn tick(&mut self, cx: &mut Context<'_>, monotonic: Duration, wall: WallTime) -> Ticked {
        self.clock.move_to(monotonic, wall);
        let mut ended = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let woken = Arc::new(Woken { again: AtomicBool::new(false), host: cx.waker().clone() });
            let waker = Waker::from(Arc::clone(&woken));
            let mut cx = Context::from_waker(&waker);
            while let Poll::Ready(Some(end)) = self.runs.poll_next_unpin(&mut cx) {
                ended.push(end);
            }
            if !woken.again.swap(false, Ordering::AcqRel) {
                break;
            }
        }
        let next = if self.runs.is_empty() { None } else { self.clock.next() };
        Ticked { ended, next }
    }
}

/// Notes that somebody was woken, and wakes the host.
struct Woken {
    again: AtomicBool,
    host: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.again.store(true, Ordering::Release);
        self.host.wake_by_ref();
    }
}

impl fmt::Debug for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticker").field("runs", &self.runs.len()).finish_non_exhaustive()
    }
}

/// How often the runs of one tick may wake each other. Whatever is left is done by the next one.
const ROUNDS_MAX: usize = 1000;
