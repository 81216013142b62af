//! The requests that come, and what becomes of them, minute by minute.

use std::time::Duration;

use super::state::{State, image, weights};
use super::world::Shared;

/// So many requests a second.
pub(crate) const PER_SECOND: f64 = 40.0;

/// What a target group, or nobody, served in one minute.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Minute {
    pub(crate) requests: f64,
    pub(crate) errors: f64,
    pub(crate) nobody: f64,
}

impl Shared {
    /// What a target group served from one moment on and before another.
    pub(crate) fn served(&self, group: &str, from: Duration, until: Duration) -> Minute {
        let mut sum = Minute::default();
        let mut add = |state: &State, from: Duration, until: Duration| {
            let minute = self.share(state, group, from, until.saturating_sub(from).as_secs_f64());
            sum.requests += minute.requests;
            sum.errors += minute.errors;
            sum.nobody += minute.nobody;
        };
        let mut cursor = from;
        let mut state = self.at(from);
        for (at, next) in self.history().iter().filter(|(at, _)| *at > from && *at < until) {
            add(state, cursor, *at);
            (cursor, state) = (*at, next);
        }
        add(state, cursor, until);
        Minute {
            requests: sum.requests.round(),
            errors: sum.errors.round(),
            nobody: sum.nobody.round(),
        }
    }

    fn share(&self, state: &State, group: &str, at: Duration, seconds: f64) -> Minute {
        let routes = state.routes.len().max(1);
        let mut minute = Minute::default();
        let service = state.services.values().find(|service| service.group == group);
        for actions in state.routes.values() {
            let all = weights(actions);
            let sum: i32 = all.iter().map(|(_, weight)| weight).sum();
            let own: i32 =
                all.iter().filter(|(arn, _)| arn == group).map(|(_, weight)| weight).sum();
            if sum == 0 {
                continue;
            }
            let routes = f64::from(u32::try_from(routes).unwrap());
            let requests = PER_SECOND * seconds * f64::from(own) / f64::from(sum) / routes;
            let Some(service) = service.filter(|service| service.healthy(at) > 0) else {
                minute.nobody += requests;
                continue;
            };
            let runs = self.definition(&service.task_definition).map(image).unwrap_or_default();
            let failing = self
                .failing
                .iter()
                .find(|(bad, from, _)| runs.ends_with(bad.as_str()) && own * 100 >= *from * sum);
            let share = failing.map_or(0, |(_, _, of_thousand)| *of_thousand);
            minute.requests += requests;
            minute.errors += requests * f64::from(share) / 1000.0;
        }
        minute
    }
}
