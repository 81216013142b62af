//! What all cases together have reached.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use greenflow_core::fact::{Entry, Fact};
use greenflow_core::machine::table::{Transition, transitions};
use greenflow_core::machine::{PhaseName, State};

use super::drive::{Done, phases};

/// How often each thing was reached, over all cases.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tally {
    pub(crate) cases: u64,
    pub(crate) phases: BTreeMap<String, u64>,
    pub(crate) outcomes: BTreeMap<String, u64>,
    /// Accepted and rejected inputs of operators.
    pub(crate) inputs: BTreeMap<String, (u64, u64)>,
    /// The edges of the machine.
    pub(crate) edges: BTreeMap<Transition, u64>,
    pub(crate) facts: u64,
    pub(crate) most_facts: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, done: &Done) {
        self.cases += 1;
        for phase in phases(&done.entries) {
            *self.phases.entry(phase.as_str().to_owned()).or_default() += 1;
        }
        for edge in edges(&done.entries) {
            *self.edges.entry(edge).or_default() += 1;
        }
        let ended = done.ended.map_or("none", |ended| ended.as_str());
        *self.outcomes.entry(ended.to_owned()).or_default() += 1;
        if done.resumed > 0 {
            *self.outcomes.entry("(taken up again)".to_owned()).or_default() += 1;
        }
        if done.refused_intruder {
            *self.outcomes.entry("(second rollout refused)".to_owned()).or_default() += 1;
        }
        for name in &done.reached {
            *self.outcomes.entry((*name).to_owned()).or_default() += 1;
        }
        for said in done.said.iter().filter(|said| said.command.who.name == "operator") {
            let counts = self.inputs.entry(said.command.action.name().to_owned()).or_default();
            match said.answer {
                Ok(()) => counts.0 += 1,
                Err(_) => counts.1 += 1,
            }
        }
        self.facts += done.entries.len() as u64;
        self.most_facts = self.most_facts.max(done.entries.len());
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        for (name, count) in other.phases {
            *self.phases.entry(name).or_default() += count;
        }
        for (name, count) in other.outcomes {
            *self.outcomes.entry(name).or_default() += count;
        }
        for (name, (accepted, rejected)) in other.inputs {
            let counts = self.inputs.entry(name).or_default();
            *counts = (counts.0 + accepted, counts.1 + rejected);
        }
        for (edge, count) in other.edges {
            *self.edges.entry(edge).or_default() += count;
        }
        self.facts += other.facts;
        self.most_facts = self.most_facts.max(other.most_facts);
    }

    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{} cases, {} facts, at most {}",
            self.cases, self.facts, self.most_facts
        );
        for (title, rows) in [("phase", &self.phases), ("outcome", &self.outcomes)] {
            let _ = writeln!(text, "{title:<26}{:>9}", "reached");
            for (name, count) in rows {
                let _ = writeln!(text, "  {name:<24}{count:>9}");
            }
        }
        let _ = writeln!(text, "{:<50}{:>9}", "edge", "taken");
        for Transition { from, by, to } in transitions() {
            let taken = self.edges.get(&Transition { from, by, to }).copied().unwrap_or(0);
            let _ = writeln!(text, "  {:<48}{taken:>9}", format!("{from} -> {to}: {by}"));
        }
        let _ = writeln!(text, "{:<26}{:>9}{:>9}", "input", "accepted", "skipped");
        for (name, (accepted, rejected)) in &self.inputs {
            let _ = writeln!(text, "  {name:<24}{accepted:>9}{rejected:>9}");
        }
        text
    }

    /// Lists the edges of the machine that no rollout has taken, but for the seldom ones.
    pub(crate) fn edges_not_taken(&self) -> Vec<Transition> {
        let never = |edge: &Transition| !self.edges.contains_key(edge) && !is_seldom(edge);
        transitions().into_iter().filter(never).collect()
    }

    /// Lists what was not reached often enough for these cases to say anything about it.
    pub(crate) fn gaps(&self, least: u64) -> Vec<String> {
        let mut gaps = Vec::new();
        let mut few = |what: &str, name: &str, count: u64| {
            if count < least {
                gaps.push(format!("{what} {name}: {count} times, and {least} are wanted"));
            }
        };
        for phase in PHASES {
            few("phase", phase, self.phases.get(phase).copied().unwrap_or(0));
        }
        for outcome in OUTCOMES {
            few("outcome", outcome, self.outcomes.get(outcome).copied().unwrap_or(0));
        }
        for input in INPUTS {
            let (accepted, rejected) = self.inputs.get(input).copied().unwrap_or_default();
            few("input", input, accepted + rejected);
        }
        let sum = |of: fn(&(u64, u64)) -> u64| self.inputs.values().map(of).sum::<u64>();
        let (accepted, skipped) = (sum(|counts| counts.0), sum(|counts| counts.1));
        if skipped >= accepted {
            gaps.push(format!("{skipped} inputs were skipped, and only {accepted} accepted"));
        }
        gaps
    }
}

/// Edges that these cases take a few times at most: nobody pauses before anything was touched, no
/// plan is refused by then, a hold seldom follows a hold, and nobody opens again what is stuck. The
/// matrix of phases and inputs has them.
fn is_seldom(edge: &Transition) -> bool {
    use PhaseName as P;
    let untouched = |phase| matches!(phase, P::Scheduled | P::Preflight);
    match (edge.from, edge.to) {
        (P::Stuck, _) | (P::RollingBack, P::Stuck) | (P::Assessing, P::Confirming) => true,
        (from, P::Held) => untouched(from) || from == P::Held,
        (P::Held, to) => untouched(to) || to == P::Refused,
        (from, to) => from == P::Scheduled && to == P::Refused,
    }
}

/// The edges that these facts took.
fn edges(entries: &[Entry]) -> Vec<Transition> {
    let mut edges = Vec::new();
    let Some((first, rest)) = entries.split_first() else { return edges };
    let Ok(mut state) = State::begin(first) else { return edges };
    for entry in rest {
        let from = state.phase().name();
        if state.evolve(entry).is_err() {
            break;
        }
        if let Fact::Moved(by) = &entry.fact {
            edges.push(Transition { from, by: by.name(), to: state.phase().name() });
        }
    }
    edges
}

const PHASES: [&str; 17] = [
    "scheduled",
    "preflight",
    "provisioning",
    "verifying",
    "awaiting_approval",
    "shifting",
    "baking",
    "confirming",
    "retaining",
    "retiring",
    "watching",
    "assessing",
    "held",
    "rolling_back",
    "stuck",
    "completed",
    "rolled_back",
];

const OUTCOMES: [&str; 13] = [
    "completed",
    "rolled_back",
    "refused",
    "stuck",
    "(several controllers)",
    "(taken over)",
    "(taken over going back)",
    "(controller stopped)",
    "(controller killed)",
    "(clock off or skewed)",
    "(append failed)",
    "(append's answer lost)",
    "(damage beside)",
];

const INPUTS: [&str; 11] = [
    "pause",
    "resume",
    "promote",
    "promote_full",
    "abort",
    "rollback",
    "approve",
    "reject",
    "acknowledge",
    "extend_retention",
    "retire_now",
];
