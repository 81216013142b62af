//! Opening the file.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::boot;
use super::clock::HostClock;
use super::lock::Presence;
use super::options::{SqliteOptions, beside};
use super::reserve::Reserve;
use super::schema;
use super::trouble::is_full_at_open;
use super::wal;
use crate::OpenError;

/// A journal's file, and how to connect to it.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) path: PathBuf,
    pub(super) options: SqliteOptions,
    pub(super) boot: i64,
    /// For as long as it lives others see that we are here.
    _presence: Presence,
}

impl Site {
    /// Opens the file, or makes it; returns the writer's first connection too.
    pub(super) fn open(
        path: &Path,
        options: SqliteOptions,
    ) -> Result<(Self, Connection), OpenError> {
        check_version()?;
        let clock = HostClock::of_this_host()?;
        check_file_system(path)?;
        let mut presence = Presence::announce(path)?;
        if presence.alone {
            let log = beside(path, "-wal");
            let damage = wal::damage(&log);
            let failed = |error| OpenError::store(format!("read {}", log.display()), error);
            if let Some(what) = damage.map_err(failed)? {
                return Err(OpenError::Damaged(what));
            }
        }
        let first = prepare(path, &options, &clock);
        let (connection, boot) = match first {
            // On a full disk even this needs room.
            Err(error) if needs_room(&error) && Reserve::beside(path, options.reserve).spend() => {
                prepare(path, &options, &clock)?
            }
            other => other?,
        };
        presence.share()?;
        sync_directory(path)?;
        Ok((Self { path: path.to_owned(), options, boot, _presence: presence }, connection))
    }

    /// Connects for writing; the file is there and ours.
    pub(super) fn writer(&self) -> rusqlite::Result<Connection> {
        connect(&self.path, &self.options, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Connects for reading.
    pub(super) fn reader(&self) -> rusqlite::Result<Connection> {
        // A reader may have to rebuild what processes share about the log, so not read-only.
        let connection = self.writer()?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

fn prepare(
    path: &Path,
    options: &SqliteOptions,
    clock: &HostClock,
) -> Result<(Connection, i64), OpenError> {
    let failed = |error| OpenError::store(format!("open {}", path.display()), error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let bare = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    // Before anything is changed.
    schema::check(&bare.map_err(failed)?)?;
    let mut connection = connect(path, options, flags).map_err(failed)?;
    schema::migrate(&mut connection)?;
    let boot = boot::number(&connection, clock)?;
    Ok((connection, boot))
}

fn connect(path: &Path, options: &SqliteOptions, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(options.busy)?;
    let pragma = |name: &str, value: &dyn rusqlite::ToSql| {
        connection.pragma_update_and_check(None, name, value, |_| Ok(()))
    };
    pragma("journal_mode", &"WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    pragma("wal_autocheckpoint", &LOG_PAGES)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// SQLite before 3.51.3 corrupts a file when a write and a checkpoint of two connections meet.
fn check_version() -> Result<(), OpenError> {
    if rusqlite::version_number() >= SAFE_VERSION {
        return Ok(());
    }
    Err(OpenError::UnsafeSqlite { found: rusqlite::version().to_owned() })
}

fn check_file_system(path: &Path) -> Result<(), OpenError> {
    let directory = directory(path);
    let failed = |error| OpenError::store(format!("look at {}", directory.display()), error);
    let magic = rustix::fs::statfs(directory).map_err(failed)?.f_type;
    let found = NETWORK.iter().find(|(known, _)| u32::try_from(magic) == Ok(*known));
    found.map_or(Ok(()), |(_, kind)| {
        Err(OpenError::NetworkFileSystem { path: path.to_owned(), kind })
    })
}

/// Makes the files' names durable.
fn sync_directory(path: &Path) -> Result<(), OpenError> {
    let directory = directory(path);
    let synced = File::open(directory).and_then(|file| file.sync_all());
    synced.map_err(|error| OpenError::store(format!("sync {}", directory.display()), error))
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn needs_room(error: &OpenError) -> bool {
    let OpenError::Store { source, .. } = error else { return false };
    source.downcast_ref::<rusqlite::Error>().is_some_and(is_full_at_open)
}

const SAFE_VERSION: i32 = 3_051_003;
/// After so many pages the log is taken over into the file: 1 MiB.
const LOG_PAGES: i64 = 256;
/// Where locks do not hold between hosts.
const NETWORK: [(u32, &str); 4] =
    [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x517b, "SMB")];
