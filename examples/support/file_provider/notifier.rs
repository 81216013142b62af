//! The notifier: a list of what people were told.

use async_trait::async_trait;
use greenflow_core::provider::{CallContext, ErrorKind, Notice, Notifier, ProviderError};
use serde::{Deserialize, Serialize};

use super::store::{Document, Folder, refused};

/// `notices.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Notices {
    /// Whether the receiver takes any.
    pub(super) open: bool,
    /// Oldest first.
    pub(super) taken: Vec<Notice>,
}

impl Document for Notices {
    const FILE: &'static str = "notices.json";
}

/// A notifier that writes to `notices.json`.
#[derive(Clone, Debug)]
pub struct FileNotifier {
    folder: Folder,
}

impl FileNotifier {
    pub(super) const fn new(folder: Folder) -> Self {
        Self { folder }
    }
}

#[async_trait]
impl Notifier for FileNotifier {
    async fn notify(&self, _: &CallContext, notice: Notice) -> Result<(), ProviderError> {
        self.folder.update("notify", |notices: &mut Notices| {
            if !notices.open {
                return Err(refused(ErrorKind::Unavailable, "notify").because("nobody takes any"));
            }
            // NO-2: the key says whether it was shown before.
            if notices.taken.iter().all(|taken| taken.key != notice.key) {
                notices.taken.push(notice);
            }
            Ok(())
        })
    }
}
