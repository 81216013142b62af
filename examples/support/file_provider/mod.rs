//! A world in a folder: providers to write your own by.
//!
//! The balancer's configuration, the targets, the traffic and all the rest are JSON files in one
//! folder, which stand for the systems that your providers would call. Any number of processes may
//! use the folder at the same time, and any of them may be killed at any instant.
//!
//! Read the modules in this order; comments name the clause of the contract that a line is for.
//!
//! 1. `store` makes a write atomic and durable, and knows what to say when it fails: an error
//!    that leaves open whether something happened is [`Applied::Unknown`], and only what certainly
//!    did not and will not happen is [`Applied::No`]. The engine acts on the difference.
//! 2. `fenced` keeps writes out that come too late, or from a controller that has lost its lease.
//!    A system that can compare tokens should: then nobody ever has to wait for late writes.
//! 3. `balancer` and `compute` are the two that change something. Every write is *absolute*, so
//!    repeating one is harmless, and has a read that shows its effect.
//! 4. `health`, `traffic` and `checks` only look. Their one great sin would be to say "well"
//!    for "I do not know".
//! 5. `hooks` and `notifier` do things that must not be done twice.
//! 6. `fixture` puts all of them under the test kit. Write it first: it tells you what is missing.
//!
//! What the engine does is not done here again: no retries (P-2), no time-outs (it drops a call at
//! its deadline, P-3), no checks of the lease. There are no awaits in these calls, so one that is
//! dropped has either not begun or has ended (LB-10, CO-10, NO-3); a provider that waits for a
//! network should send a write as one request, and nothing after it.
//!
//! [`Applied::Unknown`]: greenflow_core::provider::Applied::Unknown
//! [`Applied::No`]: greenflow_core::provider::Applied::No

mod balancer;
mod checks;
mod compute;
mod fenced;
mod fixture;
mod health;
mod hooks;
mod notifier;
mod pace;
mod seen;
mod setup;
mod store;
mod traffic;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use greenflow_core::plan::PlanBody;
use greenflow_core::provider::{Clock, ProviderError, Providers};
use greenflow_core::value::{Digest, Side};

pub use balancer::FileBalancer;
pub use checks::FileChecks;
pub use compute::FileCompute;
pub use fixture::{FileFixture, Network, conformance};
pub use health::FileProbes;
pub use hooks::FileHooks;
pub use notifier::FileNotifier;
pub use pace::Pace;
pub use seen::{Fleet, Standing};
pub use traffic::FileMetrics;

use store::Folder;

/// A world in a folder.
#[derive(Clone, Debug)]
pub struct FileWorld {
    folder: Folder,
    clock: Arc<dyn Clock>,
    pace: Pace,
}

impl FileWorld {
    /// Makes the world that a plan can be carried out in: blue serves `blue`, everything the plan
    /// names is there, and nothing goes wrong. What is in the folder already stays as it is, so a
    /// process that was killed on the way may do it again.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be written.
    pub fn create(
        path: impl Into<PathBuf>,
        clock: Arc<dyn Clock>,
        plan: &PlanBody,
        blue: &Digest,
    ) -> Result<Self, ProviderError> {
        let world = Self::open(path, clock);
        setup::establish(&world.folder, world.clock.wall(), plan, blue)?;
        Ok(world)
    }

    /// Opens a world that was made before, perhaps by another process. Nothing is read yet.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { folder: Folder::new(path.into()), clock, pace: Pace::default() }
    }

    /// Lets it answer at another pace. Every process that uses the folder must say the same.
    #[must_use]
    pub const fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the load balancer.
    #[must_use]
    pub fn balancer(&self) -> FileBalancer {
        FileBalancer::new(self.folder.clone(), Arc::clone(&self.clock))
    }

    /// Returns the compute provider.
    #[must_use]
    pub fn compute(&self) -> FileCompute {
        FileCompute::new(self.folder.clone(), Arc::clone(&self.clock), self.pace.startup)
    }

    /// Returns all the providers, as an engine takes them.
    #[must_use]
    pub fn providers(&self) -> Providers {
        let (folder, clock) = (&self.folder, &self.clock);
        Providers::new(
            Arc::new(self.balancer()),
            Arc::new(self.compute()),
            Arc::new(FileProbes::new(folder.clone(), Arc::clone(clock))),
            Arc::new(FileMetrics::new(folder.clone(), Arc::clone(clock), self.pace)),
        )
        .with_checks(Arc::new(FileChecks::new(folder.clone())))
        .with_hooks(Arc::new(FileHooks::new(folder.clone())))
        .with_notifier(Arc::new(FileNotifier::new(folder.clone())))
    }

    /// Lets so many of a million requests on a side fail from now on.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be written.
    pub fn fail_requests(&self, side: Side, ppm: u64) -> Result<(), ProviderError> {
        self.folder.update("fail_requests", |traffic: &mut traffic::Traffic| {
            match side {
                Side::Blue => traffic.blue.errors_ppm = ppm,
                Side::Green => traffic.green.errors_ppm = ppm,
            }
            Ok(())
        })
    }

    /// Lets so many requests come in a second from the beginning on.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be written.
    pub fn demand(&self, per_second: u64) -> Result<(), ProviderError> {
        self.folder.update("demand", |traffic: &mut traffic::Traffic| {
            traffic.per_second = per_second;
            Ok(())
        })
    }

    /// Returns how many requests blue and green have got until now.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be read.
    pub fn served(&self) -> Result<(u64, u64), ProviderError> {
        let traffic: traffic::Traffic = self.folder.read("served")?;
        let now = self.clock.wall();
        let balancing: balancer::Balancing = self.folder.read("served")?;
        let count = |side| traffic.served(&balancing.history, side, now);
        Ok((count(Side::Blue), count(Side::Green)))
    }

    /// Returns how many notices people have got.
    ///
    /// # Errors
    /// [`ProviderError`] when the folder cannot be read.
    pub fn notices(&self) -> Result<usize, ProviderError> {
        Ok(self.folder.read::<notifier::Notices>("notices")?.taken.len())
    }
}
