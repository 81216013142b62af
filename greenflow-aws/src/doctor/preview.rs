//! What else forwards to the two slots: static preview rules, and traffic that a rollout would not
//! move.

use super::found::Case;
use crate::api::RuleState;
use crate::forward::Forward;
use crate::layout::{Layout, Route, Which};

/// Looks at every rule of the load balancer, listener by listener, that is none of the routes.
pub(super) fn previews(layout: &Layout, listeners: &[(String, Vec<RuleState>)]) -> Vec<Case> {
    let [a, b] = Which::BOTH.map(|which| layout.slot(which).target_group.as_str());
    let mut cases = Vec::new();
    let mut previewed = [false, false];
    for (listener, rules) in listeners {
        for rule in rules.iter().filter(|rule| !is_route(layout, listener, rule)) {
            let forward = Forward::of(&rule.actions);
            let reaches = [forward.may_reach(a), forward.may_reach(b)];
            if reaches == [false, false] {
                continue;
            }
            // A static rule for test traffic; the default one of a listener with production
            // traffic takes whatever no other rule does.
            let production = rule.is_default && has_route(layout, listener);
            let single = reaches != [true, true] && !production;
            if single {
                previewed = [previewed[0] || reaches[0], previewed[1] || reaches[1]];
            }
            cases.push(Case::must(
                format!("{}: preview", rule.arn),
                single,
                format!(
                    "sends traffic to the slots that a rollout would not move ({forward}): name it \
                     among the routes, or let it forward to one slot for test traffic alone"
                ),
            ));
        }
    }
    for (which, previewed) in Which::BOTH.into_iter().zip(previewed) {
        let group = &layout.slot(which).target_group;
        cases.push(Case::should(
            format!("{group}: preview rule"),
            previewed,
            "add a static rule that forwards to it alone, for example by a header, or suites and \
             probes cannot reach green before it has traffic",
        ));
    }
    cases
}

fn is_route(layout: &Layout, listener: &str, rule: &RuleState) -> bool {
    layout.routes.iter().any(|route| match route {
        Route::Rule(arn) => *arn == rule.arn,
        Route::Listener(arn) => rule.is_default && arn == listener,
    })
}

/// Whether production traffic comes in there.
fn has_route(layout: &Layout, listener: &str) -> bool {
    layout.routes.iter().any(|route| match route {
        Route::Rule(arn) => listener_of(arn).as_deref() == Some(listener),
        Route::Listener(arn) => arn == listener,
    })
}

/// From `…:listener-rule/app/name/id/listener/rule`: `…:listener/app/name/id/listener`.
fn listener_of(rule: &str) -> Option<String> {
    let (listener, _) = rule.rsplit_once('/')?;
    Some(listener.replacen(":listener-rule/", ":listener/", 1))
}
