//! Two futures side by side, each polled only when something woke it.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Runs two futures to their ends, the first before the second at each moment.
///
/// As `futures_util::future::join` does, but one that nothing woke is left alone: in a simulation
/// nearly every wake-up is for one of many, and polling all of them is most of what it costs.
pub async fn together<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let outer = Arc::new(Outer::default());
    let (first, second) = (pin!(first), pin!(second));
    let (mut first, mut second) = (Part::new(first, &outer), Part::new(second, &outer));
    let mut known = None;
    std::future::poll_fn(|cx| {
        outer.begin(cx, &mut known);
        first.poll();
        second.poll();
        match (first.output.take(), second.output.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (one, other) => {
                (first.output, second.output) = (one, other);
                outer.end(|| first.is_rung() || second.is_rung());
                Poll::Pending
            }
        }
    })
    .await
}

/// One of the two, and what came of it.
struct Part<'a, F: Future> {
    future: Pin<&'a mut F>,
    output: Option<F::Output>,
    bell: Arc<Bell>,
    waker: Waker,
}

impl<'a, F: Future> Part<'a, F> {
    fn new(future: Pin<&'a mut F>, outer: &Arc<Outer>) -> Self {
        let bell = Arc::new(Bell { rung: AtomicBool::new(true), outer: Arc::clone(outer) });
        let waker = Waker::from(Arc::clone(&bell));
        Self { future, output: None, bell, waker }
    }

    fn poll(&mut self) {
        // Asked before it is set: setting is what costs, and most times there is nothing to do.
        if !self.is_rung() || !self.bell.rung.swap(false, Ordering::SeqCst) {
            return;
        }
        if let Poll::Ready(output) =
            self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
        {
            self.output = Some(output);
        }
    }

    /// Returns whether something has woken it that it was not polled for.
    fn is_rung(&self) -> bool {
        self.output.is_none() && self.bell.rung.load(Ordering::SeqCst)
    }
}

/// The task that runs both.
#[derive(Default)]
struct Outer {
    /// Both are being polled: who wakes one now need not wake the task, which looks at the end.
    polling: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Outer {
    /// Notes whom to wake, and that both are being polled. `known` is the waker without its lock.
    fn begin(&self, cx: &Context<'_>, known: &mut Option<Waker>) {
        if !known.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *known = Some(cx.waker().clone());
            self.waker().clone_from(known);
        }
        self.polling.store(true, Ordering::SeqCst);
    }

    /// Notes that both have been polled, and comes back when one of them was woken meanwhile. First
    /// the note, then the question: whoever rings in between is heard.
    fn end(&self, is_rung: impl FnOnce() -> bool) {
        self.polling.store(false, Ordering::SeqCst);
        if is_rung() {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker() {
            waker.wake_by_ref();
        }
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that a part was woken, and wakes the whole.
struct Bell {
    rung: AtomicBool,
    outer: Arc<Outer>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // One that has been rung already has woken the task, or will be seen by it.
        if !self.rung.swap(true, Ordering::SeqCst) && !self.outer.polling.load(Ordering::SeqCst) {
            self.outer.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use futures_util::future::poll_fn;
    use greenflow_core::provider::Clock as _;
    use greenflow_core::value::WallTime;

    use super::*;
    use crate::{Sim, SimClock};

    #[test]
    fn both_end_and_only_the_woken_one_is_polled() {
        let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
        let second = Duration::from_secs(1);
        let polls = Cell::new(0);
        let busy = async {
            for n in 1..=10 {
                clock.sleep_until(second * n).await;
            }
            "busy"
        };
        let mut sleep = Box::pin(clock.sleep_until(second * 20));
        let lazy = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            sleep.as_mut().poll(cx).map(|()| "lazy")
        });
        let ended = Sim::with_clock(clock.clone()).run(together(busy, lazy)).unwrap();
        assert_eq!(ended, ("busy", "lazy"));
        assert_eq!(polls.get(), 2, "at the beginning, and when its moment has come");
    }

    #[test]
    fn one_that_wakes_the_other_is_heard_at_the_same_moment() {
        let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
        let (said, ear) = (Cell::new(false), Cell::new(None::<Waker>));
        let hears = poll_fn(|cx| {
            ear.set(Some(cx.waker().clone()));
            if said.get() { Poll::Ready(clock.monotonic()) } else { Poll::Pending }
        });
        let speaks = async {
            clock.sleep_until(Duration::from_secs(1)).await;
            said.set(true);
            ear.take().unwrap().wake();
        };
        let sim = Sim::with_clock(clock.clone());
        let (heard, ()) = sim.run(together(hears, speaks)).unwrap();
        assert_eq!(heard, Duration::from_secs(1));
    }
}
