//! What a route does with a request, read and made anew.

use std::fmt;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple,
};
use greenflow_core::value::Split;

use crate::weights;

/// Where a route forwards to, as read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Forward {
    /// To these target groups, by weight.
    Groups(Vec<(String, i32)>),
    /// Not at all: it answers or redirects itself, or has several ends.
    Other(String),
}

impl Forward {
    /// Reads the actions of a route.
    pub(crate) fn of(actions: &[Action]) -> Self {
        let ends: Vec<&Action> = actions.iter().filter(|action| is_end(action)).collect();
        let [end] = ends.as_slice() else {
            return Self::Other(format!("{} final actions", ends.len()));
        };
        if end.r#type != Some(ActionTypeEnum::Forward) {
            let kind = end.r#type.as_ref().map_or("no type", ActionTypeEnum::as_str);
            return Self::Other(kind.to_owned());
        }
        let groups = end.forward_config().map(ForwardActionConfig::target_groups);
        match (groups, end.target_group_arn()) {
            (Some(groups), _) if !groups.is_empty() => Self::Groups(
                groups
                    .iter()
                    .map(|group| {
                        let arn = group.target_group_arn().unwrap_or_default().to_owned();
                        // A weight that is left out is 1.
                        (arn, group.weight().unwrap_or(1))
                    })
                    .collect(),
            ),
            (_, Some(arn)) => Self::Groups(vec![(arn.to_owned(), 1)]),
            (_, None) => Self::Other("forward to nothing".to_owned()),
        }
    }

    /// Returns whether all traffic goes to `own` and the rest, if any, is `other` at 0.
    pub(crate) fn is_all_on(&self, own: &str, other: &str) -> bool {
        self.split(own, other) == Some(Split::ALL_BLUE)
    }

    /// Returns the split between these two; `None` when it is none of ours.
    pub(crate) fn split(&self, blue: &str, green: &str) -> Option<Split> {
        let Self::Groups(groups) = self else { return None };
        let known = |arn: &str| arn == blue || arn == green;
        if groups.iter().any(|(arn, _)| !known(arn)) {
            return None;
        }
        let weight = |wanted: &str| match groups.iter().filter(|(arn, _)| arn == wanted).count() {
            0 => Some(0),
            1 => groups.iter().find(|(arn, _)| arn == wanted).map(|(_, weight)| *weight),
            // Named twice: nobody knows what that means.
            _ => None,
        };
        weights::split(weight(blue)?, weight(green)?)
    }

    /// Returns whether this group may get any traffic.
    pub(crate) fn may_reach(&self, group: &str) -> bool {
        match self {
            Self::Groups(groups) => groups.iter().any(|(arn, weight)| arn == group && *weight != 0),
            Self::Other(_) => false,
        }
    }

    /// Returns whether this group is named, also with weight 0: only then is it health-checked.
    pub(crate) fn names(&self, group: &str) -> bool {
        match self {
            Self::Groups(groups) => groups.iter().any(|(arn, _)| arn == group),
            Self::Other(_) => false,
        }
    }
}

impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Groups(groups) => {
                let name = |arn: &str| arn.split('/').nth(1).unwrap_or(arn).to_owned();
                let all: Vec<String> =
                    groups.iter().map(|(arn, weight)| format!("{} {weight}", name(arn))).collect();
                f.write_str(&all.join(", "))
            }
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// Makes the actions of a route anew: what comes before the end (such as a login) and the
/// stickiness stay, and the end forwards to these groups.
pub(crate) fn with_weights(actions: &[Action], groups: [(&str, i32); 2]) -> Vec<Action> {
    let end = actions.iter().find(|action| is_end(action));
    let stickiness = end
        .and_then(Action::forward_config)
        .and_then(ForwardActionConfig::target_group_stickiness_config)
        .cloned();
    let tuple = |(arn, weight): (&str, i32)| {
        TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build()
    };
    let config = ForwardActionConfig::builder()
        .set_target_groups(Some(groups.map(tuple).to_vec()))
        .set_target_group_stickiness_config(stickiness)
        .build();
    let forward = Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .set_order(end.and_then(Action::order))
        .forward_config(config)
        .build();
    let before = actions.iter().filter(|action| !is_end(action)).cloned().map(|mut action| {
        // The secret is never read back; without this AWS asks for it anew.
        if let Some(login) = &mut action.authenticate_oidc_config {
            login.use_existing_client_secret = Some(true);
        }
        action
    });
    before.chain([forward]).collect()
}

/// Whether an action ends a rule: after all others it answers the request or passes it on.
fn is_end(action: &Action) -> bool {
    !matches!(
        action.r#type,
        Some(
            ActionTypeEnum::AuthenticateOidc
                | ActionTypeEnum::AuthenticateCognito
                | ActionTypeEnum::JwtValidation
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(groups: &[(&str, Option<i32>)]) -> Action {
        let tuple = |(arn, weight): &(&str, Option<i32>)| {
            TargetGroupTuple::builder().target_group_arn(*arn).set_weight(*weight).build()
        };
        let config = ForwardActionConfig::builder()
            .set_target_groups(Some(groups.iter().map(tuple).collect()))
            .build();
        Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config).build()
    }

    fn split(actions: &[Action]) -> Option<Split> {
        Forward::of(actions).split("blue", "green")
    }

    #[test]
    fn what_is_ours_is_read_and_what_is_not_is_shown() {
        let ours = [forward(&[("green", Some(0)), ("blue", Some(7))])];
        assert_eq!(split(&ours), Some(Split::ALL_BLUE));
        let only = Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn("green");
        assert_eq!(split(&[only.build()]), Some(Split::ALL_GREEN));
        let foreign: [&[(&str, Option<i32>)]; 4] = [
            &[("blue", Some(1)), ("other", Some(0))],
            &[("blue", Some(0)), ("green", Some(0))],
            &[("blue", Some(2)), ("green", None)],
            &[("blue", Some(1)), ("blue", Some(1))],
        ];
        for groups in foreign {
            let actions = [forward(groups)];
            assert_eq!(split(&actions), None, "{groups:?}");
            assert!(!Forward::of(&actions).to_string().is_empty());
        }
        let page = Action::builder().r#type(ActionTypeEnum::FixedResponse).build();
        assert_eq!((split(&[page]), split(&[])), (None, None));
    }

    #[test]
    fn a_login_before_the_end_is_kept_and_only_the_weights_change() {
        let login = aws_sdk_elasticloadbalancingv2::types::AuthenticateOidcActionConfig::builder()
            .issuer("https://login.example.com")
            .build();
        let login = Action::builder()
            .r#type(ActionTypeEnum::AuthenticateOidc)
            .authenticate_oidc_config(login)
            .order(1)
            .build();
        let mut end = forward(&[("blue", Some(100)), ("green", Some(0))]);
        end.order = Some(2);
        let made = with_weights(&[login, end], [("blue", 90), ("green", 10)]);
        assert_eq!(made.len(), 2);
        let kept = made[0].authenticate_oidc_config().unwrap();
        assert_eq!(kept.use_existing_client_secret(), Some(true));
        assert_eq!((made[1].order(), split(&made)), (Some(2), weights::split(90, 10)));
    }
}
