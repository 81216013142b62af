//! The Elastic Container Service, played.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_aws::api::{
    ApiError, EcsApi, NewRevision, ServiceState, ServiceUpdate, TaskDefinitionState, TaskState,
};
use greenflow_core::provider::{Clock as _, ErrorKind};

use super::fault::Op;
use super::world::{Aws, digest};

#[async_trait]
impl EcsApi for Aws {
    async fn services(
        &self,
        limit: Duration,
        _: &str,
        services: &[String],
    ) -> Result<Vec<ServiceState>, ApiError> {
        assert!((1..=10).contains(&services.len()), "DescribeServices takes 1 to 10 services");
        self.read(Op::DescribeServices, limit, |_, state, now| {
            let found = services.iter().filter_map(|arn| state.services.get(arn));
            Ok(found.map(|service| service.describe(now)).collect())
        })
        .await
    }

    async fn task_definition(
        &self,
        limit: Duration,
        name: &str,
    ) -> Result<TaskDefinitionState, ApiError> {
        self.read(Op::DescribeTaskDefinition, limit, |shared, _, _| {
            let missing = || ApiError::new(ErrorKind::InvalidRequest, "ClientException", name);
            shared.definition(name).cloned().ok_or_else(missing)
        })
        .await
    }

    async fn register(&self, limit: Duration, revision: NewRevision) -> Result<String, ApiError> {
        let before = self.now().definitions.len();
        self.write(Op::RegisterTaskDefinition, limit, move |shared, _| {
            drop(shared.register(revision.base, &revision.image, revision.tags));
        })
        .await?;
        let shared = self.now();
        Ok(shared.definitions[before..].last().unwrap().arn().to_owned())
    }

    async fn update_service(&self, limit: Duration, update: ServiceUpdate) -> Result<(), ApiError> {
        self.write(Op::UpdateService, limit, move |shared, now| {
            let ServiceUpdate { service, task_definition, desired, .. } = update;
            shared.update_service(now, &service, task_definition, desired);
        })
        .await
    }

    async fn task_arns(
        &self,
        limit: Duration,
        _: &str,
        service: &str,
        stopped: bool,
    ) -> Result<Vec<String>, ApiError> {
        let now = self.clock.monotonic();
        self.read(Op::ListTasks, limit, |_, state, _| {
            let tasks = state.services[service].tasks.iter();
            let of = tasks.filter(|task| (task.dies && now >= task.running_at) == stopped);
            Ok(of.map(|task| task.id.to_string()).collect())
        })
        .await
    }

    async fn tasks(
        &self,
        limit: Duration,
        _: &str,
        arns: &[String],
    ) -> Result<Vec<TaskState>, ApiError> {
        assert!((1..=100).contains(&arns.len()), "{} tasks were asked for", arns.len());
        let now = self.clock.monotonic();
        self.read(Op::DescribeTasks, limit, |shared, state, _| {
            let mut tasks = Vec::new();
            let all = state.services.values().flat_map(|service| &service.tasks);
            for task in all.filter(|task| arns.contains(&task.id.to_string())) {
                let stopped = task.dies && now >= task.running_at;
                let definition = shared.definition(&task.task_definition).unwrap();
                let image = task.image.clone();
                let image = image.unwrap_or_else(|| super::state::image(definition).to_owned());
                let digest = image.split_once('@').map(|(_, digest)| digest.to_owned());
                let container = definition.definition.container_definitions()[0].name().unwrap();
                // AWS adds one of its own to each task.
                let mut digests = BTreeMap::from([(GUARD.to_owned(), digest_of_guard())]);
                digests.extend(digest.map(|digest| (container.to_owned(), digest)));
                tasks.push(TaskState {
                    task_definition: task.task_definition.clone(),
                    status: if stopped { "STOPPED" } else { "RUNNING" }.to_owned(),
                    stopped: if stopped { "CannotPullContainerError" } else { "" }.to_owned(),
                    digests,
                });
            }
            Ok(tasks)
        })
        .await
    }
}

/// Comes before ours.
const GUARD: &str = "a-guard";

fn digest_of_guard() -> String {
    digest('9').to_string()
}
