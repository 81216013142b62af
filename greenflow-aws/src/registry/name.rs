//! How an image in ECR is named.

use greenflow_core::provider::{ErrorKind, ProviderError};

use crate::api::{ImageRef, Repository};

/// An image in ECR: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`, with a tag or a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ImageName {
    /// Without tag and digest.
    pub(super) image: String,
    pub(super) region: String,
    pub(super) repository: Repository,
    pub(super) which: Option<ImageRef>,
}

impl ImageName {
    pub(super) fn parse(text: &str) -> Result<Self, ProviderError> {
        Self::read(text).ok_or_else(|| {
            ProviderError::new(ErrorKind::InvalidRequest, "read an image's name")
                .not_applied()
                .on(text)
                .because(
                    "it is no image in ECR; write \
                     ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG or …/NAME@sha256:…",
                )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(ImageRef::Digest(digest.to_owned()))),
            None => (text, None),
        };
        let (host, path) = name.split_once('/')?;
        let (path, tag) = match path.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (path, None),
        };
        if tag.is_some_and(|tag| tag.is_empty() || tag.contains(['/', ':'])) || path.is_empty() {
            return None;
        }
        let (registry, rest) = host.split_once(".dkr.ecr.")?;
        let (region, domain) = rest.split_once('.')?;
        let known = matches!(domain, "amazonaws.com" | "amazonaws.com.cn");
        let number = registry.len() == 12 && registry.bytes().all(|byte| byte.is_ascii_digit());
        if !known || !number || region.is_empty() {
            return None;
        }
        Some(Self {
            image: format!("{host}/{path}"),
            region: region.to_owned(),
            repository: Repository { registry: registry.to_owned(), name: path.to_owned() },
            // Of both the digest counts, as everywhere.
            which: digest.or_else(|| tag.map(|tag| ImageRef::Tag(tag.to_owned()))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn each_way_to_name_an_image_is_read() {
        let tag = || Some(ImageRef::Tag("v7".to_owned()));
        let digest = || Some(ImageRef::Digest("sha256:abc".to_owned()));
        for (rest, which) in
            [("", None), (":v7", tag()), ("@sha256:abc", digest()), (":v7@sha256:abc", digest())]
        {
            let name = ImageName::parse(&format!("{HOST}/shop/api{rest}")).unwrap();
            assert_eq!(name.image, format!("{HOST}/shop/api"));
            assert_eq!((name.region.as_str(), name.which), ("eu-west-1", which));
            assert_eq!(name.repository.registry, "123456789012");
            assert_eq!(name.repository.name, "shop/api");
        }
    }

    #[test]
    fn what_is_elsewhere_is_refused_by_name() {
        for text in [
            "",
            "nginx:1",
            "docker.io/library/nginx:1",
            "123.dkr.ecr.eu-west-1.amazonaws.com/api:1",
            "123456789012.dkr.ecr.eu-west-1.example.com/api:1",
            &format!("{HOST}/"),
            &format!("{HOST}/api:"),
            &format!("{HOST}/api:a:b"),
        ] {
            let error = ImageName::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{text}");
        }
    }
}
