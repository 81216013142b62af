//! Journals written by hand, one that leads into each phase.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::fact::{
    CheckResult, Entry, Fact, HoldReason, Move, Outcome, OutcomeClass, RefusalReason, RollbackKind,
    RollbackReason, StartOptions, StuckReason, Write,
};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Input, Machine, Output, PhaseName};
use greenflow_core::plan::{OtherwisePolicy, Plan, PlanBody, Timing};
use greenflow_core::provider::{
    Capabilities, CheckOutcome, CheckStage, ComputeCapabilities, Fence, Granularity,
    LoadBalancerCapabilities, MetricCapabilities, SideState,
};
use greenflow_core::value::Now;
use greenflow_core::value::{
    ControllerId, Digest, EffectId, ResourceId, Revision, RoleName, RolloutId, Severity, Side,
    Split, Timestamp, WallTime, Weight, Who,
};

/// The first moment of every journal here.
const WALL: i64 = 1_770_768_000_000;

pub(crate) fn digest() -> Digest {
    Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap()
}

pub(crate) fn lead() -> RoleName {
    RoleName::new("lead").unwrap()
}

pub(crate) fn who() -> Who {
    Who::new("ann").in_role(lead())
}

pub(crate) fn plan() -> Plan {
    let revision = Revision::new("registry.example.com/api", digest());
    Plan::from_toml(&format!(
        r#"
        service = "api"
        green = {{ image = "{}", digest = "{}" }}
        [people]
        roles = [{{ role = "lead" }}]
        rollback_owner = "lead"
        [[checklists]]
        name = "before"
        items = [{{ item = "ready", role = "lead" }}]
        [preflight]
        not_before = "2026-02-12 00:00"
        [verify]
        suites = ["e2e"]
        [approval]
        roles = ["lead"]
        [shift]
        steps = [{{ green = "10 %", hold = "5m" }}, {{ green = "100 %" }}]
        analysis = {{ limits = [{{ error_rate = "1 %" }}] }}
        [bake]
        for = "30m"
        analysis = {{ limits = [{{ error_rate = "1 %" }}] }}
        [confirm]
        acknowledge = ["lead"]
        [watch]
        for = "7d"
        analysis = {{ limits = [{{ error_rate = "1 %" }}] }}
        [retain]
        at_least = "72h"
        [retire]
        remove_blue = true
        "#,
        revision.image, revision.digest
    ))
    .unwrap()
}

/// The same plan, but for what is changed.
pub(crate) fn plan_with(change: impl FnOnce(&mut PlanBody)) -> Plan {
    let mut body = plan().body().clone();
    change(&mut body);
    Plan::from_body(body).unwrap()
}

/// Nothing is looked at more often than every five minutes.
pub(crate) fn calm() -> Timing {
    let each = Duration::from_mins(5);
    let observe_timeout = Duration::from_hours(1);
    Timing { poll: each, observe_every: each, quiet: each, observe_timeout, ..Timing::default() }
}

pub(crate) fn capabilities() -> Capabilities {
    let fence = Fence::Late { bound: Duration::from_secs(120) };
    Capabilities {
        load_balancer: LoadBalancerCapabilities {
            granularity: Granularity::Steps { basis_points: 1 },
            fence,
        },
        compute: ComputeCapabilities { fence, pins: true },
        metrics: MetricCapabilities {
            shortest: Duration::from_secs(10),
            delay: Duration::from_secs(5),
        },
    }
}

pub(crate) fn blue() -> SideState {
    SideState {
        resources: vec![ResourceId::new("blue-1").unwrap()],
        digests: vec![],
        desired: 6,
        healthy: 6,
        ..SideState::default()
    }
}

/// A journal in the making.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) entries: Vec<Entry>,
}

impl Journal {
    pub(crate) fn start() -> Self {
        Self::of(&plan())
    }

    pub(crate) fn of(plan: &Plan) -> Self {
        Self::with(plan, capabilities())
    }

