//! Documents in a folder: what every write must survive, in one place.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use greenflow_core::provider::{ErrorKind, ProviderError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One JSON file of the folder.
pub(super) trait Document: Serialize + DeserializeOwned + Clone + PartialEq {
    /// The file's name.
    const FILE: &'static str;
}

/// A folder of documents that several processes may read and write.
///
/// - A reader sees a whole document, the old one or the new one, never half of one: writers put
///   the new one beside it and *rename*, which is atomic.
/// - A writer that was told `Ok` finds its document after a power cut: the bytes are synced before
///   the rename, and the folder after it.
/// - Read, change and write back are one step: writers hold a lock. The operating system takes it
///   back from a process that dies, at whatever point.
/// - Nobody waits for a lock: a call that blocks can be dropped by nobody. Who does not get it is
///   refused, and the engine tries again (P-2: retries are not ours).
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// The right to write one document. Dropping it gives it back.
pub(super) struct Lock(#[expect(dead_code, reason = "closing the file is what unlocks")] File);

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a document as it is now. Needs no lock.
    pub(super) fn read<D: Document>(&self, operation: &'static str) -> Result<D, ProviderError> {
        let bytes = std::fs::read(self.file::<D>()).map_err(|error| {
            let gone = error.kind() == io::ErrorKind::NotFound;
            let kind = if gone { ErrorKind::NotFound } else { ErrorKind::Unavailable };
            refused(kind, operation).on(D::FILE).caused_by(error)
        })?;
        serde_json::from_slice(&bytes).map_err(|error| {
            refused(ErrorKind::Unexpected, operation)
                .on(D::FILE)
                .because("it cannot be parsed")
                .caused_by(error)
        })
    }

    /// Changes a document. When `change` refuses, nothing is written; when it changes nothing,
    /// nothing is written either.
    pub(super) fn update<D: Document, T>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut D) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let _lock = self.lock::<D>(operation)?;
        let before: D = self.read(operation)?;
        let mut after = before.clone();
        let answer = change(&mut after)?;
        if after != before {
            self.replace(operation, &after)?;
        }
        Ok(answer)
    }

    /// Writes a document that is not there yet, and leaves one that is.
    pub(super) fn establish<D: Document>(&self, document: &D) -> Result<(), ProviderError> {
        let operation = "establish";
        let _lock = self.lock::<D>(operation)?;
        if self.file::<D>().exists() { Ok(()) } else { self.replace(operation, document) }
    }

    /// Takes the right to write a document. Whoever needs two takes the balancer's first, so that
    /// no two processes wait for each other.
    pub(super) fn lock<D: Document>(&self, operation: &'static str) -> Result<Lock, ProviderError> {
        // A file of its own: the document's is another one after each rename.
        let path = self.path.join(format!("{}.lock", D::FILE));
        let unavailable = || refused(ErrorKind::Unavailable, operation).on(D::FILE);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|error| unavailable().caused_by(error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(unavailable().because("somebody else writes it")),
            Err(TryLockError::Error(error)) => Err(unavailable().caused_by(error)),
        }
    }

    /// Puts a new document in the place of the old one, under its lock.
    ///
    /// What is known of the effect (P-6): until the rename, that there is none. From then on we do
    /// not know, should something fail: it shows already, but a power cut may undo it.
    fn replace<D: Document>(
        &self,
        operation: &'static str,
        document: &D,
    ) -> Result<(), ProviderError> {
        let path = self.file::<D>();
        // One that a dead process has left here is simply overwritten.
        let beside = self.path.join(format!("{}.new", D::FILE));
        write_synced(&beside, document).map_err(|error| {
            refused(ErrorKind::Unavailable, operation).on(D::FILE).caused_by(error)
        })?;
        std::fs::rename(&beside, &path).and_then(|()| File::open(&self.path)?.sync_all()).map_err(
            |error| {
                ProviderError::new(ErrorKind::Unavailable, operation).on(D::FILE).caused_by(error)
            },
        )
    }

    fn file<D: Document>(&self) -> PathBuf {
        self.path.join(D::FILE)
    }
}

fn write_synced<D: Document>(path: &Path, document: &D) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    let mut file = File::create(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

/// An error of something that certainly did not happen.
pub(super) const fn refused(kind: ErrorKind, operation: &'static str) -> ProviderError {
    ProviderError::new(kind, operation).not_applied()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use serde::Deserialize;

    use super::*;
    use crate::file_provider::fixture::Temporary;

    #[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
    struct Counter {
        count: u64,
        /// Makes the document long, so that half of one would be seen.
        padding: Vec<u64>,
    }

    impl Document for Counter {
        const FILE: &'static str = "counter.json";
    }

    fn folder() -> (Temporary, Folder) {
        let temporary = Temporary::new().unwrap();
        let folder = Folder::new(temporary.path().to_owned());
        folder.establish(&Counter { count: 0, padding: vec![7; 500] }).unwrap();
        (temporary, folder)
    }

    /// Adds 1, as often as it takes.
    fn add(folder: &Folder) {
        let plus_one = |counter: &mut Counter| {
            counter.count += 1;
            Ok(())
        };
        while let Err(error) = folder.update("add", plus_one) {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn no_update_is_lost_and_no_reader_sees_half_of_one() {
        let (_temporary, folder) = folder();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    let counter: Counter = folder.read("read").unwrap();
                    assert_eq!(counter.padding.len(), 500);
                }
            });
            let adder = || (0..25).for_each(|_| add(&folder));
            let writers = [scope.spawn(adder), scope.spawn(adder)];
            for writer in writers {
                writer.join().unwrap();
            }
            done.store(true, Ordering::Release);
            reader.join().unwrap();
        });
        assert_eq!(folder.read::<Counter>("read").unwrap().count, 50);
    }

    #[test]
    fn what_a_dead_process_left_half_written_is_no_harm() {
        let (temporary, folder) = folder();
        std::fs::write(temporary.path().join("counter.json.new"), "{\"cou").unwrap();
        assert_eq!(folder.read::<Counter>("read").unwrap().count, 0);
        add(&folder);
        assert_eq!(folder.read::<Counter>("read").unwrap().count, 1);
    }

    #[test]
    fn a_refused_change_writes_nothing() {
        let (_temporary, folder) = folder();
        let refuse = |counter: &mut Counter| {
            counter.count = 9;
            Err::<(), _>(refused(ErrorKind::Conflict, "test"))
        };
        assert!(folder.update("test", refuse).is_err());
        assert_eq!(folder.read::<Counter>("read").unwrap().count, 0);
    }
}
