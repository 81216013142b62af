//! The async engine: drives one machine a rollout, against the providers, under a lease.
//!
//! [`Engine::start`] and [`Engine::resume`] return a [`Handle`] and a future; the host spawns the
//! future, the library spawns nothing. Each future is one loop:
//!
//! 1. Drain the machine's outputs, to its wait.
//! 2. Append all new facts in one compare-and-set. Nothing that the machine said after a fact is
//!    carried out before the fact is durable.
//! 3. Carry out the rest: writes, reads and notices become futures of their own, polled beside
//!    each other, with at most three calls to providers at a time. Notices are in nobody's way.
//! 4. Wait for the first of: the loss of the lease, a person's command, the end of something that
//!    is under way, the machine's next moment.
//! 5. Tell the machine, and begin again.
//!
//! A *write* is sent as often as it takes. Each time: look at the lease and renew it if less is
//! left than the call may take; send with a deadline; sort the answer into accepted, certainly not
//! applied, or unknown; read back. Only a read-back says *applied*. Retries are made here and
//! nowhere else, bounded by the order's patience, jittered from a seed, and drawn from a budget;
//! the cut has none of these bounds.
//!
//! *Notices* are tried again and again beside all this: pages and alerts for about 25 minutes, others
//! for two. A rollout that has ended gives its lease back after a minute at most, and its run goes on
//! until its pages and alerts are out; one that is stuck keeps the lease until all of them are, for
//! nobody else takes it up.
//!
//! A rollout that only waits is *parked*: it gives its lease back and takes it again at its next
//! moment or after 45 minutes, or when somebody says something, and tells the store each time how far
//! the rollout's own time has come. When the journal has grown meanwhile, another controller went on,
//! and the facts are folded anew.
//!
//! While the *journal is away*, facts queue up in order, and of everything the machine says only
//! the cut, pages and looks at the world leave. When the lease runs out, nothing does: the run
//! ends with [`EngineError::JournalUnavailable`].
//!
//! # Who calls what, and when
//!
//! | the host | calls | which |
//! |---|---|---|
//! | has a new rollout | [`Engine::start`] | creates it, claims it, drives it |
//! | begins, and all the time | [`Engine::recover`], or [`Engine::recovery`] | finds rollouts whose controller is gone or that are due, claims each, folds its facts, reads the world back, and goes on |
//! | wants one certain rollout | [`Engine::resume`] | waits until it may, and does the same |
//! | has something to say | [`Handle::command`], or [`Engine::command`] | tells the run; or takes the rollout up for it |
//! | goes away | [`Handle::hand_over`], [`Engine::hand_over_all`] | ends within the TTL of a lease, in good order |
//! | has no background tasks | [`Ticker`] | does all of this in calls |
//!
//! With several controllers on one store ([`Engine::cluster`]) exactly one acts on a rollout: who
//! holds its lease. A leader that dies is followed within the TTL, one look of a recovery and a
//! fold. One that was stopped for longer than its lease finds that out before it does anything
//! else, and does nothing; a call that it was in the middle of may still land, and is waited for
//! as the provider's fence says.
//!
//! With [`Engine::leaving_parked`], and always under a recovery, a run ends when its rollout parks;
//! some controller's recovery takes it up again when it is due.
//!
//! # Time
//!
//! All waiting goes through [`Clock`](crate::provider::Clock), so the same loop runs on tokio and
//! in virtual time. Dropping the future at any await equals a crash there: what had been sent may
//! still take effect, and the next controller reads back before it does anything.

mod carry_out;
mod claim;
mod clock;
mod create;
mod ending;
#[expect(clippy::module_inception, reason = "the type gives the module its name")]
mod engine;
mod error;
mod event;
mod execute;
mod hand_clock;
mod handle;
mod journaling;
mod kept;
mod lease;
mod notices;
mod outbox;
mod pilot;
mod recovery;
mod run_loop;
mod runs;
mod saving;
mod search;
mod start;
mod supersede;
mod tenure;
#[cfg(test)]
mod testing;
mod ticker;
mod time;
mod troubles;
mod under_way;
mod wanted;

pub use clock::TokioClock;
pub use engine::Engine;
pub use error::{CommandError, EngineError, LeaseLoss, RunEnd};
pub use event::{Event, EventKind, EventStream};
pub use handle::Handle;
pub use recovery::{Adopted, Recovery};
pub use ticker::{Ticked, Ticker};
