//! The hooks: a backup that is made once for each effect.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, Hook, HookReport, HookRequest, ProviderError,
};
use greenflow_core::value::{HookName, ResourceId};
use serde::{Deserialize, Serialize};

use super::store::{Document, Folder, refused};

/// `backups.json`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Backups {
    /// The hooks there are.
    pub(super) known: BTreeSet<HookName>,
    /// What was made, by the effect that made it. A backup is not absolute: one made again is a
    /// second one. So here every effect is kept (HK-1), and with it what it produced (HK-2).
    pub(super) made: BTreeMap<String, Backup>,
}

/// One backup.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Backup {
    pub(super) name: String,
    pub(super) of: Vec<ResourceId>,
}

impl Document for Backups {
    const FILE: &'static str = "backups.json";
}

impl Backup {
    fn report(&self) -> HookReport {
        HookReport { detail: format!("{} of {} resources", self.name, self.of.len()) }
    }
}

/// Hooks whose work is kept in `backups.json`.
#[derive(Clone, Debug)]
pub struct FileHooks {
    folder: Folder,
}

impl FileHooks {
    pub(super) const fn new(folder: Folder) -> Self {
        Self { folder }
    }
}

#[async_trait]
impl Hook for FileHooks {
    async fn run(
        &self,
        cx: &CallContext,
        request: HookRequest,
    ) -> Result<HookReport, ProviderError> {
        let operation = "run hook";
        let effect = key(cx, operation)?;
        // The work and the note that it was done are one rename. Where they cannot be one, note
        // first that it begins, give it the effect as its name, and look for that name before.
        self.folder.update(operation, |backups: &mut Backups| {
            if !backups.known.contains(&request.hook) {
                return Err(refused(ErrorKind::NotFound, operation).on(request.hook.as_str()));
            }
            let name = format!("{}-{}", request.hook, backups.made.len() + 1);
            let new = Backup { name, of: request.resources };
            Ok(backups.made.entry(effect).or_insert(new).report())
        })
    }

    async fn find(
        &self,
        cx: &CallContext,
        _: HookRequest,
    ) -> Result<Option<HookReport>, ProviderError> {
        let backups: Backups = self.folder.read("find hook")?;
        Ok(backups.made.get(&key(cx, "find hook")?).map(Backup::report))
    }
}

fn key(cx: &CallContext, operation: &'static str) -> Result<String, ProviderError> {
    let effect = cx.effect.ok_or_else(|| {
        refused(ErrorKind::InvalidRequest, operation).because("the call names no effect")
    })?;
    Ok(format!("{} {effect}", cx.rollout))
}
