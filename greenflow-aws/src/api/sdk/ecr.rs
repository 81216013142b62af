//! The Elastic Container Registry over the SDK's client.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecr as sdk;
use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::ImageIdentifier;
use greenflow_core::provider::ErrorKind;

use super::once;
use crate::api::classify::classify;
use crate::api::{ApiError, EcrApi, ImageRef, ImageState, Operation, Repository};

/// [`EcrApi`] over the SDK's client.
#[derive(Clone, Debug)]
pub struct SdkEcr(Client);

impl SdkEcr {
    /// Calls through this client. Its retries are not used: the engine has its own.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl EcrApi for SdkEcr {
    async fn image(
        &self,
        limit: Duration,
        repository: &Repository,
        image: &ImageRef,
    ) -> Result<ImageState, ApiError> {
        let id = ImageIdentifier::builder();
        let id = match image {
            ImageRef::Tag(tag) => id.image_tag(tag),
            ImageRef::Digest(digest) => id.image_digest(digest),
        };
        let call = self.0.describe_images().registry_id(&repository.registry);
        let call = call.repository_name(&repository.name).image_ids(id.build());
        let answer = call.customize().config_override(once!(sdk, limit)).send().await;
        let answer = answer.map_err(|error| classify(Operation::DescribeImages, &error))?;
        let [found] = answer.image_details() else {
            let what = format!("{} images where one was asked for", answer.image_details().len());
            return Err(ApiError::new(ErrorKind::Unexpected, "other answer", what).not_applied());
        };
        Ok(ImageState {
            digest: found.image_digest().unwrap_or_default().to_owned(),
            tags: found.image_tags().to_vec(),
            status: found.image_status().map(|is| is.as_str().to_owned()).unwrap_or_default(),
        })
    }
}