    pub(crate) fn with(plan: &Plan, capabilities: Capabilities) -> Self {
        let options = StartOptions::new(who());
        let mut machine = Machine::create(
            RolloutId::new("r-1").unwrap(),
            plan.body(),
            options,
            capabilities,
            Arc::new(ThresholdJudge::new()),
            now(0),
        );
        let Output::Append(first) = machine.poll_output() else { panic!("not an append") };
        Self { entries: vec![first] }
    }

    pub(crate) fn then(mut self, fact: Fact) -> Self {
        let sequence = self.entries.len() as u64 + 1;
        let seconds = sequence;
        let Now { at, wall } = now(seconds);
        self.entries.push(Entry { sequence, epoch: 1, at, wall, fact });
        self
    }

    pub(crate) fn go(self, to: Move) -> Self {
        self.then(Fact::Moved(to))
    }

    pub(crate) fn wrote(self, id: u64, write: Write) -> Self {
        let id = EffectId::new(id);
        let resources = match &write {
            Write::Provision { .. } => vec![ResourceId::new("green-1").unwrap()],
            _ => vec![],
        };
        let outcome = Outcome { resources, ..ended(id, OutcomeClass::Applied) };
        self.then(Fact::Intent { id, write }).then(Fact::Outcome(outcome))
    }

    pub(crate) fn observed(self, split: Split) -> Self {
        let wall = WallTime::from_unix_millis(WALL);
        self.then(Fact::TrafficObserved { split, from: wall, until: wall, blue: 1, green: 1 })
    }

    pub(crate) fn machine(&self) -> Machine {
        let entries = self.entries.iter().cloned();
        Machine::replay(entries, Arc::new(ThresholdJudge::new())).unwrap()
    }

    /// The machine with its controller begun and its outputs drained.
    pub(crate) fn begun(&self) -> Machine {
        let mut machine = self.machine();
        let controller = ControllerId::new("c-1").unwrap();
        let at = now(self.entries.len() as u64 + 1);
        let _ = machine.handle_input(at, Input::Began { controller }).unwrap();
        drain(&mut machine);
        machine
    }
}

/// What came of a write, after one attempt.
pub(crate) const fn ended(id: EffectId, class: OutcomeClass) -> Outcome {
    Outcome {
        id,
        class,
        attempts: 1,
        last_sent_at: None,
        may_land_late: false,
        resources: vec![],
        report: None,
        failure: None,
    }
}

pub(crate) fn now(seconds: u64) -> Now {
    let millis = seconds * 1000;
    let wall = WALL + i64::try_from(millis).unwrap();
    Now::new(Timestamp::from_millis(millis), WallTime::from_unix_millis(wall))
}

pub(crate) fn drain(machine: &mut Machine) -> Vec<Output> {
    let mut outputs = Vec::new();
    loop {
        let output = machine.poll_output();
        let last = matches!(output, Output::Wait(_));
        outputs.push(output);
        if last {
            return outputs;
        }
    }
}

pub(crate) fn percent(green: u8) -> Split {
    Split::to_green(Weight::from_percent(green).unwrap())
}

pub(crate) fn reason() -> RollbackReason {
    RollbackReason {
        kind: RollbackKind::Operator,
        text: "a test".to_owned(),
        severity: Severity::Major,
        breach_at: None,
        who: None,
    }
}

fn held(journal: Journal) -> Journal {
    let reason = HoldReason::Paused { who: who(), why: "a test".to_owned() };
    journal.go(Move::Hold {
        reason,
        owner: Some(lead()),
        within: Duration::from_secs(3600),
        otherwise: OtherwisePolicy::Stop,
    })
}

/// A journal that leads into each phase, with a label where a phase has several stages.
pub(crate) fn phases() -> Vec<(String, Journal)> {
    phases_from(Journal::start())
}

