//! Whether the world is as a write wanted it.

use super::Calls;
use super::classify::Evidence;
use crate::fact::Write;
use crate::provider::{CallContext, HookRequest, ProviderError, SideState};
use crate::value::{Revision, Split};

/// Reads whether the world is as `write` wants it; `None` when it is not, or not yet.
pub(super) async fn read_back(
    calls: &Calls,
    cx: &CallContext,
    write: &Write,
) -> Result<Option<Evidence>, ProviderError> {
    let providers = calls.providers();
    let shown = match write {
        Write::Raise { split } => shows(calls, cx, *split).await?,
        Write::Cut => shows(calls, cx, Split::ALL_BLUE).await?,
        Write::Provision { revision, capacity } => {
            let green = providers.compute.describe(cx).await?.green;
            let shown = is_provisioned(&green, revision, *capacity);
            return Ok(shown.then_some(Evidence { resources: green.resources, report: None }));
        }
        Write::PinBlue { minimum } => {
            let blue = providers.compute.describe(cx).await?.blue;
            blue.pinned_at == *minimum && minimum.is_none_or(|minimum| blue.desired >= minimum)
        }
        Write::Remove { side, resources } => {
            // That no target is wanted says nothing: another hand may have scaled the side down.
            let sides = providers.compute.describe(cx).await?;
            let there = &sides.side(*side).resources;
            !resources.iter().any(|gone| there.contains(gone))
        }
        Write::RunHook { hook, resources } => {
            let request = HookRequest::new(hook.clone(), resources.clone());
            let report = providers.hooks.find(cx, request).await?;
            return Ok(
                report.map(|report| Evidence { resources: Vec::new(), report: Some(report) })
            );
        }
    };
    Ok(shown.then(Evidence::default))
}

async fn shows(calls: &Calls, cx: &CallContext, wanted: Split) -> Result<bool, ProviderError> {
    let seen = calls.providers().load_balancer.read_split(cx).await?;
    Ok(seen.agreed() == Some(wanted))
}

/// Whether green has been started as wanted; its health is not the write's concern.
fn is_provisioned(green: &SideState, revision: &Revision, capacity: u32) -> bool {
    !green.resources.is_empty()
        && green.desired >= capacity
        && green.digests.iter().all(|digest| *digest == revision.digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Digest, ResourceId};

    #[test]
    fn green_counts_as_started_only_with_its_own_digest() {
        let digest = |fill: &str| Digest::new(format!("sha256:{}", fill.repeat(64))).unwrap();
        let revision = Revision::new("registry/api", digest("a"));
        let mut green = SideState { desired: 4, ..SideState::default() };
        assert!(!is_provisioned(&green, &revision, 4), "no resources");
        green.resources.push(ResourceId::new("green").unwrap());
        assert!(is_provisioned(&green, &revision, 4), "starting");
        green.digests.push(digest("a"));
        assert!(is_provisioned(&green, &revision, 4));
        assert!(!is_provisioned(&green, &revision, 5), "too few");
        green.digests.push(digest("b"));
        assert!(!is_provisioned(&green, &revision, 4), "a stranger");
    }
}
