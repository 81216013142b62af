//! The contract, plainly and through everything that wraps a journal.

use std::sync::Arc;

use greenflow_core::provider::Journal;
use greenflow_core::provider::layer::Traced;
use greenflow_core::testkit::Through;
use greenflow_core::testkit::journal::{JournalFixture as _, run_all};

use super::fixture::{Postgres, Time};

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_and_nothing_is_skipped() {
    let report = run_all("postgres", async || Postgres::new(Time::Moved).await).await;
    report.assert_conformant();
    let skipped = report.clauses.iter().filter(|clause| clause.result.is_skipped()).count();
    assert_eq!(skipped, 0, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_it_in_real_time() {
    let fixture = async || Postgres::new(Time::Real).await;
    run_all("postgres, real time", fixture).await.assert_conformant();
}

/// Puts `wrap` around the journal.
async fn through(name: &str, wrap: impl Fn(Arc<dyn Journal>) -> Arc<dyn Journal>) {
    let fixture = async || {
        let inner = Postgres::new(Time::Moved).await;
        let journal = wrap(inner.journal());
        Through::<_, dyn Journal>::new(inner, journal)
    };
    run_all(name, fixture).await.assert_conformant();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_it_through_an_arc_a_box_and_traced() {
    through("Arc", |inner| Arc::new(inner)).await;
    through("Box", |inner| Arc::new(Box::new(inner))).await;
    through("Traced", |inner| Arc::new(Traced::new("postgres", inner))).await;
}
