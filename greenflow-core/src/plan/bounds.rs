//! The declared maximum of everything in a plan that is a list, a text, a count or a wait.
//!
//! They are far above what a plan needs and far below what could hurt a controller.

use std::time::Duration;

pub(super) const MOST_STEPS: usize = 64;
pub(super) const MOST_CHECKS: usize = 64;
pub(super) const MOST_CASES: usize = 64;
pub(super) const MOST_PROBES: usize = 64;
pub(super) const MOST_LISTS: usize = 16;
pub(super) const MOST_ITEMS: usize = 64;
pub(super) const MOST_LIMITS: usize = 64;
pub(super) const MOST_RECORDED: usize = 64;
pub(super) const MOST_ROLES: usize = 64;
pub(super) const MOST_REPORTS: usize = 64;
pub(super) const MOST_SIGNALS: usize = 64;
pub(super) const MOST_FREEZE_WINDOWS: usize = 64;

/// In characters.
pub(super) const LONGEST_TEXT: usize = 500;

pub(super) const MOST_CONSECUTIVE: u32 = 100;
pub(super) const MOST_EXTENSIONS: u32 = 100;
pub(super) const MOST_SUCCESSES: u32 = 1000;
pub(super) const MOST_ATTEMPTS: u32 = 100;
pub(super) const MOST_RESCALES: u32 = 100;
pub(super) const MOST_TARGETS: u32 = 100_000;
pub(super) const HEADROOM_PERCENT: std::ops::RangeInclusive<u32> = 100..=1000;

/// The shortest time between two samples: a sample is a call to a metric source.
pub(super) const SHORTEST_EVERY: Duration = Duration::from_secs(1);
/// One call to a provider.
pub(super) const LONGEST_CALL: Duration = Duration::from_hours(1);
/// One phase that does work.
pub(super) const LONGEST_DEADLINE: Duration = Duration::from_hours(24);
/// One wait for people, traffic or time.
pub(super) const LONGEST_WAIT: Duration = Duration::from_hours(24 * 366);

/// A plan file longer than this is refused unread.
#[cfg(feature = "plan-file")]
pub(super) const LARGEST_FILE: usize = 1024 * 1024;

/// Problems past this many are counted, not listed.
pub(super) const MOST_PROBLEMS: usize = 100;
