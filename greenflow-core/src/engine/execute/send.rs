//! One attempt of a write, as the provider sees it.

use super::Calls;
use super::classify::Evidence;
use crate::fact::Write;
use crate::provider::{CallContext, HookRequest, Pin, ProviderError, Provision, Remove, SetSplit};
use crate::value::{Side, Split};

/// Sends a write once.
pub(super) async fn send(
    calls: &Calls,
    cx: &CallContext,
    write: &Write,
) -> Result<Evidence, ProviderError> {
    let providers = calls.providers();
    match write {
        Write::Raise { split } => {
            providers.load_balancer.set_split(cx, SetSplit::new(*split)).await?;
        }
        Write::Cut => {
            providers.load_balancer.set_split(cx, SetSplit::new(Split::ALL_BLUE)).await?;
        }
        Write::Provision { revision, capacity } => {
            let request = Provision::new(revision.clone(), *capacity);
            let provisioned = providers.compute.provision(cx, request).await?;
            return Ok(Evidence { resources: provisioned.resources, report: None });
        }
        Write::PinBlue { minimum } => {
            providers.compute.pin(cx, Pin::new(Side::Blue, *minimum)).await?;
        }
        Write::Remove { side, resources } => {
            providers.compute.remove(cx, Remove::new(*side, resources.clone())).await?;
        }
        Write::RunHook { hook, resources } => {
            let request = HookRequest::new(hook.clone(), resources.clone());
            let report = providers.hooks.run(cx, request).await?;
            return Ok(Evidence { resources: Vec::new(), report: Some(report) });
        }
    }
    Ok(Evidence::default())
}
