//! Providers that are wrong on purpose: each breaks one clause of its contract and keeps the rest.
//!
//! They are what the test kit is tested by: a kit that lets one of them pass is broken itself.
//!
//! ```
//! use greenflow_mock::broken::Mistake;
//!
//! let mistake = Mistake::named("loses-a-route").expect("it is in the list");
//! assert_eq!(mistake.clause(), "LB-1");
//! assert_eq!(mistake.report().failed_ids().into_iter().collect::<Vec<_>>(), ["LB-1"]);
//! ```

mod balancer;
mod checks;
mod clock;
mod compute;
mod health;
mod hooks;
mod journal;
mod judge;
mod memory;
mod metrics;
mod mistake;
mod notifier;

pub use balancer::{BalancerMistake, BrokenBalancer};
pub use checks::{BrokenChecks, CheckMistake};
pub use clock::{BrokenClock, ClockMistake};
pub use compute::{BrokenCompute, ComputeMistake};
pub use health::{BrokenProbe, ProbeMistake};
pub use hooks::{BrokenHooks, HookMistake};
pub use journal::{BrokenJournal, JournalMistake};
pub use judge::{BrokenJudge, JudgeMistake};
pub use metrics::{BrokenMetrics, MetricMistake};
pub use mistake::Mistake;
pub use notifier::{BrokenNotifier, NotifierMistake};
