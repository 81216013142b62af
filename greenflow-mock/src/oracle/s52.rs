//! S52: no answer of a provider, however malformed, ends a run: the machine takes whatever its
//! engine tells it, and nothing panics.
//!
//! Excused: nothing.

use super::{Oracle, RunOver, Story};

/// S52.
#[derive(Debug, Default)]
pub(super) struct S52;

impl Oracle for S52 {
    fn id(&self) -> &'static str {
        "S52"
    }

    fn over(&mut self, story: &Story, over: &RunOver) -> Result<(), String> {
        match over {
            RunOver::Machine(what) => {
                Err(format!("the machine refused in {}: {what}", story.phase))
            }
            RunOver::Panicked(what) => Err(format!("a panic in {}: {what}", story.phase)),
            RunOver::Well | RunOver::Journal(_) | RunOver::Killed | RunOver::Refused(_) => Ok(()),
        }
    }
}
