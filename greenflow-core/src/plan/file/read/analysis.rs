//! Analyses and limits.

use super::super::super::{Analysis, Bound, Limit};
use super::super::amount::quantile;
use super::super::entry::Entry;
use super::super::section::Section;
use super::put;
use crate::value::{MetricName, Severity};

/// Reads an analysis over its defaults; `None` when the file has none.
pub(super) fn analysis(mut section: Section<'_>, default: Analysis) -> Option<Analysis> {
    if !section.is_there() {
        return None;
    }
    let every = section.get("every").and_then(|entry| entry.duration());
    // The default budget for missing measurements grows with the interval.
    let mut analysis = Analysis::every(every.unwrap_or(default.every));
    analysis.min_requests = default.min_requests;
    put(&mut analysis.consecutive, section.get("consecutive").and_then(|entry| entry.whole()));
    put(
        &mut analysis.unknown_budget,
        section.get("unknown_budget").and_then(|entry| entry.duration()),
    );
    put(
        &mut analysis.min_requests,
        section.get("min_requests").and_then(|entry| entry.whole::<u64>()),
    );
    analysis.limits = limits(section.list("limits"));
    analysis.recorded = section.list("recorded").iter().filter_map(Entry::parsed).collect();
    section.finish();
    Some(analysis)
}

pub(super) fn limits(entries: Vec<Entry<'_>>) -> Vec<Limit> {
    entries.iter().filter_map(limit).collect()
}

fn limit(entry: &Entry<'_>) -> Option<Limit> {
    let mut table = entry.section();
    if !table.is_there() {
        return None;
    }
    let metric = table.get("metric");
    let named = metric.is_some();
    let metric = metric.and_then(|entry| entry.parsed::<MetricName>());
    let severity = table.get("severity").and_then(|entry| entry.choice(&SEVERITIES));
    let critical_at = table.get("critical_at").and_then(|entry| entry.whole());
    let bound = bound(&mut table, named);
    table.finish();
    let (default, bound) = bound?;
    // A name that was there but could not be read has been reported.
    let metric = if named { metric? } else { MetricName::new(default).ok()? };
    let severity = severity.unwrap_or(Severity::Major);
    Some(Limit { metric, bound, severity, critical_at })
}

/// Reads the one bound, with the name it has when the limit gives none.
fn bound(table: &mut Section<'_>, named: bool) -> Option<(String, Bound)> {
    let quantiles = table.find(quantile);
    let latencies = table.find(|key| LATENCIES.contains(&key).then_some(()));
    let given = ["error_rate", "events", "gauge", "throughput"].map(|key| (key, table.get(key)));
    if let Some((key, (), entry)) = latencies.into_iter().next() {
        entry.problem(format!(
            "`{key}` does not say how many requests may be slower; write p95 = \"500ms\" for at \
             most 5 %, or p99 for at most 1 %"
        ));
        return None;
    }
    let given = given.into_iter().filter_map(|(key, entry)| Some((Given::Key(key), entry?)));
    let quantiles = quantiles
        .into_iter()
        .map(|(name, over_ppm, entry)| (Given::Quantile(name, over_ppm), entry));
    let mut given = given.chain(quantiles);
    let (given, entry) = match (given.next(), given.next()) {
        (Some(one), None) => one,
        (Some(_), Some(_)) => {
            table.problem("needs exactly one bound; write another limit for the other");
            return None;
        }
        (None, _) => {
            table.problem(
                "needs exactly one bound: error_rate, p95 (or another quantile), events, gauge or \
                 throughput",
            );
            return None;
        }
    };
    let key = match given {
        Given::Key(key) => key,
        Given::Quantile(name, over_ppm) => {
            let over_ppm = over_ppm.map_err(|message| entry.problem(message)).ok()?;
            return Some((name, Bound::SlowerThan { than: entry.duration()?, over_ppm }));
        }
    };
    let needs_name = || {
        if !named {
            table.problem(format!("needs a `metric`, the name of the series that `{key}` bounds"));
        }
    };
    match key {
        "error_rate" => {
            let below_ppm = entry.ppm()?;
            Some(("error-rate".to_owned(), Bound::ErrorRate { below_ppm }))
        }
        "events" => {
            needs_name();
            Some((String::new(), Bound::Events { below_ppm: entry.ppm()? }))
        }
        "gauge" => {
            needs_name();
            Some((String::new(), Bound::Gauge { below_micros: entry.micros()? }))
        }
        _throughput => {
            let at_least_per_kilosecond = entry.per_kilosecond()?;
            Some(("throughput".to_owned(), Bound::Throughput { at_least_per_kilosecond }))
        }
    }
}

/// The one bound of a limit.
enum Given {
    Key(&'static str),
    /// Its name, and the parts per million that may be slower.
    Quantile(String, Result<u32, String>),
}

/// Bounds on response times that name no quantile.
const LATENCIES: [&str; 8] = [
    "latency",
    "response",
    "response_time",
    "response-time",
    "max_latency",
    "slower_than",
    "duration",
    "mean",
];

const SEVERITIES: [(&str, Severity); 3] =
    [("minor", Severity::Minor), ("major", Severity::Major), ("critical", Severity::Critical)];
