//! The Elastic Container Service over the SDK's client.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecs as sdk;
use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{
    Deployment, DesiredStatus, Service, Tag, Task, TaskDefinition, TaskDefinitionField,
};
use greenflow_core::provider::ErrorKind;

use super::once;
use crate::api::classify::classify;
use crate::api::{
    ApiError, DeploymentState, EcsApi, NewRevision, Operation, ServiceState, ServiceUpdate,
    TaskDefinitionState, TaskState,
};

/// [`EcsApi`] over the SDK's client.
#[derive(Clone, Debug)]
pub struct SdkEcs(Client);

impl SdkEcs {
    /// Calls through this client. Its retries are not used: the engine has its own.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl EcsApi for SdkEcs {
    async fn services(
        &self,
        limit: Duration,
        cluster: &str,
        services: &[String],
    ) -> Result<Vec<ServiceState>, ApiError> {
        let call =
            self.0.describe_services().cluster(cluster).set_services(Some(services.to_vec()));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::DescribeServices, &error))?;
        Ok(answer.services().iter().map(service).collect())
    }

    async fn task_definition(
        &self,
        limit: Duration,
        name: &str,
    ) -> Result<TaskDefinitionState, ApiError> {
        let call = self.0.describe_task_definition().task_definition(name);
        let call = call.include(TaskDefinitionField::Tags);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::DescribeTaskDefinition, &error))?;
        let tags = answer.tags().iter().filter_map(pair).collect();
        let definition = answer.task_definition.ok_or_else(|| empty("task definition"))?;
        Ok(TaskDefinitionState { definition, tags })
    }

    async fn register(&self, limit: Duration, revision: NewRevision) -> Result<String, ApiError> {
        let call = self.0.register_task_definition();
        let call = call.set_tags(Some(tags(&revision.tags)));
        let call = like(call, with_image(revision)?);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::RegisterTaskDefinition, &error))?;
        let arn = answer.task_definition.and_then(|definition| definition.task_definition_arn);
        arn.ok_or_else(|| empty("registered task definition"))
    }

    async fn update_service(&self, limit: Duration, update: ServiceUpdate) -> Result<(), ApiError> {
        let call = self
            .0
            .update_service()
            .cluster(update.cluster)
            .service(update.service)
            .set_task_definition(update.task_definition)
            .desired_count(i32::try_from(update.desired).unwrap_or(i32::MAX));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        answer.map(drop).map_err(|error| classify(Operation::UpdateService, &error))
    }

    async fn task_arns(
        &self,
        limit: Duration,
        cluster: &str,
        service: &str,
        stopped: bool,
    ) -> Result<Vec<String>, ApiError> {
        let status = if stopped { DesiredStatus::Stopped } else { DesiredStatus::Running };
        let call = self.0.list_tasks().cluster(cluster).service_name(service);
        let call = call.desired_status(status).max_results(MOST_TASKS);
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::ListTasks, &error))?;
        Ok(answer.task_arns.unwrap_or_default())
    }

    async fn tasks(
        &self,
        limit: Duration,
        cluster: &str,
        arns: &[String],
    ) -> Result<Vec<TaskState>, ApiError> {
        let call = self.0.describe_tasks().cluster(cluster).set_tasks(Some(arns.to_vec()));
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::DescribeTasks, &error))?;
        Ok(answer.tasks().iter().map(task).collect())
    }
}

/// As many as one call describes.
const MOST_TASKS: i32 = 100;

fn empty(what: &str) -> ApiError {
    ApiError::new(ErrorKind::Unexpected, "empty answer", format!("without a {what}"))
}

fn service(service: &Service) -> ServiceState {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let configuration = service.deployment_configuration();
    let breaker = configuration.and_then(|found| found.deployment_circuit_breaker());
    ServiceState {
        arn: text(service.service_arn()),
        name: text(service.service_name()),
        status: text(service.status()),
        task_definition: text(service.task_definition()),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        deployments: service.deployments().iter().map(deployment).collect(),
        controller: service
            .deployment_controller()
            .map_or_else(|| "ECS".to_owned(), |controller| controller.r#type().as_str().to_owned()),
        strategy: text(configuration.and_then(|found| found.strategy()).map(|is| is.as_str())),
        circuit_breaker: breaker.map_or((false, false), |found| (found.enable(), found.rollback())),
        target_groups: service
            .load_balancers()
            .iter()
            .filter_map(|found| found.target_group_arn().map(str::to_owned))
            .collect(),
    }
}

fn deployment(deployment: &Deployment) -> DeploymentState {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    DeploymentState {
        status: text(deployment.status()),
        task_definition: text(deployment.task_definition()),
        running: count(deployment.running_count()),
        failed: count(deployment.failed_tasks()),
        rollout_state: text(deployment.rollout_state().map(|state| state.as_str())),
        reason: text(deployment.rollout_state_reason()),
    }
}

fn task(task: &Task) -> TaskState {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let mut stopped = text(task.stopped_reason());
    for container in task.containers() {
        let exit = container.exit_code().map(|code| format!("exit {code}"));
        let said: Vec<String> =
            [exit, container.reason().map(str::to_owned)].into_iter().flatten().collect();
        if !said.is_empty() {
            stopped = format!("{stopped} ({}: {})", text(container.name()), said.join(", "));
        }
    }
    let digest = |container: &sdk::types::Container| {
        Some((container.name()?.to_owned(), container.image_digest()?.to_owned()))
    };
    TaskState {
        task_definition: text(task.task_definition_arn()),
        status: text(task.last_status()),
        stopped,
        digests: task.containers().iter().filter_map(digest).collect(),
    }
}

/// Counts are never negative; one that is counts as none.
fn count(count: i32) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

fn pair(tag: &Tag) -> Option<(String, String)> {
    Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))
}

fn tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The base with the new image in its container.
fn with_image(revision: NewRevision) -> Result<TaskDefinition, ApiError> {
    let NewRevision { mut base, container, image, tags: _ } = revision;
    let containers = base.container_definitions.get_or_insert_default();
    let only = containers.len() == 1;
    let found = containers.iter_mut().find(|found| match &container {
        Some(name) => found.name() == Some(name),
        None => only,
    });
    let Some(found) = found else {
        let name = container.as_deref().unwrap_or("the only one");
        let what = format!("the base task definition has no container {name}");
        return Err(ApiError::new(ErrorKind::InvalidRequest, "not sent", what).not_applied());
    };
    found.image = Some(image);
    Ok(base)
}

type Register =
    sdk::operation::register_task_definition::builders::RegisterTaskDefinitionFluentBuilder;

/// Takes over every field that can be registered.
fn like(call: Register, base: TaskDefinition) -> Register {
    call.set_family(base.family)
        .set_task_role_arn(base.task_role_arn)
        .set_execution_role_arn(base.execution_role_arn)
        .set_network_mode(base.network_mode)
        .set_container_definitions(base.container_definitions)
        .set_volumes(base.volumes)
        .set_placement_constraints(base.placement_constraints)
        .set_requires_compatibilities(base.requires_compatibilities)
        .set_cpu(base.cpu)
        .set_memory(base.memory)
        .set_pid_mode(base.pid_mode)
        .set_ipc_mode(base.ipc_mode)
        .set_proxy_configuration(base.proxy_configuration)
        .set_ephemeral_storage(base.ephemeral_storage)
        .set_runtime_platform(base.runtime_platform)
        .set_enable_fault_injection(base.enable_fault_injection)
}
