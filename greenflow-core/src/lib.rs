//! The engine core of GreenFlow.

pub mod fact;
pub mod judge;
pub mod machine;
pub mod plan;
pub mod provider;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod value;
