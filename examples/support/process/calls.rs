//! Who called the world.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use greenflow_core::provider::{CallContext, Clock};
use greenflow_core::value::{EffectId, WallTime};
use serde::{Deserialize, Serialize};

/// One line of the log: a call that began, or how a write ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Call {
    /// When, on the host's wall clock.
    pub at: WallTime,
    /// The process.
    pub pid: u32,
    /// The epoch it acts in.
    pub epoch: u64,
    /// Which write, if it is one.
    pub effect: Option<EffectId>,
    /// What.
    pub operation: String,
    /// Whether it changes the world.
    pub is_write: bool,
    /// Whether the world took the write; nothing when it begins.
    pub taken: Option<bool>,
}

/// The log of calls: one line each, appended in one system call, so that lines of several
/// processes are whole and in the order in which they were written.
#[derive(Clone, Debug)]
pub struct CallLog {
    file: Arc<File>,
    clock: Arc<dyn Clock>,
}

impl CallLog {
    /// Opens the log, or makes it.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Arc::new(file), clock })
    }

    /// Reads all lines. The last one may be half of one, if its writer was killed: it is left out.
    ///
    /// # Errors
    /// When the file cannot be read, or another line is damaged.
    pub fn read(path: &Path) -> io::Result<Vec<Call>> {
        let text = std::fs::read_to_string(path)?;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
    }

    /// Appends a line.
    pub(super) fn note(&self, cx: &CallContext, of: (&str, bool), taken: Option<bool>) {
        let (operation, is_write) = of;
        let call = Call {
            at: self.clock.wall(),
            pid: std::process::id(),
            epoch: cx.fence.epoch,
            effect: cx.effect,
            operation: operation.to_owned(),
            is_write,
            taken,
        };
        let mut line = serde_json::to_string(&call).unwrap_or_default();
        line.push('\n');
        // A log that cannot be written shows as calls that are missing; the world is not at fault.
        let _: io::Result<()> = (&*self.file).write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use greenflow_core::engine::TokioClock;
    use greenflow_core::provider::FenceToken;

    use super::*;

    #[test]
    fn half_a_line_at_the_end_is_left_out_and_any_other_is_an_error() {
        let path = std::env::temp_dir().join(format!("greenflow-calls-{}", std::process::id()));
        let log = CallLog::open(&path, Arc::new(TokioClock::new())).unwrap();
        let token = FenceToken { epoch: 3, sequence: 1 };
        let cx = CallContext::new("api-1".parse().unwrap(), token, Duration::from_secs(1));
        log.note(&cx, ("pin", true), None);
        log.note(&cx, ("pin", true), Some(true));
        (&*log.file).write_all(b"{\"at\":").unwrap();
        let calls = CallLog::read(&path).unwrap();
        assert_eq!(calls.iter().map(|call| call.taken).collect::<Vec<_>>(), [None, Some(true)]);
        assert_eq!((calls[0].epoch, calls[0].is_write), (3, true));
        (&*log.file).write_all(b"\n").unwrap();
        assert!(CallLog::read(&path).is_err());
        std::fs::remove_file(&path).unwrap();
    }
}
