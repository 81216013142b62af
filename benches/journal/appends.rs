//! Appends, each of which waits for its own commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use greenflow_core::provider::{Append, Journal, Lease, Standing};

use super::Trouble;
use super::rate::Rate;
use super::stores::create;

/// As long as a usual one.
pub(crate) const FRAME: [u8; 220] = [b'x'; 220];

/// Makes so many rollouts.
pub(crate) async fn leases<J: Journal>(
    journal: &J,
    rollouts: usize,
) -> Result<Vec<Lease>, Trouble> {
    try_join_all((0..rollouts).map(|at| create(journal, format!("append-{rollouts}-{at}")))).await
}

/// Has each append, as soon as its last append is answered.
pub(crate) async fn rate<J: Journal>(
    journal: &Arc<J>,
    leases: Vec<Lease>,
    span: Duration,
) -> Result<Rate, Trouble> {
    let begun = Instant::now();
    let spawn = |lease| tokio::spawn(appends(Arc::clone(journal), lease, begun + span));
    let running: Vec<_> = leases.into_iter().map(spawn).collect();
    let mut each = Vec::new();
    for running in running {
        each.extend(running.await??);
    }
    Ok(Rate::of_each(each, begun))
}

async fn appends<J: Journal>(
    journal: Arc<J>,
    lease: Lease,
    end: Instant,
) -> Result<Vec<Duration>, Trouble> {
    let standing = Standing { ended: false, locks_service: true };
    let mut each = Vec::new();
    let mut expected_head = lease.head;
    while Instant::now() < end {
        let (token, frames) = (lease.token.clone(), vec![FRAME.to_vec()]);
        let begun = Instant::now();
        let request = Append { token, expected_head, frames, standing, urgent: false };
        journal.append(request).await?;
        each.push(begun.elapsed());
        expected_head += 1;
    }
    Ok(each)
}
