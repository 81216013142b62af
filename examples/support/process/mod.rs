//! Controllers in processes of their own, on a world in a folder that their parent owns.
//!
//! - `site` is that folder: the world, the journal, and the log of calls.
//! - `calls` and `logged` write down who called the world, when and in which epoch.
//! - `controller` is what a child does: nothing that a host of yours would not.
//! - `child` starts one, and kills, freezes and thaws it.
//! - `acted` reads off the log whether ever more than one of them acted.
//! - `ending` looks at what is left when all is over, and says what is wrong with it.

mod acted;
mod calls;
mod child;
mod controller;
mod ending;
mod logged;
mod site;

pub use acted::{Frozen, wrong as wrong_acts};
pub use calls::{Call, CallLog};
pub use child::{Child, Launch};
pub use controller::{LEASE, RENEW, Task, drive};
pub use ending::Ending;
pub use site::{Site, SiteError, rollout};
