//! Proves that a provider keeps its contract, clause by clause.
//!
//! Each contract of [`provider`](crate::provider) has a module here, with a *fixture* trait and one
//! function for each clause. A fixture is one fresh subject under test, together with the hands
//! that act on it from outside; the kit gets a new one for each clause and drops it after. It
//! runs on any runtime, and on virtual time as well as on real time.
//!
//! Write a fixture, run all clauses, and make a test of the report:
//!
//! ```
//! # use std::sync::{Arc, Mutex};
//! # use std::time::Duration;
//! # use greenflow_core::provider::*;
//! # use greenflow_core::value::WallTime;
//! # #[derive(Debug, Default)] struct Chat(Mutex<Vec<Notice>>);
//! # impl Chat { fn texts(&self) -> Vec<String> {
//! #     self.0.lock().unwrap().iter().map(|notice| notice.text.clone()).collect()
//! # } }
//! # #[async_trait::async_trait]
//! # impl Notifier for Chat {
//! #     async fn notify(&self, _: &CallContext, notice: Notice) -> Result<(), ProviderError> {
//! #         let mut notices = self.0.lock().unwrap();
//! #         if notices.iter().all(|old| old.key != notice.key) { notices.push(notice); }
//! #         Ok(())
//! #     }
//! # }
//! # #[derive(Debug)] struct MyClock;
//! # #[async_trait::async_trait]
//! # impl Clock for MyClock {
//! #     fn monotonic(&self) -> Duration { Duration::ZERO }
//! #     fn wall(&self) -> WallTime { WallTime::from_unix_millis(0) }
//! #     async fn sleep_until(&self, _: Duration) {}
//! # }
//! use async_trait::async_trait;
//! use greenflow_core::testkit::notifier::{self, NotifierFixture};
//! use greenflow_core::testkit::{Fixture, Stimulus};
//!
//! struct Fresh(Arc<Chat>); // `Chat` is the notifier under test
//!
//! impl Fixture for Fresh {
//!     fn clock(&self) -> Arc<dyn Clock> { Arc::new(MyClock) }
//! }
//!
//! #[async_trait]
//! impl NotifierFixture for Fresh {
//!     fn notifier(&self) -> Arc<dyn Notifier> { self.0.clone() }
//!     async fn shown(&self) -> Stimulus<Vec<String>> { Ok(self.0.texts()) }
//! }
//!
//! # let test = async {
//! let report = notifier::run_all("chat", async || Fresh(Arc::default())).await;
//! report.assert_conformant(); // a panic with a table of the clauses, if one is broken
//! # };
//! # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! # assert!(std::pin::pin!(test).poll(&mut cx).is_ready());
//! ```
//!
//! # What a fixture can do, and cannot
//! The methods of a fixture that have a default bring situations about: a write whose answer is
//! lost, weights set by somebody else, a side that does not answer. The default is [`cannot`], and
//! the clauses that need it are then [skipped](ClauseResult::Skipped) with that reason. A clause
//! about a capability that the provider does not claim is skipped too. A fixture that breaks is a
//! failure, never a skip.
//!
//! # How it runs
//! - Each call has the [deadline](Fixture::deadline) that its context says and is dropped a little
//!   after, as the engine does, so a provider that hangs fails its clause and not the test run.
//! - A panic in a provider is a failure of the clause (P-1).
//! - `run_all` runs on whatever executor awaits it. A fixture with an executor of its own, such as
//!   a simulated world, uses `run_each` with [`Clause::check`].
//! - [`Through`] puts a wrapper between the kit and the provider of a fixture.
//! - [`judge`] checks a [`Judge`](crate::judge::Judge), which is pure and needs no fixture.

mod bench;
pub mod check;
mod clause;
pub mod clock;
pub mod compute;
mod fixture;
pub mod health;
pub mod hook;
pub mod journal;
pub mod judge;
pub mod load_balancer;
pub mod metrics;
mod names;
pub mod notifier;
mod report;
mod result;
mod through;
mod wait;

pub use clause::Clause;
pub use fixture::{Fate, Fixture, NoStimulus, Stimulus, cannot};
pub use report::{ClauseReport, Report, Reports};
pub use result::ClauseResult;
pub use through::Through;

#[cfg(test)]
mod tests;
