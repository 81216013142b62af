//! Short ways to say what the tests ask of a journal.

use std::time::Duration;

use greenflow_core::provider::{Append, Create, Journal, JournalError, Lease, Standing};
use greenflow_core::value::{ControllerId, RolloutId, ServiceName};

pub(crate) const TTL: Duration = Duration::from_secs(3600);

pub(crate) fn rollout(name: &str) -> RolloutId {
    RolloutId::new(name).unwrap()
}

pub(crate) fn owner(name: &str) -> ControllerId {
    ControllerId::new(name).unwrap()
}

/// Creates a rollout, of a service of the same name, with one frame.
pub(crate) async fn create(journal: &dyn Journal, name: &str, by: &str) -> Lease {
    let service = ServiceName::new(name).unwrap();
    let (rollout, owner) = (rollout(name), owner(by));
    let request = Create { rollout, service, owner, ttl: TTL, frames: vec![frame(1)] };
    journal.create(request).await.unwrap()
}

/// Appends one frame after the first `head`.
pub(crate) async fn append(
    journal: &dyn Journal,
    lease: &Lease,
    head: u64,
) -> Result<(), JournalError> {
    let standing = Standing { ended: false, locks_service: true };
    let frames = vec![frame(head + 1)];
    let token = lease.token.clone();
    journal.append(Append { token, expected_head: head, frames, standing, urgent: false }).await
}

pub(crate) fn frame(sequence: u64) -> Vec<u8> {
    format!("frame {sequence}").into_bytes()
}

/// Returns how many frames there are, all as they were written.
pub(crate) async fn head(journal: &dyn Journal, name: &str) -> u64 {
    let frames = journal.read(&rollout(name), 0, usize::MAX).await.unwrap();
    for (sequence, stored) in (1..).zip(&frames) {
        assert_eq!((stored.sequence, &stored.frame), (sequence, &frame(sequence)));
    }
    frames.len() as u64
}
