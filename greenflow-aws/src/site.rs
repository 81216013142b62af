//! One service on AWS, with everything that its providers share.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::Action;
use greenflow_core::fact::{Entry, Fact};
use greenflow_core::provider::{ErrorKind, MetricSource, ProviderError, Providers};
use greenflow_core::value::RolloutId;

use crate::account::{Account, Family};
#[cfg(feature = "autoscaling")]
use crate::api::Suspension;
use crate::api::{ApiError, EcsApi, Elbv2Api, Operation, ServiceState, TaskDefinitionState};
use crate::identity::Identity;
use crate::layout::{Layout, Route, Which};
use crate::roles::Roles;
use crate::{AlbBalancer, EcsCompute, TargetProbe};

/// One service on AWS. Its providers share it, so that they agree on which slot is blue.
#[derive(Debug)]
pub struct Site {
    pub(crate) layout: Layout,
    pub(crate) account: Arc<Account>,
    pub(crate) elbv2: Arc<dyn Elbv2Api>,
    pub(crate) ecs: Arc<dyn EcsApi>,
    #[cfg(feature = "autoscaling")]
    pub(crate) scaling: Option<Arc<dyn crate::api::ScalingApi>>,
    memory: Mutex<Memory>,
}

/// What has been read and does not change, or is asked for again and again.
#[derive(Debug, Default)]
struct Memory {
    /// By rollout, those that were seen last at the end.
    roles: VecDeque<(RolloutId, Roles)>,
    /// Task definitions by ARN. A revision never changes.
    definitions: BTreeMap<String, Arc<TaskDefinitionState>>,
    /// The actions of each route as last read, in the order of the layout.
    actions: Option<Vec<Vec<Action>>>,
    pins: BTreeMap<RolloutId, [Option<u32>; 2]>,
    #[cfg(feature = "autoscaling")]
    scaling: [Scaling; 2],
    /// The rollouts whose green was seen stable once.
    settled: BTreeSet<RolloutId>,
    /// Why tasks of a revision stopped, as last read.
    stopped: Option<Stopped>,
}

/// Why tasks stopped.
#[derive(Debug)]
struct Stopped {
    revision: String,
    read_at: Duration,
    reasons: Vec<String>,
}

/// What is known of a slot's autoscaling.
#[cfg(feature = "autoscaling")]
#[derive(Clone, Copy, Debug, Default)]
struct Scaling {
    set: Option<Suspension>,
    read: Option<(Duration, Option<Suspension>)>,
}

/// Something to take down of a slot's autoscaling.
#[cfg(feature = "autoscaling")]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Noted {
    Set(Suspension),
    Read(Option<Suspension>),
}

impl Site {
    /// Joins a layout with the calls to AWS.
    #[must_use]
    pub fn new(
        layout: Layout,
        account: Arc<Account>,
        elbv2: Arc<dyn Elbv2Api>,
        ecs: Arc<dyn EcsApi>,
    ) -> Self {
        Self {
            layout,
            account,
            elbv2,
            ecs,
            #[cfg(feature = "autoscaling")]
            scaling: None,
            memory: Mutex::default(),
        }
    }

    /// Lets pins and removals suspend the autoscaling of the slots.
    #[cfg(feature = "autoscaling")]
    #[must_use]
    pub fn with_scaling(mut self, scaling: Arc<dyn crate::api::ScalingApi>) -> Self {
        self.scaling = Some(scaling);
        self
    }

    /// Returns where the service lives.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Takes over from the journal which slot is blue, before a rollout is resumed.
    ///
    /// Without it a resumed rollout reads it from the task definitions' tags, so ECS must answer
    /// before traffic can be cut back to blue; with it the cut needs the load balancer alone.
    /// Returns whether the journal says it: it does from the end of the preflight on.
    pub fn recall(&self, rollout: &RolloutId, entries: &[Entry]) -> bool {
        let blue = entries.iter().find_map(|entry| {
            let Fact::BlueRecorded(blue) = &entry.fact else { return None };
            blue.resources.iter().find_map(|resource| {
                Identity::parse(resource).and_then(|found| self.which(&found.service))
            })
        });
        if let Some(blue) = blue {
            self.remember(rollout, Roles::with_blue(blue));
        }
        blue.is_some()
    }

