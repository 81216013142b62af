//! What a child does.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use greenflow_core::engine::{Engine, EngineError, RunEnd};
use greenflow_core::fact::StartOptions;
use greenflow_core::provider::JournalError;
use greenflow_core::value::{ControllerId, Who};
use greenflow_journal::SqliteJournal;
use serde::{Deserialize, Serialize};

use super::site::{self, Site, SiteError};

/// What a child is told to do, in an environment variable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// The site's folder.
    folder: PathBuf,
    /// Its name among several controllers; the only one there is needs none.
    name: Option<ControllerId>,
}

impl Task {
    /// Drives the rollout of this site as the only controller there is.
    #[must_use]
    pub fn single(site: &Site) -> Self {
        Self { folder: site.folder().to_owned(), name: None }
    }

    /// Drives the rollout of this site as one of several controllers.
    #[must_use]
    pub fn one_of_several(site: &Site, name: ControllerId) -> Self {
        Self { folder: site.folder().to_owned(), name: Some(name) }
    }

    /// Returns what this process was told to do, if it is a child.
    #[must_use]
    pub fn of_this_process() -> Option<Self> {
        serde_json::from_str(&std::env::var(VARIABLE).ok()?).ok()
    }

    pub(super) fn variable(&self) -> io::Result<(&'static str, String)> {
        Ok((VARIABLE, serde_json::to_string(self)?))
    }

    /// Starts the rollout, or goes on with it, and drives it to its end ([`drive`]).
    ///
    /// # Errors
    /// When the rollout cannot be driven.
    pub fn carry_out(self) -> Result<(), SiteError> {
        let site = Site::at(self.folder);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let journal = Arc::new(SqliteJournal::open(site.journal_file())?);
        let providers = site.providers()?;
        let engine = match self.name {
            None => Engine::single(providers, journal),
            Some(name) => Engine::cluster(providers, journal).with_controller(name),
        };
        runtime.block_on(drive(&engine.with_lease(LEASE, RENEW)))
    }
}

/// Starts the rollout of a site, or goes on with it, and drives it to its end. A controller that
/// has lost its lease, because it was frozen or without its journal for too long, queues up for it
/// again.
///
/// # Errors
/// When the rollout cannot be driven.
///
/// # Cancel safety
/// Dropping this future equals a crash.
pub async fn drive(engine: &Engine) -> Result<(), SiteError> {
    let options = StartOptions::new(Who::new("the parent"));
    let (_handle, run) = engine.start(site::rollout(), site::plan()?, options);
    let mut end = run.await;
    loop {
        match end {
            Ok(RunEnd::Ended(_)) => return Ok(()),
            // Somebody else was first, or we were here before.
            Err(EngineError::Journal(
                JournalError::Exists(_) | JournalError::ServiceLocked { .. },
            ))
            // Or we were frozen until our lease was over, with or without a fact to be written.
            | Err(EngineError::LeaseLost { .. } | EngineError::JournalUnavailable { .. })
            | Ok(_) => {
                let (_handle, run) = engine.resume(site::rollout());
                end = run.await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

const VARIABLE: &str = "GREENFLOW_CONTROLLER";
/// How long a lease lasts here: the shortest that an engine takes.
pub const LEASE: Duration = Duration::from_secs(6);
/// How often it is renewed.
pub const RENEW: Duration = Duration::from_secs(1);
