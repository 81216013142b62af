//! A PostgreSQL server of our own: in a temporary folder, as an ordinary user, on a unix socket.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tempfile::TempDir;
use tokio_postgres::{Config, NoTls};

/// A running server. It stops when the test program ends, however that ends.
pub(crate) struct Server {
    folder: TempDir,
    programs: PathBuf,
    /// Databases that nobody uses any more.
    left: Mutex<Vec<String>>,
}

static NEXT: AtomicUsize = AtomicUsize::new(1);

impl Server {
    /// Returns the one server of this test program.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts one.
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("greenflow-pg-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let server = Self { folder, programs, left: Mutex::default() };
        let data = server.data();
        let initdb = server.programs.join("initdb");
        run(as_ordinary_user(&initdb)
            .args(["-A", "trust", "-U", "test", "-E", "UTF8"])
            .arg("-D")
            .arg(&data));
        server.resume();
        server.watch();
        server
    }

    /// Starts the stopped server again. It may die, but the machine does not: nothing need reach the
    /// disk, of which it takes as little as it can.
    pub(crate) fn resume(&self) {
        let socket = self.folder.path().display();
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{socket}' -c max_connections=200 \
             -c fsync=off -c min_wal_size=32MB -c max_wal_size=64MB"
        );
        let log = self.folder.path().join("log");
        run(self.control().arg("start").arg("-l").arg(log).arg("-o").arg(options));
    }

    /// Stops the server as `kill -9` would: nothing is taken down in order.
    pub(crate) fn stop_at_once(&self) {
        run(self.control().args(["stop", "-m", "immediate"]));
    }

    fn control(&self) -> Command {
        let mut control = as_ordinary_user(&self.programs.join("pg_ctl"));
        control.arg("-w").arg("-D").arg(self.data());
        control
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where its socket is.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Makes an empty database and returns its name; those that are left make room for it.
    pub(crate) async fn database(&self) -> String {
        let name = format!("journal_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let client = self.pool("postgres", 1).get().await.unwrap();
        let left = std::mem::take(&mut *self.left.lock().unwrap());
        for left in left {
            client.batch_execute(&format!("DROP DATABASE {left} WITH (FORCE)")).await.unwrap();
        }
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        name
    }

    /// Takes back a database that nobody uses any more.
    pub(crate) fn leave(&self, database: String) {
        self.left.lock().unwrap().push(database);
    }

    /// Returns a pool of connections to a database.
    pub(crate) fn pool(&self, database: &str, size: usize) -> Pool {
        pool(&self.socket(), database, size)
    }

    /// Has the server stopped once this process is gone, and its folder removed.
    fn watch(&self) {
        let (process, folder) = (std::process::id(), self.folder.path().display());
        let (programs, data) = (self.programs.display(), self.data());
        let script = format!(
            "while [ -d /proc/{process} ]; do sleep 0.5; done; \
             {programs}/pg_ctl -D {data} -m immediate stop; rm -rf {folder}/* {folder}",
            data = data.display()
        );
        let mut watch = as_ordinary_user(Path::new("sh"));
        watch
            .arg("-c")
            .arg(script)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        drop(watch.spawn().unwrap());
    }
}

/// Returns a pool of connections to a database whose socket is in this folder.
pub(crate) fn pool(socket: &Path, database: &str, size: usize) -> Pool {
    let mut config = Config::new();
    config.host_path(socket).user("test").dbname(database).connect_timeout(Duration::from_secs(60));
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config, NoTls, recycling);
    Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1).build().unwrap()
}

/// Where the server's programs are; Debian keeps them off the path.
fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    found.sort();
    found.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let has = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    found.into_iter().rfind(has).expect(
        "these tests need a PostgreSQL server: apt-get install postgresql (or have initdb and \
         pg_ctl on the path)",
    )
}

/// The server refuses to run as root.
fn as_ordinary_user(program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !root {
        return Command::new(program);
    }
    let exists = |user: &str| {
        Command::new("id")
            .arg(user)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    };
    let user = ["postgres", "nobody"].into_iter().find(|user| exists(user)).unwrap();
    let mut command = Command::new("setpriv");
    let ids = |flag: &str| {
        String::from_utf8(Command::new("id").args([flag, user]).output().unwrap().stdout).unwrap()
    };
    command.args([
        format!("--reuid={}", ids("-u").trim()),
        format!("--regid={}", ids("-g").trim()),
        "--clear-groups".to_owned(),
    ]);
    command.arg(program).current_dir("/tmp");
    command
}

fn run(command: &mut Command) {
    // Not piped: the server would keep the pipe open.
    let status = command.stdout(Stdio::null()).stdin(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} ended with {status}");
}
