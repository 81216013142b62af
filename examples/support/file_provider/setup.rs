//! The documents of a new world.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::plan::{CheckSpec, ConfirmedBy, PlanBody};
use greenflow_core::provider::{CheckOutcome, ErrorKind, ProviderError};
use greenflow_core::value::{CheckName, Digest, MetricName, RouteId, Side, WallTime};

use super::balancer::{Balancing, Weights};
use super::checks::{Reports, Suite};
use super::compute::Computing;
use super::health::Probes;
use super::hooks::Backups;
use super::notifier::Notices;
use super::store::{Folder, refused};
use super::traffic::{Behaviour, Traffic};

/// Writes every document that is not there yet.
pub(super) fn establish(
    folder: &Folder,
    now: WallTime,
    plan: &PlanBody,
    blue: &Digest,
) -> Result<(), ProviderError> {
    std::fs::create_dir_all(folder.path()).map_err(unwritable)?;
    let began = now.before(BEFORE);
    folder.establish(&traffic(began)?)?;
    folder.establish(&balancing(began)?)?;
    let mut computing = Computing::default();
    computing.fill(Side::Blue, blue, TARGETS, began)?;
    computing.note(began);
    folder.establish(&computing)?;
    let probes = plan.provision.probes.iter().map(|probe| probe.name.clone());
    folder.establish(&Probes { known: probes.collect() })?;
    folder.establish(&Reports { suites: suites(plan) })?;
    let known = plan.retire.backup.clone().into_iter().collect();
    folder.establish(&Backups { known, made: BTreeMap::new() })?;
    folder.establish(&Notices { open: true, taken: Vec::new() })
}

fn traffic(since: WallTime) -> Result<Traffic, ProviderError> {
    let mut side = Behaviour { millis: 80, slow_millis: 300, slow_ppm: 40_000, ..<_>::default() };
    for (gauge, micros) in GAUGES {
        side.gauges.insert(MetricName::new(gauge).map_err(unwritable)?, micros);
    }
    Ok(Traffic { since, per_second: 100, measured: true, blue: side.clone(), green: side })
}

fn balancing(since: WallTime) -> Result<Balancing, ProviderError> {
    let all_blue = Weights { blue: 100, green: 0, other: 0 };
    let mut balancing = Balancing::default();
    for route in ROUTES {
        balancing.routes.insert(RouteId::new(route).map_err(unwritable)?, all_blue);
    }
    balancing.set(all_blue, since);
    Ok(balancing)
}

/// Every check that a plan names has run well.
fn suites(plan: &PlanBody) -> BTreeMap<CheckName, Suite> {
    let confirming = plan.checklists.iter().flat_map(|list| &list.items);
    let automatic = confirming.filter_map(|item| match &item.confirmed_by {
        ConfirmedBy::Check(check) => Some((check.clone(), Vec::new())),
        ConfirmedBy::Role(_) => None,
    });
    let parts =
        [&plan.preflight.checks, &plan.verify.suites, &plan.confirm.checks, &plan.retire.checks];
    let named = |spec: &CheckSpec| (spec.name.clone(), spec.cases.clone());
    let all = automatic.chain(parts.into_iter().flatten().map(named));
    let suite = |(name, cases): (CheckName, Vec<String>)| {
        let cases = if cases.is_empty() { vec![name.to_string()] } else { cases };
        let passed = |case| (case, CheckOutcome::Passed);
        let cases = cases.into_iter().map(passed).collect();
        (name, Suite { finished: true, cases, seen: None })
    };
    all.map(suite).collect()
}

fn unwritable(error: impl Into<greenflow_core::provider::BoxError>) -> ProviderError {
    refused(ErrorKind::Unavailable, "establish").caused_by(error)
}

/// So long there were requests before.
const BEFORE: Duration = Duration::from_hours(24);
const TARGETS: u32 = 4;
const ROUTES: [&str; 2] = ["internal", "public"];
const GAUGES: [(&str, i64); 4] = [
    ("cpu", 350_000),
    ("memory", 500_000),
    ("database-connections", 40_000_000),
    ("user-activity", 900_000_000),
];
