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
    let (first, second) = (pin!(first), pin!(second));
    let (mut first, mut second) = (Part::new(first), Part::new(second));
    std::future::poll_fn(|cx| {
        first.poll(cx);
        second.poll(cx);
        match (first.output.take(), second.output.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (one, other) => {
                (first.output, second.output) = (one, other);
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
    /// Whom the bell wakes, seen without its lock.
    outer: Option<Waker>,
}

impl<'a, F: Future> Part<'a, F> {
    fn new(future: Pin<&'a mut F>) -> Self {
        let bell = Arc::new(Bell { rung: AtomicBool::new(true), outer: Mutex::default() });
        let waker = Waker::from(Arc::clone(&bell));
        Self { future, output: None, bell, waker, outer: None }
    }

    fn poll(&mut self, cx: &Context<'_>) {
        // First the outer waker, then the question: whoever rings in between is heard.
        if !self.outer.as_ref().is_some_and(|outer| outer.will_wake(cx.waker())) {
            self.outer = Some(cx.waker().clone());
            self.bell.outer().clone_from(&self.outer);
        }
        if self.output.is_some() || !self.bell.rung.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Poll::Ready(output) =
            self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
        {
            self.output = Some(output);
        }
    }
}

/// Notes that a part was woken, and wakes the whole.
struct Bell {
    rung: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Bell {
    fn outer(&self) -> MutexGuard<'_, Option<Waker>> {
        self.outer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        if let Some(outer) = &*self.outer() {
            outer.wake_by_ref();
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
