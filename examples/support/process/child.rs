//! A controller as its parent holds it.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::{Site, Task};

/// How to start a controller: this very program again, which finds its [`Task`] in its environment.
#[derive(Clone, Debug)]
pub struct Launch {
    arguments: Vec<OsString>,
}

impl Launch {
    /// With these arguments.
    pub fn with(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self { arguments: arguments.into_iter().map(Into::into).collect() }
    }

    /// Starts a controller. What it says goes to a file of its site.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, site: &Site, task: &Task) -> io::Result<Child> {
        let said = site.folder().join("controllers.log");
        let said = File::options().create(true).append(true).open(said)?;
        let (name, value) = task.variable()?;
        let child = Command::new(std::env::current_exe()?)
            .args(&self.arguments)
            .env(name, value)
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()?;
        Ok(Child(child))
    }
}

/// A controller's process. It is killed when this is dropped, so that a parent that fails leaves
/// nobody behind.
#[derive(Debug)]
pub struct Child(std::process::Child);

impl Child {
    /// Returns its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Returns how it ended, if it has.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// Kills it (SIGKILL): it cannot finish or clean up anything.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn kill(&mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(drop)
    }

    /// Freezes it (SIGSTOP) wherever it is: as a suspended host, or a very long pause.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on (SIGCONT), as if no time had passed.
    ///
    /// # Errors
    /// When the system does not let us.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        kill_process(Pid::from_child(&self.0), signal).map_err(io::Error::from)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself, which is as well.
        let _: io::Result<()> = self.kill();
    }
}
