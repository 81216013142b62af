//! The engine core of GreenFlow.

pub mod machine;
pub mod plan;
pub mod provider;
pub mod value;