    /// Bundles this site's balancer, compute and probe with a metric source.
    #[must_use]
    pub fn providers(self: &Arc<Self>, metrics: Arc<dyn MetricSource>) -> Providers {
        Providers::new(
            Arc::new(AlbBalancer::new(Arc::clone(self))),
            Arc::new(EcsCompute::new(Arc::clone(self))),
            Arc::new(TargetProbe::new(Arc::clone(self))),
            metrics,
        )
    }

    pub(crate) fn which(&self, service: &str) -> Option<Which> {
        Which::BOTH.into_iter().find(|which| self.layout.slot(*which).service == service)
    }

    pub(crate) fn remembered(&self, rollout: &RolloutId) -> Option<Roles> {
        let memory = self.memory();
        memory.roles.iter().find(|(known, _)| known == rollout).map(|(_, roles)| *roles)
    }

    pub(crate) fn remember(&self, rollout: &RolloutId, roles: Roles) {
        let mut memory = self.memory();
        memory.roles.retain(|(known, _)| known != rollout);
        // A site sees its rollouts one after the other; the oldest are of no use any more.
        while memory.roles.len() >= MOST_ROLLOUTS {
            let Some((oldest, _)) = memory.roles.pop_front() else { break };
            memory.pins.remove(&oldest);
            memory.settled.remove(&oldest);
        }
        memory.roles.push_back((rollout.clone(), roles));
    }

    /// Reads the actions of every route, in the order of the layout.
    pub(crate) async fn read_actions(
        &self,
        limit: Duration,
    ) -> Result<Vec<Vec<Action>>, ProviderError> {
        let arns = |wanted: fn(&Route) -> bool| -> Vec<String> {
            let routes = self.layout.routes.iter().filter(|route| wanted(route));
            routes.map(|route| route.arn().to_owned()).collect()
        };
        let rules = arns(|route| matches!(route, Route::Rule(_)));
        let listeners = arns(|route| matches!(route, Route::Listener(_)));
        let mut found = BTreeMap::new();
        if !rules.is_empty() {
            let call = self.elbv2.rules(limit, &rules);
            let answer = self.account.call(Family::Elbv2Reads, limit, call).await;
            found.extend(
                answer
                    .map_err(|error| error.during(Operation::DescribeRules, &rules.join(", ")))?,
            );
        }
        if !listeners.is_empty() {
            let call = self.elbv2.listeners(limit, &listeners);
            let answer = self.account.call(Family::Elbv2Reads, limit, call).await;
            found.extend(answer.map_err(|error| {
                error.during(Operation::DescribeListeners, &listeners.join(", "))
            })?);
        }
        let mut actions = Vec::new();
        for route in &self.layout.routes {
            // Half an answer is no answer.
            let of_route = found.remove(route.arn()).ok_or_else(|| {
                let missing = ApiError::new(ErrorKind::NotFound, "missing", "not in the answer");
                missing.not_applied().during(Operation::DescribeRules, route.arn())
            })?;
            actions.push(of_route);
        }
        self.memory().actions = Some(actions.clone());
        Ok(actions)
    }

    pub(crate) fn last_actions(&self) -> Option<Vec<Vec<Action>>> {
        self.memory().actions.clone()
    }

    /// Reads both services.
    pub(crate) async fn services(
        &self,
        limit: Duration,
    ) -> Result<[ServiceState; 2], ProviderError> {
        let names = Which::BOTH.map(|which| self.layout.slot(which).service.clone());
        let cluster = &self.layout.cluster;
        let batch = &self.account.services;
        let answer = batch.services(&self.account, &self.ecs, limit, cluster, &names).await;
        let found =
            answer.map_err(|error| error.during(Operation::DescribeServices, &names.join(", ")))?;
        let one = |which| {
            let wanted = &self.layout.slot(which).service;
            let service = found.iter().find(|service| service.arn == *wanted);
            service.filter(|service| service.status == "ACTIVE").cloned().ok_or_else(|| {
                let text = format!("no active service of this ARN in cluster {cluster}");
                let missing = ApiError::new(ErrorKind::NotFound, "missing", text);
                missing.not_applied().during(Operation::DescribeServices, wanted)
            })
        };
        Ok([one(Which::A)?, one(Which::B)?])
    }

