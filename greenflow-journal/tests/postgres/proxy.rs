//! What stands between a journal and its server, and loses what it is told to.

use std::future::pending;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use greenflow_core::testkit::Fate;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// Stands between a journal and its server, and loses what it is told to.
pub(crate) struct Proxy {
    folder: TempDir,
    doomed: Arc<Mutex<Option<Doom>>>,
    /// Whether new connections are cut at once.
    closed: Arc<AtomicBool>,
    /// Tells the connections that there are to carry nothing more.
    frozen: watch::Sender<()>,
}

/// What shall happen to the next statement of a kind.
#[derive(Clone, Copy)]
struct Doom {
    fate: Fate,
    /// To one that brings frames of the kit; else to the next.
    frames: bool,
}

/// What the server's socket is called.
const SOCKET: &str = ".s.PGSQL.5432";

impl Proxy {
    /// Listens in a folder of its own, before the server whose socket is in that one.
    pub(crate) fn before(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let doomed = Arc::new(Mutex::new(None));
        let (server, fate) = (server.join(SOCKET), Arc::clone(&doomed));
        let (frozen, closed) = (watch::Sender::new(()), Arc::new(AtomicBool::new(false)));
        let (freezing, shut) = (frozen.clone(), Arc::clone(&closed));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if shut.load(Ordering::Acquire) {
                    continue;
                }
                let (server, fate) = (server.clone(), Arc::clone(&fate));
                tokio::spawn(carry(client, server, fate, freezing.subscribe()));
            }
        });
        Self { folder, doomed, closed, frozen }
    }

    /// Lets the connections that there are hang for ever.
    pub(crate) fn freeze(&self) {
        self.frozen.send_replace(());
    }

    /// Cuts new connections at once, or no longer.
    pub(crate) fn close(&self, closed: bool) {
        self.closed.store(closed, Ordering::Release);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Decides what happens to the next append with frames of the kit.
    pub(crate) fn doom(&self, fate: Fate) {
        *self.doomed.lock().unwrap() = Some(Doom { fate, frames: true });
    }

    /// Decides what happens to the next statement that is carried out.
    pub(crate) fn doom_any(&self, fate: Fate) {
        *self.doomed.lock().unwrap() = Some(Doom { fate, frames: false });
    }

    /// Returns whether what was decided has happened.
    pub(crate) fn has_struck(&self) -> bool {
        self.doomed.lock().unwrap().is_none()
    }
}

/// Carries one connection, until it is cut.
async fn carry(
    client: UnixStream,
    server: PathBuf,
    doomed: Arc<Mutex<Option<Doom>>>,
    mut frozen: watch::Receiver<()>,
) {
    let Ok(server) = UnixStream::connect(server).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut swallow = false;
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            _ = frozen.changed() => pending().await,
            read = from_client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let sent = &asked[..count];
                let fate = doomed.lock().unwrap().take_if(|doom| doom.strikes(sent));
                match fate.map(|doom| doom.fate) {
                    // The connection breaks before the server has it.
                    Some(Fate::Refused | Fate::LostNotApplied) => return,
                    // The server has it, and the connection breaks before its answer.
                    Some(Fate::LostApplied | Fate::Late) => swallow = true,
                    None => {}
                }
                if to_server.write_all(sent).await.is_err() { return }
            }
            read = from_server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                // The answer is there, so the server has committed.
                if swallow { return }
                if to_client.write_all(&answered[..count]).await.is_err() { return }
            }
        }
    }
}

impl Doom {
    fn strikes(self, sent: &[u8]) -> bool {
        // A Bind message: one with values, not one that only prepares.
        let carried_out = sent.first() == Some(&b'B');
        // Frames of the kit begin with these bytes; nothing else that is sent has them.
        let brings_frames = sent.windows(3).any(|part| part == [0, 0xff, b'\n']);
        if self.frames { carried_out && brings_frames } else { carried_out }
    }
}
