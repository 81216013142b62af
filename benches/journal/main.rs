//! The durable journals: appends, claims and renewals a second, beside a bare loop that writes and
//! syncs on the same disk just before.
//!
//! `cargo bench -p greenflow-benches --features journal --bench journal`
//!
//! Starts a PostgreSQL server of its own in a temporary folder, with its default of syncing each
//! commit. Compare the ratios: the rates are those of the disk.

mod appends;
mod bare;
mod claims;
mod rate;
mod scale;
#[path = "../../greenflow-journal/tests/postgres/server.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the server of the journal's tests, which stop at what should not happen"
)]
mod server;
mod stores;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::time::Instant;

use futures_util::future::try_join_all;
use greenflow_core::provider::{Claim, Journal, Lease, Rest};
use tokio::runtime::Runtime;

use self::rate::Rate;
use self::scale::Scale;
use self::server::Server;
use self::stores::{Postgres, Sqlite, TTL};

type Trouble = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Trouble> {
    Runtime::new()?.block_on(run(Scale::asked_for()))
}

async fn run(scale: Scale) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let server = Server::shared();
    let sqlite = Sqlite::open(folder.path())?;
    let postgres = Postgres::open(server).await?;
    for rollouts in [1, 16, 256] {
        let bare = bare::syncs(folder.path(), scale.span)?;
        say("bare loop", "write and fdatasync", &bare)?;
        let leases = appends::leases(&*sqlite.journal, rollouts).await?;
        let rate = appends::rate(&sqlite.journal, leases, scale.span).await?;
        say("SQLite", format!("{rollouts} rollouts append"), rate.beside(&bare))?;
        let leases = appends::leases(&*postgres.journal, rollouts).await?;
        let before = postgres.syncs(scale.settling).await?;
        let rate = appends::rate(&postgres.journal, leases, scale.span).await?;
        let synced = postgres.syncs(scale.settling).await? - before;
        say("PostgreSQL", format!("{rollouts} rollouts append"), rate.beside(&bare))?;
        say("PostgreSQL", "syncs of its log meanwhile", synced)?;
    }
    sqlite.make_due(scale.due).await?;
    let claimed = claims::each_by_name(&sqlite.journal, scale.due).await?;
    say("SQLite", "8 workers claim what is free", &claimed.rate)?;
    many(&*sqlite.journal, "SQLite", &claimed.leases).await?;
    postgres.make_due(scale.due).await?;
    let claimed = claims::what_is_due(&postgres, scale.due).await?;
    say("PostgreSQL", "8 workers claim what is due", &claimed.rate)?;
    many(&*postgres.journal, "PostgreSQL", &claimed.leases).await
}

/// Renews, releases and claims anew a thousand leases, each kind all at once.
async fn many(journal: &dyn Journal, store: &str, leases: &[Lease]) -> Result<(), Trouble> {
    let leases = leases.get(..1000).unwrap_or(leases);
    let begun = Instant::now();
    try_join_all(leases.iter().map(|lease| journal.renew(&lease.token, TTL))).await?;
    say(store, "renewals at once", Rate::of(leases.len(), begun))?;
    try_join_all(leases.iter().map(|lease| journal.release(&lease.token, Rest::default()))).await?;
    let begun = Instant::now();
    let claim = |lease: &Lease| {
        let (rollout, owner) = (lease.token.rollout.clone(), lease.token.owner.clone());
        journal.claim(Claim { rollout, owner, ttl: TTL })
    };
    try_join_all(leases.iter().map(claim)).await?;
    say(store, "claims at once", Rate::of(leases.len(), begun))?;
    Ok(())
}

fn say(store: &str, what: impl Display, figure: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{store:<10} | {what:<30} | {figure}", what = what.to_string())
}
