//! The routes of the layout.

use aws_sdk_elasticloadbalancingv2::types::{Action, ForwardActionConfig};
use greenflow_core::value::Split;

use super::found::Case;
use crate::forward::Forward;
use crate::layout::{Layout, Which};

pub(super) fn routes(layout: &Layout, actions: &[Vec<Action>]) -> Vec<Case> {
    let [a, b] = Which::BOTH.map(|which| layout.slot(which).target_group.as_str());
    let mut cases = Vec::new();
    let mut whole = Vec::new();
    for (route, actions) in layout.routes.iter().zip(actions) {
        let forward = Forward::of(actions);
        let split = forward.split(a, b);
        let what = |what: &str| format!("{}: {what}", route.arn());
        cases.push(Case::must(
            what("target groups"),
            forward.names(a) && forward.names(b),
            format!(
                "must forward to both target groups, to the idle one with weight 0, or its \
                 targets are never health-checked; it says: {forward}"
            ),
        ));
        cases.push(Case::must(
            what("weights"),
            split.is_some_and(Split::is_whole),
            format!("all traffic must be on one of the two; it says: {forward}"),
        ));
        cases.push(Case::must(
            what("stickiness"),
            !is_sticky(actions),
            "switch it off: weights would move new sessions only, and the way back none of the \
             old ones",
        ));
        whole.push(split);
    }
    let agree = whole.windows(2).all(|pair| pair[0] == pair[1]);
    let remedy = "the rules and listeners must agree on which slot has the traffic";
    cases.push(Case::must("routes agree", agree, remedy));
    cases
}

/// The slot that has all of the traffic of every route, if one has.
pub(super) fn serving(layout: &Layout, actions: &[Vec<Action>]) -> Option<Which> {
    Which::BOTH.into_iter().find(|which| {
        let (own, other) = (layout.slot(*which), layout.slot(which.other()));
        !actions.is_empty()
            && actions.iter().all(|actions| {
                Forward::of(actions).is_all_on(&own.target_group, &other.target_group)
            })
    })
}

fn is_sticky(actions: &[Action]) -> bool {
    let forwards = actions.iter().filter_map(Action::forward_config);
    let mut configs = forwards.filter_map(ForwardActionConfig::target_group_stickiness_config);
    configs.any(|config| config.enabled() == Some(true))
}