/// The journal that leads into the phase of this label.
pub(crate) fn phase(label: &str) -> Journal {
    phase_of(&plan(), label)
}

/// The same, of another plan.
pub(crate) fn phase_of(plan: &Plan, label: &str) -> Journal {
    let mut phases = phases_from(Journal::of(plan)).into_iter();
    phases.find(|(found, _)| found == label).unwrap().1
}

pub(crate) fn phases_from(scheduled: Journal) -> Vec<(String, Journal)> {
    let preflight = scheduled.clone().go(Move::Preflight);
    let provisioning = preflight.clone().then(Fact::BlueRecorded(blue())).go(Move::Provision);
    let revision = Revision::new("registry.example.com/api", digest());
    let provisioned = provisioning
        .clone()
        .wrote(1, Write::PinBlue { minimum: Some(6) })
        .wrote(2, Write::Provision { revision, capacity: 6 });
    let verifying = provisioned.go(Move::Verify);
    let passed = Fact::CheckEnded(CheckResult {
        stage: CheckStage::Verify,
        check: "e2e".parse().unwrap(),
        outcome: CheckOutcome::Passed,
        measurements: vec![],
        detail: String::new(),
    });
    let awaiting = verifying.clone().then(passed).go(Move::AskApproval);
    let raising = awaiting.clone().go(Move::Shift { step: 0 });
    let observing = raising.clone().wrote(3, Write::Raise { split: percent(10) });
    let holding = observing.clone().observed(percent(10));
    let last = holding
        .clone()
        .go(Move::Shift { step: 1 })
        .wrote(4, Write::Raise { split: percent(100) })
        .observed(percent(100));
    let baking = last.go(Move::Bake);
    let confirming = baking.clone().go(Move::Confirm);
    let retaining = confirming.clone().go(Move::Retain);
    let retiring = retaining.clone().go(Move::Retire);
    let resources = vec![ResourceId::new("blue-1").unwrap()];
    let removed = retiring.clone().wrote(5, Write::Remove { side: Side::Blue, resources });
    let watching = removed.go(Move::Watch);
    let assessing = holding.clone().go(Move::Assess { findings: vec![] });
    let rolling_back = holding.clone().go(Move::RollBack(reason()));
    let cut = rolling_back.clone().wrote(4, Write::Cut);
    let stuck = held(holding.clone())
        .go(Move::Stick(StuckReason { what: "a test".to_owned(), remedy: "nothing".to_owned() }));
    let refusal = RefusalReason { problems: vec!["a test".to_owned()], who: None };
    let all = [
        ("scheduled", scheduled.clone()),
        ("preflight", preflight.clone()),
        ("provisioning", provisioning),
        ("verifying", verifying),
        ("awaiting_approval", awaiting),
        ("shifting (raising)", raising),
        ("shifting (observing)", observing),
        ("shifting (holding)", holding.clone()),
        ("baking", baking),
        ("confirming", confirming),
        ("retaining", retaining),
        ("retiring", retiring),
        ("watching", watching.clone()),
        ("assessing", assessing),
        ("held (untouched)", held(preflight)),
        ("held", held(holding)),
        ("rolling_back (cutting)", rolling_back),
        ("rolling_back (cut)", cut.clone()),
        ("stuck", stuck),
        ("completed", watching.go(Move::Complete { leftovers: vec![] })),
        ("rolled_back", cut.go(Move::FinishRollback { leftovers: vec![] })),
        ("refused", scheduled.go(Move::Refuse(refusal))),
    ];
    all.into_iter().map(|(label, journal)| (label.to_owned(), journal)).collect()
}

#[test]
fn each_journal_leads_into_its_phase() {
    let mut seen = std::collections::BTreeSet::new();
    for (label, journal) in phases() {
        let phase = journal.machine().phase_name();
        assert!(label.starts_with(phase.as_str()), "{label} is {phase}");
        seen.insert(phase);
    }
    assert_eq!(seen.len(), PhaseName::ALL.len());
}
