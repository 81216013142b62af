//! The machine alone, driven through the seed rollout by answers that come at once.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;

use greenflow_core::fact::{Entry, NoticeResult, Outcome, OutcomeClass, StartOptions, Write};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Action, Command, Input, InputError, Machine, Output, PhaseName};
use greenflow_core::plan::{ConfirmedBy, Plan, PlanBody};
use greenflow_core::provider::Capabilities;
use greenflow_core::value::{Now, RoleName, RolloutId, Timestamp, WallTime, Who};
use greenflow_mock::World as Simulated;

use super::outside::Outside;
use super::{SEED, seed_plan, spec};

/// Everything that the machine is told in the seed rollout, recorded once.
#[derive(Debug)]
pub struct Recording {
    plan: Plan,
    rollout: RolloutId,
    options: StartOptions,
    capabilities: Capabilities,
    begun: Now,
    inputs: Vec<(Now, Input)>,
    facts: usize,
}

impl Recording {
    /// Drives the machine through the seed rollout and writes down what it is told.
    ///
    /// # Errors
    /// When the rollout does not complete.
    pub fn of_seed_rollout() -> Result<Self, Box<dyn Error>> {
        let plan = seed_plan()?;
        let begun = Now::new(Timestamp::ZERO, START);
        let rollout: RolloutId = "bench".parse()?;
        let options = everything_confirmed(plan.body());
        let capabilities = Simulated::new(&spec(), SEED).providers().capabilities();
        let mut recording =
            Self { plan, rollout, options, capabilities, begun, inputs: Vec::new(), facts: 0 };
        recording.record()?;
        Ok(recording)
    }

    /// Returns how many inputs there are.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Returns how many facts they lead to.
    #[must_use]
    pub const fn facts(&self) -> usize {
        self.facts
    }

    /// Tells a new machine everything again. Returns how many facts it decided.
    ///
    /// # Errors
    /// None: it accepted the same before.
    pub fn play(&self) -> Result<usize, InputError> {
        let mut machine = self.machine();
        let mut facts = drain(&mut machine);
        for (now, input) in &self.inputs {
            let _ = machine.handle_input(*now, input.clone())?;
            facts += drain(&mut machine);
        }
        Ok(facts)
    }

    fn machine(&self) -> Machine {
        Machine::create(
            self.rollout.clone(),
            self.plan.body(),
            self.options.clone(),
            self.capabilities.clone(),
            Arc::new(ThresholdJudge::new()),
            self.begun,
        )
    }

    fn record(&mut self) -> Result<(), Box<dyn Error>> {
        let mut machine = self.machine();
        let mut outside = Outside::new(self.begun)?;
        let mut inbox = VecDeque::from([Input::Began { controller: "bench".parse()? }]);
        let mut asked = PhaseName::Scheduled;
        loop {
            match machine.poll_output() {
                Output::Append(Entry { .. }) => self.facts += 1,
                Output::Write(order) => {
                    outside.carry_out(&order.write)?;
                    inbox.push_back(Input::WriteEnded(done(&order.write, order.id, &outside)));
                }
                Output::StopWrite(_) => {}
                Output::Read(order) => {
                    let result = Ok(outside.look(&order.read, self.plan.body())?);
                    inbox.push_back(Input::ReadEnded { read: order.read, result });
                }
                Output::Notify(notice) => {
                    let (key, result) = (notice.key, NoticeResult::Sent);
                    inbox.push_back(Input::NoticeEnded { key, result });
                }
                Output::Wait(wait) if wait.finished => return completed(&machine),
                Output::Wait(wait) => {
                    if machine.phase_name() != asked {
                        asked = machine.phase_name();
                        inbox.extend(answers(&machine, self.plan.body()));
                    }
                    let input = inbox.pop_front().unwrap_or(Input::Tick);
                    if input == Input::Tick {
                        outside.let_pass(wait.until.ok_or("it would wait for ever")?);
                    }
                    self.inputs.push((outside.now(), input.clone()));
                    let _ = machine.handle_input(outside.now(), input)?;
                }
            }
        }
    }
}

/// 2026-02-11 07:50 in Seoul, ten minutes before the plan's preflight.
const START: WallTime = WallTime::from_unix_millis(1_770_763_800_000);

fn completed(machine: &Machine) -> Result<(), Box<dyn Error>> {
    let phase = machine.phase_name();
    if phase == PhaseName::Completed {
        return Ok(());
    }
    Err(format!("the seed rollout ended {phase}").into())
}

fn drain(machine: &mut Machine) -> usize {
    let mut facts = 0;
    loop {
        match machine.poll_output() {
            Output::Append(_) => facts += 1,
            Output::Wait(_) => return facts,
            Output::Write(_) | Output::StopWrite(_) | Output::Read(_) | Output::Notify(_) => {}
        }
    }
}

fn everything_confirmed(plan: &PlanBody) -> StartOptions {
    let items = plan.checklists.iter().flat_map(|list| &list.items);
    items.fold(StartOptions::new(Who::new("bench")), |options, item| match &item.confirmed_by {
        ConfirmedBy::Role(role) => options.confirm(item.item.clone(), in_role(role)),
        ConfirmedBy::Check(_) => options,
    })
}

fn in_role(role: &RoleName) -> Who {
    Who::new("bench").in_role(role.clone())
}

/// What people say when the rollout asks them.
fn answers(machine: &Machine, plan: &PlanBody) -> Vec<Input> {
    let say = |role: &RoleName, action: Action| {
        Input::Command(Command::new(in_role(role), "asked", action))
    };
    if let (Some(of), Some(approval)) = (machine.state().approval_target(), &plan.approval) {
        let approve = |role| say(role, Action::Approve { of: of.clone() });
        return approval.roles.iter().map(approve).collect();
    }
    if machine.phase_name() == PhaseName::Confirming {
        return plan
            .confirm
            .acknowledge
            .iter()
            .map(|role| say(role, Action::Acknowledge))
            .collect();
    }
    Vec::new()
}

fn done(write: &Write, id: greenflow_core::value::EffectId, outside: &Outside) -> Outcome {
    let provisioned = matches!(write, Write::Provision { .. });
    Outcome {
        id,
        class: OutcomeClass::Applied,
        attempts: 1,
        last_sent_at: Some(outside.now().at),
        may_land_late: false,
        resources: if provisioned { outside.green_resources() } else { Vec::new() },
        report: outside.report(write),
        failure: None,
    }
}
