//! Reads of the outside. They change nothing, so they are not journaled.

use std::time::Duration;

use crate::provider::{CheckReport, CheckStage, IntervalSample, ObservedSplit, ProbeReport, Sides};
use crate::value::{CheckName, MetricName, ProbeName, Side, WallTime};

/// A read of the outside. At most one of each is outstanding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the engine carries out each")]
pub enum Read {
    /// The balancer's configuration.
    Split,
    /// Both sides' targets.
    Sides,
    /// One closed interval of measurements.
    Sample {
        /// First moment.
        start: WallTime,
        /// First moment after it.
        end: WallTime,
        /// The response times for which slower requests are counted.
        thresholds: Vec<Duration>,
        /// The named events and gauges.
        metrics: Vec<MetricName>,
    },
    /// One run of a check.
    Check {
        /// The part of the rollout.
        stage: CheckStage,
        /// Which.
        check: CheckName,
    },
    /// One probe.
    Probe {
        /// Which.
        probe: ProbeName,
        /// Of which side.
        side: Side,
    },
}

/// What a read found.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "one for each read")]
pub enum Reading {
    /// The balancer's configuration.
    Split(ObservedSplit),
    /// Both sides' targets.
    Sides(Sides),
    /// One closed interval of measurements.
    Sample(IntervalSample),
    /// One run of a check.
    Check(CheckReport),
    /// One probe.
    Probe(ProbeReport),
}
