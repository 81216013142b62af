//! World files.

mod answers;
mod changes;
mod controllers;
mod error;
mod faults;
mod people;
mod tables;
mod when;

use serde::Deserialize;
use toml::Spanned;

use self::answers::{CheckTable, HookTable, MetricsTable, ProbeTable};
use self::changes::ChangeTable;
use self::controllers::{KillTable, StartTable};
use self::error::Problems;
pub use self::error::WorldFileError;
use self::faults::FaultTable;
use self::people::{EntryTable, PeopleTable};
use self::tables::{RouterTable, SideTable, TrafficTable};
use self::when::Calendar;
use super::units::Span;
use super::world_spec::WorldSpec;

/// A world file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldFile {
    name: Option<String>,
    about: Option<String>,
    expect: Option<greenflow_core::machine::PhaseName>,
    starts: Option<Spanned<String>>,
    zone: Option<Spanned<String>>,
    call_latency: Option<Span>,
    latency_limit: Option<Span>,
    trace_lines: Option<u32>,
    strict_names: Option<bool>,
    ends_parked: Option<bool>,
    traffic: Option<TrafficTable>,
    router: Option<Spanned<RouterTable>>,
    blue: Option<Spanned<SideTable>>,
    green: Option<Spanned<SideTable>>,
    metrics: Option<MetricsTable>,
    #[serde(default)]
    probe: Vec<ProbeTable>,
    #[serde(default)]
    check: Vec<CheckTable>,
    #[serde(default)]
    hook: Vec<HookTable>,
    #[serde(default)]
    change: Vec<Spanned<ChangeTable>>,
    #[serde(default)]
    fault: Vec<Spanned<FaultTable>>,
    people: Option<PeopleTable>,
    #[serde(default)]
    script: Vec<Spanned<EntryTable>>,
    #[serde(default)]
    kill: Vec<Spanned<KillTable>>,
    #[serde(default)]
    start: Vec<StartTable>,
}

/// Reads a world file.
pub(super) fn read(text: &str) -> Result<WorldSpec, WorldFileError> {
    let file: WorldFile =
        toml::from_str(text).map_err(|error| WorldFileError::from_toml(text, &error))?;
    let mut problems = Problems::new(text);
    let spec = file.into_spec(&mut problems);
    problems.into_result(spec)
}

impl WorldFile {
    fn into_spec(self, problems: &mut Problems<'_>) -> WorldSpec {
        let mut spec = WorldSpec::healthy();
        self.plain(&mut spec);
        let calendar = Calendar::read(&mut spec, self.starts, self.zone, problems);
        if let Some(traffic) = self.traffic {
            traffic.apply(&mut spec.traffic);
        }
        if let Some(router) = self.router {
            tables::router(router, &mut spec.router, problems);
        }
        if let Some(blue) = self.blue {
            tables::blue(blue, &mut spec, problems);
        }
        if let Some(green) = self.green {
            tables::green(green, &mut spec.green, problems);
        }
        if let Some(metrics) = self.metrics {
            metrics.apply(&mut spec);
        }
        spec.probes.extend(self.probe.into_iter().map(ProbeTable::into_pair));
        spec.checks.extend(self.check.into_iter().map(CheckTable::into_pair));
        spec.hooks.extend(self.hook.into_iter().map(HookTable::into_pair));
        for table in self.change {
            changes::read(table, &mut spec, &calendar, problems);
        }
        for table in self.fault {
            faults::read(table, &mut spec, &calendar, problems);
        }
        if let Some(people) = self.people {
            people.apply(&mut spec.script);
        }
        for table in self.script {
            people::read(table, &mut spec.script, &calendar, problems);
        }
        for table in self.kill {
            controllers::read(table, &mut spec, problems);
        }
        spec.rivals.extend(self.start.into_iter().map(StartTable::into_rival));
        calendar.hold(&mut spec);
        spec
    }

    fn plain(&self, spec: &mut WorldSpec) {
        if let Some(name) = &self.name {
            spec.name.clone_from(name);
        }
        if let Some(about) = &self.about {
            spec.about.clone_from(about);
        }
        spec.expect = self.expect;
        if let Some(Span(latency)) = self.call_latency {
            spec.call_latency = latency;
        }
        if let Some(Span(limit)) = self.latency_limit {
            spec.latency_limit = limit;
        }
        if let Some(lines) = self.trace_lines {
            spec.trace_lines = usize::try_from(lines).unwrap_or(usize::MAX);
        }
        spec.strict_names = self.strict_names.unwrap_or(spec.strict_names);
        spec.ends_parked = self.ends_parked.unwrap_or(spec.ends_parked);
    }
}

#[cfg(test)]
mod tests;
