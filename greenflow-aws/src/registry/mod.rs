//! The images in the Elastic Container Registry.

mod check;
mod name;

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::provider::{ErrorKind, ProviderError};
use greenflow_core::value::{Digest, Revision};

pub use check::{IMAGE, ImageCheck};

use crate::account::{Account, Family};
use crate::api::{EcrApi, ImageRef, ImageState, Operation};
use name::ImageName;

/// The images of one region in the Elastic Container Registry, of any account that lets them be
/// described.
#[derive(Debug)]
pub struct Registry {
    account: Arc<Account>,
    ecr: Arc<dyn EcrApi>,
    region: String,
}

impl Registry {
    /// Asks through this client, which calls this region.
    #[must_use]
    pub fn new(account: Arc<Account>, ecr: Arc<dyn EcrApi>, region: impl Into<String>) -> Self {
        Self { account, ecr, region: region.into() }
    }

    /// Finds the image that a name with a tag stands for now, and pins it by its digest. With a
    /// digest in the name, that image.
    ///
    /// A tag may be moved at any time: resolve it once, before the plan is made, and take a
    /// rollout up again by the digest that its plan says.
    ///
    /// # Errors
    /// [`ProviderError`]: `InvalidRequest` for a name that is no image in this region's ECR, or
    /// has neither tag nor digest; `NotFound` when there is no such image; others as the call
    /// fails.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn resolve(&self, limit: Duration, image: &str) -> Result<Revision, ProviderError> {
        let name = self.name(image)?;
        let Some(which) = &name.which else {
            return Err(refused(image, "it has neither a tag nor a digest"));
        };
        let found = self.find(limit, &name, which).await?;
        let digest = Digest::new(found.digest).map_err(|error| {
            ProviderError::new(ErrorKind::Unexpected, Operation::DescribeImages.action())
                .on(image)
                .caused_by(error)
        })?;
        Ok(Revision::new(name.image, digest))
    }

    /// Looks for exactly this revision.
    async fn look(
        &self,
        limit: Duration,
        revision: &Revision,
    ) -> Result<ImageState, ProviderError> {
        let name = self.name(&revision.image)?;
        self.find(limit, &name, &ImageRef::Digest(revision.digest.to_string())).await
    }

    fn name(&self, image: &str) -> Result<ImageName, ProviderError> {
        let name = ImageName::parse(image)?;
        if name.region != self.region {
            // A repository of the same name may be here too, with other images.
            return Err(refused(image, &format!("it is not in {}, which is asked", self.region)));
        }
        Ok(name)
    }

    async fn find(
        &self,
        limit: Duration,
        name: &ImageName,
        which: &ImageRef,
    ) -> Result<ImageState, ProviderError> {
        let call = self.ecr.image(limit, &name.repository, which);
        let answer = self.account.call(Family::Ecr, limit, call).await;
        answer.map_err(|error| error.during(Operation::DescribeImages, &shown(name, which)))
    }
}

fn shown(name: &ImageName, which: &ImageRef) -> String {
    match which {
        ImageRef::Tag(tag) => format!("{}:{tag}", name.image),
        ImageRef::Digest(digest) => format!("{}@{digest}", name.image),
    }
}

fn refused(image: &str, why: &str) -> ProviderError {
    ProviderError::new(ErrorKind::InvalidRequest, "find an image")
        .not_applied()
        .on(image)
        .because(why)
}
