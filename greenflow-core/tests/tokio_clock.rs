//! The test kit in real time, on the clock that the engine has by default.

#![cfg(all(feature = "engine", feature = "testkit"))]

use std::sync::Arc;

use greenflow_core::engine::TokioClock;
use greenflow_core::provider::Clock;
use greenflow_core::testkit::Fixture;
use greenflow_core::testkit::clock::{self, ClockFixture};

struct Fresh(Arc<TokioClock>);

impl Fixture for Fresh {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0) as Arc<dyn Clock>
    }
}

impl ClockFixture for Fresh {}

#[test]
fn the_tokio_clock_keeps_its_contract() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let fresh = async || Fresh(Arc::new(TokioClock::new()));
    let report = runtime.block_on(clock::run_all("tokio", fresh));
    report.assert_conformant();
    println!("{report}");
}
