//! The tasks of a service themselves.

use std::time::Duration;

use greenflow_core::provider::ProviderError;

use crate::account::Family;
use crate::api::{Operation, TaskState};
use crate::site::Site;

/// Which of its tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tasks {
    Running,
    Stopped,
}

/// Reads a service's tasks, a hundred at most.
pub(crate) async fn tasks(
    site: &Site,
    limit: Duration,
    service: &str,
    which: Tasks,
) -> Result<Vec<TaskState>, ProviderError> {
    let Site { layout, account, ecs, .. } = site;
    let call = ecs.task_arns(limit, &layout.cluster, service, which == Tasks::Stopped);
    let arns = account.call(Family::EcsReads, limit, call).await;
    let arns = arns.map_err(|error| error.during(Operation::ListTasks, service))?;
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let call = ecs.tasks(limit, &layout.cluster, &arns);
    let answer = account.call(Family::EcsReads, limit, call).await;
    answer.map_err(|error| error.during(Operation::DescribeTasks, service))
}
