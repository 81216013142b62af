//! Room on the disk that is kept for the way back.
//!
//! A file beside the journal takes up room. When the disk is full, a write that is not forward
//! removes it and goes on in its place; while it is gone no forward write is tried. It is made
//! anew once there is room for it twice. It is the file itself that says whether it is there, so
//! all processes that share a journal agree.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::options::beside;

/// Room on the disk that is kept for the way back.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
    tried: Option<Instant>,
}

impl Reserve {
    pub(super) fn beside(journal: &Path, bytes: u64) -> Self {
        Self { path: beside(journal, "-reserve"), bytes, tried: None }
    }

    /// Returns whether forward writes may go on: the reserve is there, or could be made anew.
    pub(super) fn is_kept(&mut self) -> bool {
        if self.is_there() {
            return true;
        }
        if self.tried.is_some_and(|tried| tried.elapsed() < PATIENCE) {
            return false;
        }
        self.tried = Some(Instant::now());
        match self.make() {
            Ok(()) => {
                tracing::info!(path = %self.path.display(), "room is kept for the way back");
                true
            }
            Err(error) => {
                let path = self.path.display();
                tracing::warn!(%error, %path, "no room can be kept for the way back");
                false
            }
        }
    }

    /// Gives the room free; returns whether there was any.
    pub(super) fn spend(&mut self) -> bool {
        self.tried = Some(Instant::now());
        let spent = fs::remove_file(&self.path).is_ok();
        if spent {
            let path = self.path.display();
            tracing::error!(%path, "the disk is full: the room for the way back is used now");
        }
        spent
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn make(&self) -> io::Result<()> {
        if !self.has_room()? {
            return Err(io::ErrorKind::StorageFull.into());
        }
        // One name for all processes, so that a killed one leaves no more than one. Two that fill
        // it at once write the same bytes to it, and one of them renames it for both.
        let new = beside(&self.path, "-new");
        let made = fill(&new, self.bytes).and_then(|()| fs::rename(&new, &self.path));
        if made.is_err() && !self.is_there() {
            let _gone = fs::remove_file(&new);
            return made;
        }
        Ok(())
    }

    fn is_there(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|file| file.len() >= self.bytes)
    }

    /// Returns whether there is room for it and for as much again, so that making it does not take
    /// the last room from a way back.
    fn has_room(&self) -> io::Result<bool> {
        let directory = self.path.parent().filter(|path| !path.as_os_str().is_empty());
        let found = rustix::fs::statvfs(directory.unwrap_or_else(|| Path::new(".")))?;
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        Ok(free >= self.bytes.saturating_mul(2))
    }
}

/// Writes bytes that no file system can do without.
fn fill(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut noise: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut left = bytes;
    while left > 0 {
        let mut block = Vec::with_capacity(BLOCK);
        while block.len() < BLOCK {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            block.extend_from_slice(&noise.to_le_bytes());
        }
        let part = usize::try_from(left).map_or(BLOCK, |left| left.min(BLOCK));
        file.write_all(block.get(..part).unwrap_or(&block))?;
        left -= part as u64;
    }
    file.sync_all()
}

const BLOCK: usize = 64 << 10;
/// How long a failed try to make it is not repeated.
const PATIENCE: Duration = Duration::from_secs(1);
