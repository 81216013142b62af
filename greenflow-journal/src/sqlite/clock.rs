//! The clock of leases: time since this host started.

use std::time::{Duration, SystemTime};

#[cfg(target_os = "linux")]
use std::fs;

use super::trouble::to_millis;
use crate::OpenError;

/// Which clock this process lives by: the same for all processes of a host until it starts anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HostClock {
    /// Names this start of the host.
    pub(super) boot: String,
    /// A process in another time namespace has another clock.
    pub(super) time_namespace: String,
}

/// A moment, in the file's own terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    /// The row of the host's start.
    pub(super) boot: i64,
    /// Milliseconds since then, suspended or not; no wall clock moves it.
    pub(super) at: i64,
    /// Wall time in Unix milliseconds, for people and for what spans a start of the host.
    pub(super) wall: i64,
}

impl HostClock {
    /// Finds out which one it is.
    #[cfg(target_os = "linux")]
    pub(super) fn of_this_host() -> Result<Self, OpenError> {
        let read = |path: &str| {
            fs::read_to_string(path)
                .map_err(|error| OpenError::store(format!("read {path}"), error))
        };
        let boot = read("/proc/sys/kernel/random/boot_id")?.trim().to_owned();
        // Kernels before 5.6 have one time namespace only.
        let link = fs::read_link("/proc/self/ns/time").unwrap_or_default();
        Ok(Self { boot, time_namespace: link.to_string_lossy().into_owned() })
    }

    /// Finds out which one it is.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of_this_host() -> Result<Self, OpenError> {
        Err(OpenError::UnsupportedSystem)
    }
}

impl Moment {
    /// Reads the clocks.
    pub(super) fn now(boot: i64) -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { boot, at: to_millis(since_start()), wall: to_millis(wall) }
    }
}

#[cfg(target_os = "linux")]
fn since_start() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanos.unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
const fn since_start() -> Duration {
    Duration::ZERO
}
