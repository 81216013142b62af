//! What is there at the start: traffic, router, sides.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::provider::{Fence, Granularity};
use greenflow_core::value::{Digest, MetricName, RouteId};
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::error::Problems;
use crate::spec::units::{Amount, Share, Span};
use crate::spec::world_spec::{SideSpec, WorldSpec};
use crate::world::{Autoscaler, Diurnal, Health, Latency, RouterModel, Rule, Traffic};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrafficTable {
    rate: Option<Amount>,
    diurnal: Option<DiurnalTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiurnalTable {
    #[serde(deserialize_with = "time_of_day")]
    peak: Duration,
    swing: Share,
}

impl TrafficTable {
    pub(super) fn apply(self, traffic: &mut Traffic) {
        if let Some(Amount(rate)) = self.rate {
            traffic.rate = rate;
        }
        traffic.diurnal =
            self.diurnal.map(|table| Diurnal { peak: table.peak, swing: table.swing.0 });
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouterTable {
    routes: Option<Vec<RouteId>>,
    propagation: Option<Span>,
    drain: Option<DrainTable>,
    fence: Option<FenceWord>,
    late_bound: Option<Span>,
    smallest_step: Option<Share>,
    whole_only: Option<bool>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrainTable {
    pub(super) share: Share,
    #[serde(rename = "for")]
    pub(super) lasts: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FenceWord {
    Late,
    PerOperation,
    Conditional,
}

pub(super) fn router(
    table: Spanned<RouterTable>,
    router: &mut RouterModel,
    problems: &mut Problems<'_>,
) {
    let at = table.span().start;
    let table = table.into_inner();
    if let Some(routes) = table.routes {
        if routes.is_empty() || routes.len() > MOST_ROUTES {
            problems.add(at, format!("a router has from 1 to {MOST_ROUTES} routes"));
        } else {
            router.routes = routes;
        }
    }
    if let Some(Span(delay)) = table.propagation {
        router.propagation = delay;
    }
    if let Some(drain) = table.drain {
        (router.drain_share, router.drain) = (drain.share.0, drain.lasts.0);
    }
    match (table.fence, table.late_bound) {
        (None | Some(FenceWord::Late), Some(Span(bound))) => router.fence = Fence::Late { bound },
        (None | Some(FenceWord::Late), None) => {}
        (Some(FenceWord::PerOperation), None) => router.fence = Fence::PerOperation,
        (Some(FenceWord::Conditional), None) => router.fence = Fence::Conditional,
        (Some(FenceWord::PerOperation | FenceWord::Conditional), Some(_)) => {
            problems.add(at, "late_bound is only for the fence \"late\"");
        }
    }
    match (table.smallest_step.map(Share::weight), table.whole_only.unwrap_or(false)) {
        (None, false) => {}
        (None, true) => router.granularity = Granularity::Whole,
        (Some(Some(step)), false) if step.basis_points() > 0 => {
            router.granularity = Granularity::Steps { basis_points: step.basis_points() };
        }
        (Some(_), _) => {
            problems.add(
                at,
                "smallest_step is at least \"0.01 %\", in whole basis points, \
                              and does not go with whole_only",
            );
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SideTable {
    targets: Option<u32>,
    digest: Option<Digest>,
    startup: Option<Span>,
    per_target: Option<Amount>,
    health: Option<HealthWord>,
    up: Option<Span>,
    down: Option<Span>,
    quota: Option<u32>,
    autoscaler: Option<AutoscalerTable>,
    errors: Option<Share>,
    p50: Option<Span>,
    p95: Option<Span>,
    #[serde(default)]
    events: BTreeMap<MetricName, Share>,
    #[serde(default)]
    gauges: BTreeMap<MetricName, Amount>,
    #[serde(default)]
    rule: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AutoscalerTable {
    min: u32,
    max: u32,
    utilisation: Share,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    share_at_least: Option<Share>,
    load_at_least: Option<Amount>,
    errors: Option<Share>,
    p50: Option<Span>,
    p95: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum HealthWord {
    Normal,
    Never,
    GivesUp,
    CrashLoop,
}

impl HealthWord {
    /// Adds how long a crash loop stays up and down; 20 s and 40 s unless said.
    pub(super) fn health(self, up: Option<Span>, down: Option<Span>) -> Health {
        let or = |span: Option<Span>, seconds| {
            span.map_or_else(|| Duration::from_secs(seconds), |s| s.0)
        };
        match self {
            Self::Normal => Health::Normal,
            Self::Never => Health::Never,
            Self::GivesUp => Health::GivesUp,
            Self::CrashLoop => Health::CrashLoop { up: or(up, 20), down: or(down, 40) },
        }
    }
}

pub(super) fn blue(table: Spanned<SideTable>, spec: &mut WorldSpec, problems: &mut Problems<'_>) {
    let at = table.span().start;
    let table = table.into_inner();
    if let Some(targets) = table.targets {
        spec.blue_targets = targets;
    }
    if let Some(digest) = table.digest.clone() {
        spec.blue_digest = digest;
    }
    side(table, at, &mut spec.blue, problems);
}

pub(super) fn green(table: Spanned<SideTable>, spec: &mut SideSpec, problems: &mut Problems<'_>) {
    let at = table.span().start;
    let table = table.into_inner();
    if table.targets.is_some() || table.digest.is_some() {
        problems.add(at, "green's targets and digest come from the plan");
    }
    side(table, at, spec, problems);
}

fn side(table: SideTable, at: usize, side: &mut SideSpec, problems: &mut Problems<'_>) {
    let fleet = &mut side.fleet;
    fleet.quota = table.quota.or(fleet.quota);
    if let Some(Span(startup)) = table.startup {
        fleet.startup = startup;
    }
    if let Some(Amount(rate)) = table.per_target {
        fleet.per_target = rate;
    }
    if let Some(word) = table.health {
        fleet.health = word.health(table.up, table.down);
    } else if table.up.is_some() || table.down.is_some() {
        problems.add(at, "up and down are only for health = \"crash_loop\"");
    }
    if let Some(scaler) = table.autoscaler {
        if scaler.min > scaler.max {
            problems.add(at, "the autoscaler's min is over its max");
        }
        fleet.autoscaler = Some(Autoscaler::new(scaler.min, scaler.max, scaler.utilisation.0));
    }
    let model = &mut side.model;
    if let Some(Share(errors)) = table.errors {
        model.errors = errors;
    }
    match latency(table.p50, table.p95) {
        Ok(latency) => model.latency = latency.unwrap_or(model.latency),
        Err(message) => problems.add(at, message),
    }
    model.events.extend(table.events.into_iter().map(|(name, share)| (name, share.0)));
    model.gauges.extend(table.gauges.into_iter().map(|(name, value)| (name, value.0)));
    for rule in table.rule {
        match read_rule(&rule) {
            Ok(rule) => model.rules.push(rule),
            Err(message) => problems.add(at, message),
        }
    }
}

fn read_rule(table: &RuleTable) -> Result<Rule, &'static str> {
    let latency = latency(table.p50, table.p95)?;
    if table.errors.is_none() && latency.is_none() {
        return Err("a rule says errors, or p50 and p95");
    }
    Ok(Rule {
        share_at_least: table.share_at_least.map(|share| share.0),
        load_at_least: table.load_at_least.map(|load| load.0),
        errors: table.errors.map(|share| share.0),
        latency,
    })
}

/// Reads the two percentiles: both or none.
pub(super) fn latency(
    p50: Option<Span>,
    p95: Option<Span>,
) -> Result<Option<Latency>, &'static str> {
    match (p50, p95) {
        (None, None) => Ok(None),
        (Some(Span(p50)), Some(Span(p95))) if p50 <= p95 => Ok(Some(Latency::new(p50, p95))),
        (Some(_), Some(_)) => Err("p50 is over p95"),
        (Some(_), None) | (None, Some(_)) => Err("p50 and p95 go together"),
    }
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let hint = || de::Error::custom(format!("{text:?} is not a time of day such as \"14:00\""));
    let time: jiff::civil::Time = text.parse().map_err(|_| hint())?;
    let since = time.since(jiff::civil::Time::midnight()).map_err(|_| hint())?;
    let exact = since.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| hint())?;
    Duration::try_from(exact).map_err(|_| hint())
}

/// More routes than this are no service any more.
const MOST_ROUTES: usize = 100;
