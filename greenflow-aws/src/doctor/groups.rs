//! The two target groups: of one kind, and as weights need them.

use std::collections::BTreeMap;

use super::found::Case;
use crate::api::GroupState;
use crate::layout::Layout;

/// How both groups are set up, and where they are alike.
pub(super) fn groups(layout: &Layout, found: &[GroupState]) -> Vec<Case> {
    let of = |slot: usize| found.iter().find(|group| group.arn == layout.slots[slot].target_group);
    let (Some(a), Some(b)) = (of(0), of(1)) else {
        return vec![Case::must("target groups", false, "both must be there")];
    };
    let mut cases = Vec::new();
    for group in [a, b] {
        let what = |what: &str| format!("target group {}: {what}", group.name);
        cases.push(Case::must(
            what("target type"),
            group.target_type == "ip",
            format!(
                "must be ip, as tasks have addresses of their own; it is {}",
                group.target_type
            ),
        ));
        let wanted = layout.load_balancer().unwrap_or_default();
        let suffix = format!("loadbalancer/{wanted}");
        let attached = group.load_balancers.iter().any(|arn| arn.ends_with(&suffix));
        cases.push(Case::must(
            what("load balancer"),
            attached,
            format!("must be in use by the load balancer {wanted}; a rule has to name it"),
        ));
    }
    for (what, a_says, b_says) in [
        ("VPC", &a.vpc, &b.vpc),
        ("protocol", &a.protocol, &b.protocol),
        ("protocol version", &a.protocol_version, &b.protocol_version),
        ("health check", &differing(a, b).0, &differing(a, b).1),
    ] {
        cases.push(Case::must(
            format!("target groups: same {what}"),
            a_says == b_says,
            format!("must be the same of both; {} says {a_says}, {} {b_says}", a.name, b.name),
        ));
    }
    cases
}

/// What the two health checks say differently.
fn differing(a: &GroupState, b: &GroupState) -> (String, String) {
    let only = |own: &GroupState, other: &GroupState| -> String {
        let mine = own.health_check.iter();
        let mine = mine.filter(|(key, value)| other.health_check.get(*key) != Some(*value));
        mine.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", ")
    };
    (only(a, b), only(b, a))
}

/// What a group does with targets that come and go, and with sessions.
pub(super) fn attributes(name: &str, attributes: &BTreeMap<String, String>) -> Vec<Case> {
    let says = |key: &str| attributes.get(key).map_or("", String::as_str);
    let seconds = |key: &str| says(key).parse::<u64>().ok();
    let what = |what: &str| format!("target group {name}: {what}");
    let (delay, slow) = (seconds(DELAY), seconds(SLOW_START));
    vec![
        Case::should(
            what("deregistration delay"),
            delay.is_some_and(|delay| delay <= MOST_DELAY),
            format!(
                "{MOST_DELAY} s or less, as stopped tasks stay for the whole of it; it is {} s",
                says(DELAY)
            ),
        ),
        Case::should(
            what("slow start"),
            slow.unwrap_or(0) == 0,
            format!(
                "switch it off, as it does nothing for a group that was empty: small steps warm \
                 green up; it is {} s",
                says(SLOW_START)
            ),
        ),
        Case::must(
            what("stickiness"),
            says(STICKY) != "true",
            "switch it off: weights would move new sessions only",
        ),
    ]
}

const DELAY: &str = "deregistration_delay.timeout_seconds";
const SLOW_START: &str = "slow_start.duration_seconds";
const STICKY: &str = "stickiness.enabled";
/// In seconds.
const MOST_DELAY: u64 = 60;