    /// Reads a revision, once: it never changes.
    pub(crate) async fn definition(
        &self,
        limit: Duration,
        arn: &str,
    ) -> Result<Arc<TaskDefinitionState>, ProviderError> {
        if let Some(known) = self.memory().definitions.get(arn) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(self.newest_definition(limit, arn).await?);
        let mut memory = self.memory();
        while memory.definitions.len() >= MOST_DEFINITIONS {
            memory.definitions.pop_first();
        }
        memory.definitions.insert(arn.to_owned(), Arc::clone(&read));
        Ok(read)
    }

    /// Reads what a name stands for now: of a family, its newest revision.
    pub(crate) async fn newest_definition(
        &self,
        limit: Duration,
        name: &str,
    ) -> Result<TaskDefinitionState, ProviderError> {
        let call = self.ecs.task_definition(limit, name);
        let answer = self.account.call(Family::EcsReads, limit, call).await;
        answer.map_err(|error| error.during(Operation::DescribeTaskDefinition, name))
    }

    pub(crate) fn pin_of(&self, rollout: &RolloutId, which: Which) -> Option<u32> {
        self.memory().pins.get(rollout).and_then(|pins| pins[which as usize])
    }

    pub(crate) fn set_pin(&self, rollout: &RolloutId, which: Which, minimum: Option<u32>) {
        let mut memory = self.memory();
        memory.pins.entry(rollout.clone()).or_default()[which as usize] = minimum;
    }

    /// Returns what is suspended of a slot's autoscaling (`None` inside: nothing scales it), if it
    /// was read so lately and is as it was last set.
    #[cfg(feature = "autoscaling")]
    pub(crate) fn suspension(&self, which: Which, age: Duration) -> Option<Option<Suspension>> {
        let now = self.account.clock().monotonic();
        let (read_at, found) = self.memory().scaling[which as usize].read?;
        (now.saturating_sub(read_at) < age).then_some(found)
    }

    /// Takes down what is about to be set, or what was read.
    #[cfg(feature = "autoscaling")]
    pub(crate) fn note_scaling(&self, which: Which, noted: Noted) {
        let now = self.account.clock().monotonic();
        let of_slot = &mut self.memory().scaling[which as usize];
        match noted {
            Noted::Set(wanted) => *of_slot = Scaling { set: Some(wanted), read: None },
            Noted::Read(found) => {
                // What is not yet as it was set is read again each time.
                let shown = found.is_none() || of_slot.set.is_none() || found == of_slot.set;
                of_slot.read = shown.then_some((now, found));
            }
        }
    }

    /// Returns whether green was seen stable once in this rollout.
    pub(crate) fn has_settled(&self, rollout: &RolloutId) -> bool {
        self.memory().settled.contains(rollout)
    }

    pub(crate) fn set_settled(&self, rollout: &RolloutId, settled: bool) {
        let settling = &mut self.memory().settled;
        if settled {
            settling.insert(rollout.clone());
        } else {
            settling.remove(rollout);
        }
    }

    /// Returns why tasks of this revision stopped, as last read; `None` when it is time to read it
    /// again.
    pub(crate) fn stop_reasons(&self, revision: &str) -> Option<Vec<String>> {
        let now = self.account.clock().monotonic();
        let memory = self.memory();
        let known = memory.stopped.as_ref().filter(|known| {
            known.revision == revision && now.saturating_sub(known.read_at) < BETWEEN_STOP_READS
        });
        known.map(|known| known.reasons.clone())
    }

    pub(crate) fn set_stop_reasons(&self, revision: &str, reasons: &[String]) {
        let read_at = self.account.clock().monotonic();
        let (revision, reasons) = (revision.to_owned(), reasons.to_vec());
        self.memory().stopped = Some(Stopped { revision, read_at, reasons });
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST_ROLLOUTS: usize = 64;
const MOST_DEFINITIONS: usize = 256;
const BETWEEN_STOP_READS: Duration = Duration::from_secs(30);
