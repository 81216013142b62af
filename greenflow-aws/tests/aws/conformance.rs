//! The core's test kit, for every trait that the adapter implements.

use greenflow_core::testkit::{compute, health, load_balancer, metrics};
use greenflow_core::value::WallTime;
use greenflow_mock::{Sim, SimClock};

use crate::support::fixture::Fresh;

fn sim() -> (Sim, SimClock) {
    let clock = SimClock::starting_at(WallTime::from_unix_millis(1_795_602_900_000));
    (Sim::with_clock(clock.clone()), clock)
}

#[test]
fn the_balancer_keeps_its_contract() {
    let (sim, clock) = sim();
    let report = load_balancer::run_all("alb", async || Fresh::new(clock.clone()));
    sim.run(report).unwrap().assert_conformant();
}

#[test]
fn the_compute_provider_keeps_its_contract() {
    let (sim, clock) = sim();
    let report = compute::run_all("ecs", async || Fresh::new(clock.clone()));
    sim.run(report).unwrap().assert_conformant();
}

#[test]
fn the_probe_keeps_its_contract() {
    let (sim, clock) = sim();
    let report = health::run_all("targets", async || Fresh::new(clock.clone()));
    sim.run(report).unwrap().assert_conformant();
}

#[test]
fn the_metric_source_keeps_its_contract() {
    let (sim, clock) = sim();
    let report = metrics::run_all("cloudwatch", async || Fresh::new(clock.clone()));
    sim.run(report).unwrap().assert_conformant();
}
