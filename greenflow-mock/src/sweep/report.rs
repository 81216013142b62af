//! What many runs of a plan showed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::Finding;
use super::one::One;
use super::spread::{Collector, Spread};

/// What many runs of a plan showed. Spans are in seconds.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct SweepReport {
    /// How many runs there were.
    pub runs: u64,
    /// How much time passed in their worlds, all together.
    pub simulated_seconds: f64,
    /// How many ended in each way. `unreadable` is a journal that was damaged, and that every
    /// controller refused; `no_end` is a violation too.
    pub outcomes: BTreeMap<String, u64>,
    /// Each guarantee that was seen broken, shrunk; at most a few of each sweep.
    pub violations: Vec<Finding>,
    /// In how many runs a guarantee was broken.
    pub runs_in_violation: u64,
    /// Requests that green served badly, or that nobody served, a run.
    pub harmed: Option<Spread>,
    /// By the greatest share that green was given, in percent: the harm of the runs that did any.
    pub harmed_at_percent: BTreeMap<u16, Spread>,
    /// From the onset of a fault to the first bad sample.
    pub time_to_detect_seconds: Option<Spread>,
    /// From the first bad sample to the decision to go back.
    pub time_to_decide_seconds: Option<Spread>,
    /// From the decision to go back until green was read back at 0.
    pub t_rb_seconds: Option<Spread>,
    /// From the decision to go back until everything was done.
    pub rollback_seconds: Option<Spread>,
    /// The plan's budget for each of the two.
    pub rollback_budget_seconds: f64,
    /// How often providers were called, a run.
    pub provider_calls: Option<Spread>,
    /// In how many runs each class of faults was drawn.
    pub faults: BTreeMap<String, u64>,
    /// The run that did most harm.
    pub worst: Option<WorstRun>,
}

/// The run that did most harm.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[non_exhaustive]
pub struct WorstRun {
    /// Its seed.
    pub seed: u64,
    /// How many requests it harmed.
    pub harmed: u64,
    /// The one command that shows it again.
    pub replay: String,
}

/// Adds runs up, in memory that does not grow with them.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    runs: u64,
    simulated: Duration,
    outcomes: BTreeMap<&'static str, u64>,
    in_violation: u64,
    harmed: Collector,
    harmed_at: BTreeMap<u16, Collector>,
    detected: Collector,
    decided: Collector,
    t_rb: Collector,
    whole: Collector,
    calls: Collector,
    faults: BTreeMap<String, u64>,
    worst: Option<(u64, u64)>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            runs: 0,
            simulated: Duration::ZERO,
            outcomes: BTreeMap::new(),
            in_violation: 0,
            harmed: Collector::of_counts(),
            harmed_at: BTreeMap::new(),
            detected: Collector::of_spans(),
            decided: Collector::of_spans(),
            t_rb: Collector::of_spans(),
            whole: Collector::of_spans(),
            calls: Collector::of_counts(),
            faults: BTreeMap::new(),
            worst: None,
        }
    }

    pub(super) fn add(&mut self, seed: u64, faults: Vec<String>, one: &One) {
        self.runs += 1;
        self.simulated = self.simulated.saturating_add(one.simulated);
        let no_end = if one.unreadable { "unreadable" } else { "no_end" };
        let outcome = one.ended.map_or(no_end, greenflow_core::machine::Ended::as_str);
        *self.outcomes.entry(outcome).or_insert(0) += 1;
        self.in_violation += u64::from(!one.violations.is_empty());
        self.harmed.add(one.harmed);
        if let Some(percent) = one.harmed_at {
            self.harmed_at.entry(percent).or_insert_with(Collector::of_counts).add(one.harmed);
        }
        for (collector, span) in [
            (&mut self.detected, one.detected),
            (&mut self.decided, one.decided),
            (&mut self.t_rb, one.t_rb),
            (&mut self.whole, one.whole),
        ] {
            if let Some(span) = span {
                collector.add_span(span);
            }
        }
        self.calls.add(one.calls);
        for fault in faults {
            *self.faults.entry(fault).or_insert(0) += 1;
        }
        self.note_worst(seed, one.harmed);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.simulated = self.simulated.saturating_add(other.simulated);
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_insert(0) += count;
        }
        self.in_violation += other.in_violation;
        for (percent, harmed) in other.harmed_at {
            self.harmed_at.entry(percent).or_insert_with(Collector::of_counts).merge(&harmed);
        }
        for (mine, others) in [
            (&mut self.harmed, &other.harmed),
            (&mut self.detected, &other.detected),
            (&mut self.decided, &other.decided),
            (&mut self.t_rb, &other.t_rb),
            (&mut self.whole, &other.whole),
            (&mut self.calls, &other.calls),
        ] {
            mine.merge(others);
        }
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_insert(0) += count;
        }
        if let Some((seed, harmed)) = other.worst {
            self.note_worst(seed, harmed);
        }
    }

    /// The most harm counts; of two that did the same, the lower seed, whatever the order.
    fn note_worst(&mut self, seed: u64, harmed: u64) {
        let worse = |(old, most): (u64, u64)| harmed > most || (harmed == most && seed < old);
        if harmed > 0 && self.worst.is_none_or(worse) {
            self.worst = Some((seed, harmed));
        }
    }

    pub(super) fn report(
        self,
        violations: Vec<Finding>,
        budget: Duration,
        replay: impl Fn(u64) -> String,
    ) -> SweepReport {
        let named = |(name, count): (&'static str, u64)| (name.to_owned(), count);
        let spread = |(percent, harmed): (u16, Collector)| Some((percent, harmed.spread()?));
        SweepReport {
            runs: self.runs,
            simulated_seconds: self.simulated.as_secs_f64(),
            outcomes: self.outcomes.into_iter().map(named).collect(),
            violations,
            runs_in_violation: self.in_violation,
            harmed: self.harmed.spread(),
            harmed_at_percent: self.harmed_at.into_iter().filter_map(spread).collect(),
            time_to_detect_seconds: self.detected.spread(),
            time_to_decide_seconds: self.decided.spread(),
            t_rb_seconds: self.t_rb.spread(),
            rollback_seconds: self.whole.spread(),
            rollback_budget_seconds: budget.as_secs_f64(),
            provider_calls: self.calls.spread(),
            faults: self.faults,
            worst: self.worst.map(|(seed, harmed)| WorstRun { seed, harmed, replay: replay(seed) }),
        }
    }
}
