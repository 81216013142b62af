//! The world in which nothing goes wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::provider::{Fence, Granularity};
use greenflow_core::value::{Digest, MetricName, RouteId};
use jiff::tz::{Offset, TimeZone};

use super::world_spec::{SideSpec, WorldSpec};
use crate::script::Script;
use crate::world::{FleetModel, Health, Latency, RouterModel, SideModel, Traffic};

impl WorldSpec {
    /// Returns the world in which nothing goes wrong: 200 requests a second on six blue targets,
    /// from 2026-02-09 09:00 in Seoul, with people who do what the plan asks of them.
    #[must_use]
    pub fn healthy() -> Self {
        // Without a zone database the zone is its offset; Seoul has kept it since 1988.
        let seoul = TimeZone::fixed(Offset::constant(9));
        Self {
            name: "healthy".to_owned(),
            about: String::new(),
            expect: None,
            start: None,
            zone: TimeZone::get("Asia/Seoul").unwrap_or(seoul),
            call_latency: Duration::from_millis(50),
            latency_limit: Duration::from_millis(500),
            trace_lines: 200_000,
            strict_names: false,
            traffic: Traffic { rate: 200.0, diurnal: None },
            router: router(),
            blue: side(),
            blue_targets: 6,
            blue_digest: digest('b'),
            green: side(),
            metrics_shortest: Duration::from_secs(10),
            metrics_delay: Duration::from_secs(5),
            probes: Vec::new(),
            checks: Vec::new(),
            hooks: Vec::new(),
            changes: Vec::new(),
            faults: Vec::new(),
            script: Script::diligent(),
            kills: Vec::new(),
            rivals: Vec::new(),
            ends_parked: false,
        }
    }
}

impl Default for WorldSpec {
    fn default() -> Self {
        Self::healthy()
    }
}

fn router() -> RouterModel {
    RouterModel {
        routes: RouteId::new("production").into_iter().collect(),
        propagation: Duration::from_secs(2),
        drain_share: 0.01,
        drain: Duration::from_secs(20),
        fence: Fence::Late { bound: Duration::from_secs(120) },
        granularity: Granularity::Steps { basis_points: 1 },
    }
}

/// A side that fails no request, and so quick that a week of them has none over half a second.
fn side() -> SideSpec {
    let named = |pairs: &[(&str, f64)]| -> BTreeMap<MetricName, f64> {
        pairs
            .iter()
            .filter_map(|(name, value)| Some((MetricName::new(*name).ok()?, *value)))
            .collect()
    };
    SideSpec {
        fleet: FleetModel {
            startup: Duration::from_secs(45),
            per_target: 60.0,
            health: Health::Normal,
            autoscaler: None,
            quota: None,
        },
        model: SideModel {
            errors: 0.0,
            latency: Latency::new(Duration::from_millis(80), Duration::from_millis(120)),
            rules: Vec::new(),
            events: named(&[("error-tracker", 0.0)]),
            gauges: named(&[
                ("cpu", 38.0),
                ("memory", 52.0),
                ("database-connections", 40.0),
                ("user-activity", 1200.0),
            ]),
        },
    }
}

/// The digest made of one digit.
fn digest(digit: char) -> Digest {
    let text: String = std::iter::repeat_n(digit, 64).collect();
    match Digest::new(format!("sha256:{text}")) {
        Ok(digest) => digest,
        Err(_) => unreachable!("64 hexadecimal digits are a digest"),
    }
}
