//! The tables, and how older ones become these.

use deadpool_postgres::Pool;

use crate::OpenError;

/// What makes a schema of the one before it. Never changed once released, only added to.
const STEPS: [&str; 1] = [include_str!("schema_1.sql")];
/// The newest schema that this version knows.
const NEWEST: i64 = STEPS.len() as i64;
/// Names the lock under which one process at a time migrates: "grnflow".
const LOCK: i64 = 0x0067_726e_666c_6f77;

/// Brings the database to the newest schema; safe when several processes do it at once.
pub(super) async fn migrate(pool: &Pool) -> Result<(), OpenError> {
    let mut client =
        pool.get().await.map_err(|error| OpenError::store("connect to PostgreSQL", error))?;
    let failed = |error| OpenError::store("bring the database to the newest schema", error);
    let transaction = client.transaction().await.map_err(failed)?;
    // It ends with the transaction.
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(failed)?;
    let table = "CREATE TABLE IF NOT EXISTS greenflow_schema (
                   version bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())";
    let sql = "SELECT to_regclass('greenflow_schema') IS NOT NULL";
    let known: bool = transaction.query_one(sql, &[]).await.map_err(failed)?.get(0);
    if !known {
        transaction.batch_execute(table).await.map_err(failed)?;
    }
    let sql = "SELECT coalesce(max(version), 0) FROM greenflow_schema";
    let version: i64 = transaction.query_one(sql, &[]).await.map_err(failed)?.get(0);
    if version > NEWEST {
        return Err(OpenError::NewerSchema { found: version, known: NEWEST });
    }
    for (step, sql) in (1_i64..).zip(STEPS) {
        if step > version {
            transaction.batch_execute(sql).await.map_err(failed)?;
            let sql = "INSERT INTO greenflow_schema (version) VALUES ($1)";
            transaction.execute(sql, &[&step]).await.map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)
}
