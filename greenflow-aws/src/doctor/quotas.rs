//! The quotas that a rollout could run into, as far as they can be read.

use std::collections::BTreeMap;

use super::found::Case;
use crate::api::ServiceState;

/// Both slots have their tasks at once in a rollout. How many targets others have on the load
/// balancer is not counted.
pub(super) fn quotas(limits: &BTreeMap<String, String>, services: &[ServiceState]) -> Vec<Case> {
    let limit = |name: &str| limits.get(name).and_then(|value| value.parse::<u64>().ok());
    let most = services.iter().map(|service| u64::from(service.desired)).max().unwrap_or(0);
    let mut cases = Vec::new();
    for (name, needed) in [(TARGETS, most.saturating_mul(2)), (GROUPS, 2)] {
        // One that AWS does not tell cannot be compared.
        let Some(allowed) = limit(name) else { continue };
        cases.push(Case::must(
            format!("quota {name}"),
            needed <= allowed,
            format!("a rollout needs {needed} and {allowed} are allowed: have it raised"),
        ));
    }
    cases
}

const TARGETS: &str = "targets-per-application-load-balancer";
const GROUPS: &str = "target-groups-per-action-on-application-load-balancer";
