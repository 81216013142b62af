//! The calls to the Elastic Container Registry.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::ApiError;

/// The calls to the Elastic Container Registry that the adapter makes.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait EcrApi: fmt::Debug + Send + Sync + 'static {
    /// `DescribeImages`: one image of a repository, by tag or digest.
    ///
    /// # Errors
    /// [`ApiError`]; `NotFound` when there is no such image, or no such repository.
    async fn image(
        &self,
        limit: Duration,
        repository: &Repository,
        image: &ImageRef,
    ) -> Result<ImageState, ApiError>;
}

/// A repository of one account's registry.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test reads it")]
pub struct Repository {
    /// The account that it belongs to.
    pub registry: String,
    /// Its name, such as `shop/api`.
    pub name: String,
}

/// Which image of a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever plays AWS in a test answers each")]
pub enum ImageRef {
    /// The one that has this tag now.
    Tag(String),
    /// The one with this digest.
    Digest(String),
}

/// An image as ECR describes it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test makes it")]
pub struct ImageState {
    /// Its digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// `ACTIVE`, or why it cannot be pulled, such as `ARCHIVED`; blank where ECR does not say.
    pub status: String,
}
