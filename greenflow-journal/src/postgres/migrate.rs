//! The tables, and how older ones become these.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Pool};
use tokio_postgres::{Error, GenericClient};

use super::connection::Connection;
use super::trouble::Trouble;
use crate::OpenError;

/// What makes a schema of the one before it. Never changed once released, only added to.
const STEPS: [&str; 2] = [include_str!("schema_1.sql"), include_str!("schema_2.sql")];
/// The newest schema that this version knows.
const NEWEST: i64 = STEPS.len() as i64;
/// Names the lock under which one process at a time migrates: "grnflow".
const LOCK: i64 = 0x0067_726e_666c_6f77;
/// A migration may take so many times as long as another statement, the wait for others included.
const LONGER: u32 = 10;

/// Brings the database to the newest schema; safe when several processes do it at once. One that
/// is there already is waited for by nobody.
pub(super) async fn migrate(pool: &Pool, deadline: Duration) -> Result<(), OpenError> {
    let mut connection = Connection::take(pool, deadline).await.map_err(failed)?;
    let look = async |client: &mut ClientWrapper| look(&**client).await;
    let mut found = connection.ask(deadline, look).await.map_err(failed)?;
    if found < NEWEST {
        let longest = deadline.saturating_mul(LONGER);
        let raise = async |client: &mut ClientWrapper| raise(client, longest).await;
        found = connection.ask(longest, raise).await.map_err(failed)?;
    }
    if found > NEWEST {
        return Err(OpenError::NewerSchema { found, known: NEWEST });
    }
    Ok(())
}

/// Makes the steps that are missing, alone; returns which version it found or made.
async fn raise(client: &mut ClientWrapper, longest: Duration) -> Result<i64, Error> {
    let transaction = client.transaction().await?;
    let wait = format!("SET LOCAL lock_timeout = {}", longest.as_millis().max(1));
    transaction.batch_execute(&wait).await?;
    // It ends with the transaction.
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    // Not only if it was seen to be missing: what a session remembers of that may be out of date.
    let table = "CREATE TABLE IF NOT EXISTS greenflow_schema (
                   version bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";
    transaction.batch_execute(table).await?;
    let version = version(&*transaction).await?;
    for (step, sql) in (1_i64..).zip(STEPS) {
        if step > version {
            transaction.batch_execute(sql).await?;
            let sql = "INSERT INTO greenflow_schema (version) VALUES ($1)";
            transaction.execute(sql, &[&step]).await?;
        }
    }
    transaction.commit().await?;
    Ok(version.max(NEWEST))
}

/// Returns the version of the schema; 0 where there is none.
async fn look(client: &impl GenericClient) -> Result<i64, Error> {
    let sql = "SELECT to_regclass('greenflow_schema') IS NOT NULL";
    let known: bool = client.query_one(sql, &[]).await?.get(0);
    if known { version(client).await } else { Ok(0) }
}

async fn version(client: &impl GenericClient) -> Result<i64, Error> {
    let sql = "SELECT coalesce(max(version), 0) FROM greenflow_schema";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

fn failed(trouble: Trouble) -> OpenError {
    let action = "bring the database to the newest schema";
    match trouble {
        Trouble::Unconnected(error) => OpenError::store("connect to PostgreSQL", error),
        Trouble::Lost { cause } => OpenError::store(action, cause),
        Trouble::Refused(error) => OpenError::store(action, error),
    }
}
