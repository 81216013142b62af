//! What changes: `[[change]]`.

use std::collections::BTreeMap;
use std::time::Duration;

use greenflow_core::value::{Digest, MetricName, ProbeName, Side, Split};
use serde::Deserialize;
use toml::Spanned;

use super::answers::{CheckTable, EndingWord, HookTable, ProbeWord};
use super::error::Problems;
use super::tables::{DrainTable, HealthWord, latency};
use super::when::{Calendar, WhenTable};
use crate::spec::units::{Amount, Share, Span, signed_millis};
use crate::spec::world_spec::WorldSpec;
use crate::world::{
    Again, AnswerChange, Change, MetricsBehaviour, Planned, RouterChange, SideChange, Weights,
};

/// One change as it is written; several at the same time may stand in one table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeTable {
    when: Spanned<WhenTable>,
    #[serde(rename = "for")]
    lasts: Option<Span>,
    every: Option<Span>,
    times: Option<u32>,
    side: Option<Side>,
    // Of the side.
    errors: Option<Share>,
    p50: Option<Span>,
    p95: Option<Span>,
    #[serde(default)]
    events: BTreeMap<MetricName, Share>,
    #[serde(default)]
    gauges: BTreeMap<MetricName, Amount>,
    per_target: Option<Amount>,
    health: Option<HealthWord>,
    up: Option<Span>,
    down: Option<Span>,
    targets: Option<u32>,
    quota: Option<u32>,
    lose: Option<u32>,
    wrong_image: Option<WrongImageTable>,
    #[serde(default)]
    delete: bool,
    // Of the router.
    split: Option<Share>,
    weights: Option<WeightsTable>,
    propagation: Option<Span>,
    drain: Option<DrainTable>,
    // Of the answers.
    metrics: Option<MetricsWord>,
    metrics_side: Option<Side>,
    metrics_age: Option<Span>,
    metrics_late: Option<Span>,
    probe: Option<ProbeChangeTable>,
    check: Option<CheckTable>,
    hook: Option<HookTable>,
    notifier: Option<EndingWord>,
    // Of the rest.
    rate: Option<Amount>,
    image_missing: Option<bool>,
    #[serde(default, deserialize_with = "signed_millis")]
    wall_jump: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrongImageTable {
    count: u32,
    digest: Digest,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightsTable {
    blue: u16,
    green: u16,
    #[serde(default)]
    other: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeChangeTable {
    name: Option<ProbeName>,
    answers: ProbeWord,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MetricsWord {
    True,
    Missing,
    Nan,
    Empty,
    Nonsense,
    Stale,
    Stuck,
    Swapped,
    Error,
    Hangs,
}

/// Reads one table into one planned change for each thing that it says.
pub(super) fn read(
    table: Spanned<ChangeTable>,
    spec: &mut WorldSpec,
    calendar: &Calendar,
    problems: &mut Problems<'_>,
) {
    let at = table.span().start;
    let table = table.into_inner();
    let (lasts, again) = (table.lasts, (table.every, table.times));
    let Some(when) = calendar.trigger(&table.when, problems) else {
        return;
    };
    let again = match again {
        (None, None) => None,
        (Some(Span(every)), times) => Some(Again::new(every, times.unwrap_or(u32::MAX))),
        (None, Some(_)) => {
            problems.add(at, "times needs every");
            None
        }
    };
    match changes(table, spec.router.routes.len()) {
        Ok(changes) if changes.is_empty() => problems.add(at, "the change changes nothing"),
        Ok(changes) => spec.changes.extend(changes.into_iter().map(|change| Planned {
            lasts: lasts.map(|Span(span)| span),
            again,
            ..Planned::new(when, change)
        })),
        Err(message) => problems.add(at, message),
    }
}

fn changes(table: ChangeTable, routes: usize) -> Result<Vec<Change>, &'static str> {
    let mut changes = Vec::new();
    let side_changes = side_changes(&table)?;
    match table.side {
        Some(side) if !side_changes.is_empty() => {
            changes.extend(side_changes.into_iter().map(|change| Change::Side(side, change)));
        }
        Some(_) => return Err("side is named, but nothing about it changes"),
        None if side_changes.is_empty() => {}
        None => return Err("whose? add side = \"blue\" or side = \"green\""),
    }
    changes.extend(router_changes(&table, routes)?.into_iter().map(Change::Router));
    changes.extend(table.rate.map(|rate| Change::Demand(rate.0)));
    changes.extend(table.image_missing.map(Change::ImageMissing));
    changes.extend(table.wall_jump.map(Change::WallJump));
    changes.extend(answer_changes(table)?.into_iter().map(Change::Answer));
    Ok(changes)
}

fn side_changes(table: &ChangeTable) -> Result<Vec<SideChange>, &'static str> {
    let mut changes = Vec::new();
    changes.extend(table.errors.map(|share| SideChange::Errors(share.0)));
    changes.extend(latency(table.p50, table.p95)?.map(SideChange::Latency));
    for (name, share) in &table.events {
        changes.push(SideChange::EventRate(name.clone(), share.0));
    }
    for (name, value) in &table.gauges {
        changes.push(SideChange::Gauge(name.clone(), value.0));
    }
    changes.extend(table.per_target.map(|rate| SideChange::PerTarget(rate.0)));
    if let Some(health) = table.health {
        changes.push(SideChange::Health(health.health(table.up, table.down)));
    } else if table.up.is_some() || table.down.is_some() {
        return Err("up and down are only for health = \"crash_loop\"");
    }
    changes.extend(table.targets.map(SideChange::Targets));
    changes.extend(table.quota.map(|quota| SideChange::Quota(Some(quota))));
    changes.extend(table.lose.map(SideChange::Lose));
    if let Some(wrong) = &table.wrong_image {
        changes.push(SideChange::WrongImage(Some((wrong.count, wrong.digest.clone()))));
    }
    if table.delete {
        changes.push(SideChange::Delete);
    }
    Ok(changes)
}

fn router_changes(table: &ChangeTable, routes: usize) -> Result<Vec<RouterChange>, &'static str> {
    let mut changes = Vec::new();
    if let Some(share) = table.split {
        let green = share.weight().ok_or("the split is finer than 0.01 %")?;
        changes.push(RouterChange::Split(Split::to_green(green)));
    }
    if let Some(WeightsTable { blue, green, other }) = table.weights {
        let weights = Weights { blue: blue.into(), green: green.into(), other: other.into() };
        changes.push(RouterChange::Weights(vec![weights; routes]));
    }
    changes.extend(table.propagation.map(|delay| RouterChange::Propagation(delay.0)));
    changes.extend(table.drain.map(|drain| RouterChange::Drain(drain.share.0, drain.lasts.0)));
    Ok(changes)
}

