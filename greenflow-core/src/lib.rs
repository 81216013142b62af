//! The engine core of GreenFlow.

pub mod fact;
pub mod judge;
pub mod machine;
pub mod plan;
pub mod provider;
pub mod record;
pub mod value;
