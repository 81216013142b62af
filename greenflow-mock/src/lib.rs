//! The simulated world in which GreenFlow rollouts are rehearsed and tested.
//!
//! A [`World`] has two fleets, a router, traffic, and providers for all of them
//! ([`World::providers`]); it knows what really happened ([`World::totals`], [`World::truth`]). It
//! is described by a [`WorldSpec`], in code or in a TOML file. A [`Sim`] runs futures on it in
//! virtual time: nothing ever really sleeps. People act by a [`Script`]. All randomness comes from
//! one seed, so the same seed gives the same run, byte for byte.
//!
//! ```
//! use std::time::Duration;
//! use greenflow_core::provider::{CallContext, FenceToken};
//! use greenflow_core::value::{RolloutId, Split};
//! use greenflow_mock::{Sim, World, WorldSpec};
//!
//! let world = World::new(&WorldSpec::healthy(), 1);
//! let sim = Sim::new(&world);
//! let balancer = world.providers().load_balancer;
//! let cx = CallContext::new(RolloutId::new("r-1")?, FenceToken::default(), Duration::from_secs(5));
//! let seen = sim.run(balancer.read_split(&cx))??;
//! assert_eq!(seen.agreed(), Some(Split::ALL_BLUE));
//!
//! sim.let_pass(Duration::from_secs(3600));
//! let totals = world.totals();
//! assert_eq!((totals.failed, totals.harmed, totals.nobody), (0, 0, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod broken;
mod clock;
pub mod faults;
pub mod fixtures;
mod freezable;
mod journal;
pub mod oracle;
mod provider;
mod rehearsal;
mod rng;
pub mod script;
mod sim;
mod skewed_clock;
pub mod spec;
pub mod swarm;
mod sweep;
mod together;
mod trace;
pub mod world;

pub use clock::SimClock;
pub use freezable::{Freezable, Freezer};
pub use journal::{Damage, MemoryJournal, StoreAct, StoreEvent};
pub use provider::{
    Operation, WorldBalancer, WorldChecks, WorldCompute, WorldHooks, WorldMetrics, WorldNotifier,
    WorldProbes,
};
pub use rehearsal::{
    HandleDesk, Kill, Rehearsal, RehearsalError, Rehearsed, Rival, Starts, Unreadable,
};
pub use rng::{Rng, label};
pub use script::{Desk, Script};
pub use sim::{Sim, SimError, SimLimits};
pub use skewed_clock::SkewedClock;
pub use spec::{WorldFileError, WorldSpec};
pub use sweep::{Finding, Spread, Sweep, SweepError, SweepReport, WorstRun};
pub use together::together;
pub use trace::Trace;
pub use world::World;