fn answer_changes(table: ChangeTable) -> Result<Vec<AnswerChange>, &'static str> {
    let mut changes = Vec::new();
    if let Some(word) = table.metrics {
        let side = table.metrics_side.unwrap_or(Side::Green);
        let age = table.metrics_age.map_or(Duration::from_secs(600), |Span(age)| age);
        changes.push(AnswerChange::Metrics(word.behaviour(side, age)));
    } else if table.metrics_side.is_some() || table.metrics_age.is_some() {
        return Err("metrics_side and metrics_age need metrics");
    }
    changes.extend(table.metrics_late.map(|late| AnswerChange::MetricsLate(late.0)));
    if let Some(probe) = table.probe {
        changes.push(AnswerChange::Probe(probe.name, probe.answers.behaviour()));
    }
    if let Some(check) = table.check {
        let (name, behaviour) = check.into_pair();
        changes.push(AnswerChange::Check(name, behaviour));
    }
    if let Some(hook) = table.hook {
        let (name, behaviour) = hook.into_pair();
        changes.push(AnswerChange::Hook(name, behaviour));
    }
    changes.extend(table.notifier.map(|word| AnswerChange::Notifier(word.ending())));
    Ok(changes)
}

impl MetricsWord {
    const fn behaviour(self, side: Side, age: Duration) -> MetricsBehaviour {
        match self {
            Self::True => MetricsBehaviour::True,
            Self::Missing => MetricsBehaviour::Missing,
            Self::Nan => MetricsBehaviour::NotANumber(side),
            Self::Empty => MetricsBehaviour::Empty,
            Self::Nonsense => MetricsBehaviour::Nonsense,
            Self::Stale => MetricsBehaviour::Stale(age),
            Self::Stuck => MetricsBehaviour::Stuck,
            Self::Swapped => MetricsBehaviour::Swapped,
            Self::Error => MetricsBehaviour::Error,
            Self::Hangs => MetricsBehaviour::Hangs,
        }
    }
}
