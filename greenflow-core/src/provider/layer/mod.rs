//! Wrappers that are providers themselves: each forwards every method and keeps the contract of
//! what it wraps, so what passes the test kit bare passes it wrapped.
//!
//! | wrapper | what it adds | for |
//! |---|---|---|
//! | [`Traced`] | a `tracing` span for each call, and how the call ended | all but the clock |
//! | [`Limited`] | a bound on the rate of calls | all but journal and clock |
//!
//! # Order
//! `Traced` goes outside of `Limited`: its span then covers the wait for a turn, and a call that
//! was turned away is seen too.
//!
//! ```
//! # use std::sync::Arc;
//! # use greenflow_core::provider::{Clock, Notifier, NoNotices};
//! use greenflow_core::provider::layer::{Limited, Rate, Traced};
//! # fn wrap(clock: Arc<dyn Clock>) -> Arc<dyn Notifier> {
//! let limited = Limited::new(NoNotices, Rate::per_second(5).with_burst(10), clock);
//! Arc::new(Traced::new("chat", limited))
//! # }
//! ```
//!
//! Neither is for the journal's leases: a lease that waits for its turn is a lease lost. That is
//! why `Limited` does not wrap a journal.

mod limited;
mod rate;
mod traced;

pub use limited::Limited;
pub use rate::{Gate, Rate};
pub use traced::Traced;
