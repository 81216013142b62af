//! Short ways to say what the tests ask of a journal.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use greenflow_core::provider::{Append, Claim, Create, Journal, JournalError, Lease, Standing};
use greenflow_core::value::{ControllerId, RolloutId, ServiceName};

pub(crate) const TTL: Duration = Duration::from_secs(3600);

pub(crate) fn rollout(name: &str) -> RolloutId {
    RolloutId::new(name).unwrap()
}

pub(crate) fn request(name: &str, by: &str) -> Create {
    let service = ServiceName::new(name).unwrap();
    let (rollout, owner) = (rollout(name), ControllerId::new(by).unwrap());
    Create { rollout, service, owner, ttl: TTL, frames: vec![frame(1)] }
}

/// Creates a rollout, of a service of the same name, with one frame.
pub(crate) async fn create(journal: &dyn Journal, name: &str) -> Lease {
    journal.create(request(name, "c-1")).await.unwrap()
}

pub(crate) async fn claim(
    journal: &dyn Journal,
    name: &str,
    by: &str,
    ttl: Duration,
) -> Result<Lease, JournalError> {
    let (rollout, owner) = (rollout(name), ControllerId::new(by).unwrap());
    journal.claim(Claim { rollout, owner, ttl }).await
}

/// Appends one frame after the first `head`.
pub(crate) async fn append(
    journal: &dyn Journal,
    lease: &Lease,
    head: u64,
) -> Result<(), JournalError> {
    append_frame(journal, lease, head, frame(head + 1), false).await
}

pub(crate) async fn append_frame(
    journal: &dyn Journal,
    lease: &Lease,
    head: u64,
    frame: Vec<u8>,
    urgent: bool,
) -> Result<(), JournalError> {
    let standing = Standing { ended: false, locks_service: true };
    let token = lease.token.clone();
    let request = Append { token, expected_head: head, frames: vec![frame], standing, urgent };
    journal.append(request).await
}

pub(crate) fn frame(sequence: u64) -> Vec<u8> {
    format!("frame {sequence} ").repeat(20).into_bytes()
}

/// Returns how many frames there are, all as they were written.
pub(crate) async fn head(journal: &dyn Journal, name: &str) -> Result<u64, JournalError> {
    let frames = journal.read(&rollout(name), 0, usize::MAX).await?;
    for (sequence, stored) in (1..).zip(&frames) {
        assert_eq!((stored.sequence, &stored.frame), (sequence, &frame(sequence)));
    }
    Ok(frames.len() as u64)
}

/// A process that runs one of the ignored tests of this program.
pub(crate) fn process(test: &str, wrap: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = match wrap {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// The lines that a process says.
pub(crate) fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok)
}
