//! The immutable identity of what runs in a slot: the service, and the revision that it runs.

use greenflow_core::provider::ErrorKind;
use greenflow_core::value::ResourceId;

use crate::api::ApiError;

/// What runs in a slot: `SERVICE-ARN#FAMILY:REVISION`.
///
/// The service alone would be no identity: in the next rollout the same service runs another
/// revision, and a removal that names this one must not touch it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Identity {
    pub(crate) service: String,
    pub(crate) revision: String,
}

impl Identity {
    /// Names a service and the task definition that it runs, by ARN.
    pub(crate) fn new(service: &str, task_definition: &str) -> Self {
        let revision = task_definition.rsplit('/').next().unwrap_or(task_definition);
        Self { service: service.to_owned(), revision: revision.to_owned() }
    }

    pub(crate) fn parse(resource: &ResourceId) -> Option<Self> {
        let (service, revision) = resource.as_str().rsplit_once('#')?;
        Some(Self { service: service.to_owned(), revision: revision.to_owned() })
    }

    pub(crate) fn to_resource(&self) -> Result<ResourceId, ApiError> {
        let text = format!("{}#{}", self.service, self.revision);
        ResourceId::new(text).map_err(|error| {
            ApiError::new(ErrorKind::InvalidRequest, "name", error.to_string()).not_applied()
        })
    }
}
