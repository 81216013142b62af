//! A world as data: in code, or from a TOML file.

mod defaults;
mod file;
mod units;
mod world_spec;

pub use file::WorldFileError;
pub use world_spec::{SideSpec, WorldSpec};
