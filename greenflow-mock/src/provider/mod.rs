//! The world's providers: core's traits, answered from the world.

mod balancer;
mod call;
mod checks;
mod compute;
mod hooks;
mod metrics;
mod notifier;
mod operation;
mod probes;

use std::sync::Arc;

use greenflow_core::provider::{ErrorKind, ProviderError, Providers};

pub use balancer::WorldBalancer;
pub(crate) use call::{Answer, Reply};
pub use checks::WorldChecks;
pub use compute::WorldCompute;
pub use hooks::WorldHooks;
pub use metrics::WorldMetrics;
pub use notifier::WorldNotifier;
pub use operation::Operation;
pub(crate) use operation::{What, Write};
pub use probes::WorldProbes;

use crate::world::World;

impl World {
    /// Bundles the world's providers.
    #[must_use]
    pub fn providers(&self) -> Providers {
        Providers::new(
            Arc::new(WorldBalancer::new(self)),
            Arc::new(WorldCompute::new(self)),
            Arc::new(WorldProbes::new(self)),
            Arc::new(WorldMetrics::new(self)),
        )
        .with_checks(Arc::new(WorldChecks::new(self)))
        .with_hooks(Arc::new(WorldHooks::new(self)))
        .with_notifier(Arc::new(WorldNotifier::new(self)))
    }
}

macro_rules! provider {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            world: crate::world::World,
        }

        impl $name {
            /// Makes one for this world.
            #[must_use]
            pub fn new(world: &crate::world::World) -> Self {
                Self { world: world.clone() }
            }
        }
    };
}
pub(crate) use provider;

/// Says that nobody declared this name.
fn unknown(operation: &'static str, name: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NotFound, operation)
        .not_applied()
        .on(name)
        .because("the world knows no such name")
}

#[cfg(test)]
mod tests;
