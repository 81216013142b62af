//! The notifier of a world.

use async_trait::async_trait;
use greenflow_core::provider::{CallContext, ErrorKind, Notice, Notifier, ProviderError};

use super::{Operation, Reply};
use crate::world::{Ending, State};

super::provider! {
    /// The notifier of a world: it keeps each notice, once for each key.
    WorldNotifier
}

#[async_trait]
impl Notifier for WorldNotifier {
    async fn notify(&self, cx: &CallContext, notice: Notice) -> Result<(), ProviderError> {
        let what = || format!("{:?} to {}: {}", notice.kind, notice.audience, notice.text);
        let take = |state: &mut State, _| match state.answers.notifier {
            Ending::Hangs => Ok(Reply::Never),
            Ending::Error => Err(ProviderError::new(ErrorKind::Unavailable, "notify")),
            Ending::Well => {
                keep(state, notice.clone());
                Ok(Reply::Now(()))
            }
        };
        self.world.ask(Operation::Notify, cx, what, take).await
    }
}

fn keep(state: &mut State, notice: Notice) {
    state.notice_taken(notice.key.clone());
    let now = state.now;
    let notices = &mut state.answers.notices;
    let new = notices.iter().all(|(_, old)| old.key != notice.key);
    if new && notices.len() < MOST {
        notices.push((now, notice));
    }
}

/// So many notices are kept; more is no rollout any more.
const MOST: usize = 10_000;
