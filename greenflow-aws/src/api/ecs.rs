//! The calls to the Elastic Container Service.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecs::types::{ContainerDefinition, TaskDefinition};

use super::ApiError;

/// The calls to the Elastic Container Service that the adapter makes.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait EcsApi: fmt::Debug + Send + Sync + 'static {
    /// `DescribeServices`: at most ten at a time; one that is missing is absent from the answer.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn services(
        &self,
        limit: Duration,
        cluster: &str,
        services: &[String],
    ) -> Result<Vec<ServiceState>, ApiError>;

    /// `DescribeTaskDefinition`, with tags, by family (its newest revision) or ARN.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn task_definition(
        &self,
        limit: Duration,
        name: &str,
    ) -> Result<TaskDefinitionState, ApiError>;

    /// `RegisterTaskDefinition`: returns the ARN of the new revision.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn register(&self, limit: Duration, revision: NewRevision) -> Result<String, ApiError>;

    /// `UpdateService`.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn update_service(&self, limit: Duration, update: ServiceUpdate) -> Result<(), ApiError>;

    /// `ListTasks`: the ARNs of the service's running tasks, or of its stopped ones, at most a
    /// hundred.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn task_arns(
        &self,
        limit: Duration,
        cluster: &str,
        service: &str,
        stopped: bool,
    ) -> Result<Vec<String>, ApiError>;

    /// `DescribeTasks`: these, at least one and at most a hundred.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn tasks(
        &self,
        limit: Duration,
        cluster: &str,
        arns: &[String],
    ) -> Result<Vec<TaskState>, ApiError>;
}

/// A service as ECS describes it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct ServiceState {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// The task definition it shall run, by ARN.
    pub task_definition: String,
    /// How many tasks it should have.
    pub desired: u32,
    /// How many are running.
    pub running: u32,
    /// Its deployments, the primary one among them.
    pub deployments: Vec<DeploymentState>,
    /// The deployment controller, such as `ECS`.
    pub controller: String,
    /// How it deploys, such as `ROLLING`; blank where ECS does not say, which means that.
    pub strategy: String,
    /// Whether the circuit breaker is on, and whether it rolls back by itself.
    pub circuit_breaker: (bool, bool),
    /// The target groups it registers its tasks with.
    pub target_groups: Vec<String>,
}

impl ServiceState {
    /// Returns the deployment that ECS works towards.
    #[must_use]
    pub fn primary(&self) -> Option<&DeploymentState> {
        self.deployments.iter().find(|deployment| deployment.status == "PRIMARY")
    }
}

/// One deployment of a service.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct DeploymentState {
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// What it runs, by ARN.
    pub task_definition: String,
    /// How many of its tasks are running.
    pub running: u32,
    /// How many of its tasks failed to start.
    pub failed: u32,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    pub rollout_state: String,
    /// Why it is in this state.
    pub reason: String,
}

/// A registered task definition.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct TaskDefinitionState {
    /// The definition itself.
    pub definition: TaskDefinition,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl TaskDefinitionState {
    /// Returns its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        self.definition.task_definition_arn().unwrap_or_default()
    }

    /// Returns this container, or the only one.
    pub(crate) fn container(&self, name: Option<&str>) -> Option<&ContainerDefinition> {
        let containers = self.definition.container_definitions();
        match name {
            Some(name) => containers.iter().find(|found| found.name() == Some(name)),
            None if containers.len() == 1 => containers.first(),
            None => None,
        }
    }

    /// Returns the image of this container, or of the only one.
    #[must_use]
    pub fn image(&self, container: Option<&str>) -> Option<&str> {
        self.container(container)?.image()
    }
}

/// A revision to register: a base, with one image replaced.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test reads it")]
pub struct NewRevision {
    /// What it is like but for the image.
    pub base: TaskDefinition,
    /// The container whose image is replaced; `None` is the only one.
    pub container: Option<String>,
    /// The image, pinned by digest.
    pub image: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What to change of a service.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test reads it")]
pub struct ServiceUpdate {
    /// The cluster.
    pub cluster: String,
    /// The service, by name or ARN.
    pub service: String,
    /// The task definition it shall run from now on; `None` leaves it.
    pub task_definition: Option<String>,
    /// How many tasks it shall have.
    pub desired: u32,
}

/// One task.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct TaskState {
    /// What it runs, by the task definition's ARN.
    pub task_definition: String,
    /// `RUNNING`, `STOPPED` and so on.
    pub status: String,
    /// Why it stopped, with what its containers said.
    pub stopped: String,
    /// The image digests of its containers, by container name, as they are known.
    pub digests: BTreeMap<String, String>,
}
