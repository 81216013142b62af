//! The engine core of GreenFlow.

#[cfg(feature = "engine")]
pub mod engine;
pub mod fact;
pub mod judge;
pub mod machine;
pub mod plan;
pub mod provider;
pub mod record;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod value;
