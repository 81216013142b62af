//! The requests that come, and what becomes of them, minute by minute.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::Action;

use super::run::LB;
use super::state::{State, image, weights};
use super::world::Shared;

/// So many requests a second come for each application.
pub(crate) const PER_SECOND: f64 = 40.0;

/// What a target group, or nobody, served in one minute.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Minute {
    pub(crate) requests: f64,
    pub(crate) errors: f64,
    /// What the balancer answered because the target did not.
    pub(crate) broken: f64,
    pub(crate) nobody: f64,
}

impl Shared {
    /// What a target group served from one moment on and before another, which is over.
    pub(crate) fn served(&self, group: &str, from: Duration, until: Duration) -> Minute {
        let key = (group.to_owned(), from, until);
        if let Some(known) = self.served.lock().unwrap().get(&key) {
            return *known;
        }
        let mut sum = Minute::default();
        let mut add = |state: &State, from: Duration, until: Duration| {
            let minute = self.share(state, group, from, until.saturating_sub(from).as_secs_f64());
            sum.requests += minute.requests;
            sum.errors += minute.errors;
            sum.broken += minute.broken;
            sum.nobody += minute.nobody;
        };
        let mut cursor = from;
        let mut state = self.at(from);
        let history = self.history();
        let first = history.partition_point(|(at, _)| *at <= from);
        for (at, next) in history[first..].iter().take_while(|(at, _)| *at < until) {
            add(state, cursor, *at);
            (cursor, state) = (*at, next);
        }
        add(state, cursor, until);
        let minute = Minute {
            requests: sum.requests.round(),
            errors: sum.errors.round(),
            broken: sum.broken.round(),
            nobody: sum.nobody.round(),
        };
        self.served.lock().unwrap().insert(key, minute);
        minute
    }

    fn share(&self, state: &State, group: &str, at: Duration, seconds: f64) -> Minute {
        let name = group.split('/').nth(1).unwrap();
        let (app, _) = name.rsplit_once('-').unwrap();
        let routes: Vec<&Vec<Action>> = ["listener-rule", "listener"]
            .into_iter()
            .flat_map(|kind| state.routes_below(format!("{LB}:{kind}/app/{app}/")))
            .collect();
        let mut minute = Minute::default();
        let service = state.services.get(&super::run::service_arn(name));
        for actions in &routes {
            let all = weights(actions);
            let sum: i32 = all.iter().map(|(_, weight)| weight).sum();
            let own: i32 =
                all.iter().filter(|(arn, _)| arn == group).map(|(_, weight)| weight).sum();
            if sum == 0 {
                continue;
            }
            let part = PER_SECOND * seconds / f64::from(u32::try_from(routes.len()).unwrap());
            let requests = part * f64::from(own) / f64::from(sum);
            let Some(service) = service.filter(|service| service.healthy(at) > 0) else {
                minute.nobody += requests;
                continue;
            };
            let runs = self.definition(&service.task_definition).map(image).unwrap_or_default();
            let share = |bad: &[(String, i32, u32)]| {
                let mut bad = bad.iter();
                let found = bad.find(|(bad, from, _)| {
                    runs.ends_with(bad.as_str()) && own * 100 >= *from * sum
                });
                f64::from(found.map_or(0, |(_, _, of_thousand)| *of_thousand)) / 1000.0
            };
            minute.requests += requests;
            minute.errors += requests * share(&self.failing);
            minute.broken += requests * share(&self.breaking);
        }
        minute
    }
}
