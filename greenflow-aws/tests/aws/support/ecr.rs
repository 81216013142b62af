//! The Elastic Container Registry, played.

use std::time::Duration;

use async_trait::async_trait;
use greenflow_aws::api::{ApiError, EcrApi, ImageRef, ImageState, Repository};
use greenflow_core::provider::ErrorKind;

use super::fault::Op;
use super::world::Aws;

#[async_trait]
impl EcrApi for Aws {
    async fn image(
        &self,
        limit: Duration,
        repository: &Repository,
        image: &ImageRef,
    ) -> Result<ImageState, ApiError> {
        self.read(Op::DescribeImages, limit, |_, state, _| {
            let Some(images) = state.images.get(&repository.name) else {
                let missing = ApiError::new(
                    ErrorKind::NotFound,
                    "RepositoryNotFoundException",
                    repository.name.clone(),
                );
                return Err(missing.not_applied());
            };
            let is = |found: &&ImageState| match image {
                ImageRef::Tag(tag) => found.tags.contains(tag),
                ImageRef::Digest(digest) => found.digest == *digest,
            };
            images.iter().find(is).cloned().ok_or_else(|| {
                let missing = ApiError::new(ErrorKind::NotFound, "ImageNotFoundException", "");
                missing.not_applied()
            })
        })
        .await
    }
}
