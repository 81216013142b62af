//! Who else has the file open.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::options::beside;
use crate::OpenError;

/// Shows other processes of this host that this one has the journal open; SQLite itself does not
/// say so. Ends with the process, however that ends.
#[derive(Debug)]
pub(super) struct Presence {
    file: File,
    /// Nobody else has it open, and nobody can until [`Presence::share`].
    pub(super) alone: bool,
}

impl Presence {
    /// Takes part. Blocks for as long as another process is just opening the journal.
    pub(super) fn announce(journal: &Path) -> Result<Self, OpenError> {
        let path = beside(journal, "-lock");
        let failed = |error| OpenError::store(format!("lock {}", path.display()), error);
        let options = OpenOptions::new().create(true).truncate(false).write(true).clone();
        let file = options.open(&path).map_err(failed)?;
        let alone = file.try_lock().is_ok();
        if !alone {
            file.lock_shared().map_err(failed)?;
        }
        Ok(Self { file, alone })
    }

    /// Lets others open it too.
    pub(super) fn share(&mut self) -> Result<(), OpenError> {
        self.alone = false;
        self.file.lock_shared().map_err(|error| OpenError::store("share the journal", error))
    }
}
