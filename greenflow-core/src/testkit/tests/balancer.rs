//! A tiny balancer, and what the kit says of it.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::world::{LeapingClock, run};
use crate::provider::{
    CallContext, Clock, ErrorKind, Fence, FenceToken, Granularity, LoadBalancer,
    LoadBalancerCapabilities, ObservedSplit, ProviderError, RouteSplit, SetSplit,
};
use crate::testkit::load_balancer::{self, LoadBalancerFixture, OtherHand};
use crate::testkit::{ClauseResult, Fixture, NoStimulus, Report, Stimulus};
use crate::value::{RouteId, Split};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Does {
    Right,
    FillsInWhatIsHidden,
    PanicsInReads,
    HangsInWrites,
}

#[derive(Debug)]
struct Tiny {
    does: Does,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    foreign: bool,
    hidden: bool,
    split: Split,
    highest: FenceToken,
}

#[async_trait]
impl LoadBalancer for Tiny {
    fn capabilities(&self) -> LoadBalancerCapabilities {
        LoadBalancerCapabilities { granularity: Granularity::Whole, fence: Fence::PerOperation }
    }

    async fn set_split(&self, cx: &CallContext, request: SetSplit) -> Result<(), ProviderError> {
        if self.does == Does::HangsInWrites {
            return pending().await;
        }
        let refused = |kind| Err(ProviderError::new(kind, "set split").not_applied());
        let mut state = self.state.lock().unwrap();
        if !self.capabilities().granularity.represents(request.split.green()) {
            return refused(ErrorKind::InvalidRequest);
        }
        if cx.fence < state.highest {
            return refused(ErrorKind::Conflict);
        }
        *state = State { split: request.split, highest: cx.fence, ..State::default() };
        Ok(())
    }

    async fn read_split(&self, _: &CallContext) -> Result<ObservedSplit, ProviderError> {
        let state = self.state.lock().unwrap();
        assert!(self.does != Does::PanicsInReads, "a provider panicked");
        if state.hidden && self.does != Does::FillsInWhatIsHidden {
            return Err(ProviderError::new(ErrorKind::Unavailable, "read split"));
        }
        let split = (!state.foreign).then_some(state.split);
        let route = |route| RouteSplit { route, split, description: "weights".to_owned() };
        Ok(ObservedSplit { routes: names().into_iter().map(route).collect() })
    }
}

fn names() -> Vec<RouteId> {
    ["a", "b"].map(|name| RouteId::new(name).unwrap()).to_vec()
}

struct Fresh {
    balancer: Arc<Tiny>,
    clock: Arc<LeapingClock>,
    broken_hands: bool,
}

impl Fresh {
    fn new(does: Does) -> Self {
        let balancer = Arc::new(Tiny { does, state: Mutex::default() });
        Self { balancer, clock: Arc::default(), broken_hands: false }
    }
}

impl Fixture for Fresh {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }
}

#[async_trait]
impl LoadBalancerFixture for Fresh {
    fn load_balancer(&self) -> Arc<dyn LoadBalancer> {
        Arc::clone(&self.balancer) as Arc<dyn LoadBalancer>
    }

    fn routes(&self) -> Vec<RouteId> {
        names()
    }

    async fn set_by_another_hand(&self, hand: OtherHand) -> Stimulus {
        if self.broken_hands {
            return Err(NoStimulus::broke("no such file"));
        }
        let mut state = self.balancer.state.lock().unwrap();
        match hand {
            OtherHand::Split(split) => state.split = split,
            OtherHand::Foreign => state.foreign = true,
        }
        Ok(())
    }

    async fn hide_one_route(&self) -> Stimulus {
        self.balancer.state.lock().unwrap().hidden = true;
        Ok(())
    }
}

fn report(does: Does) -> Report {
    run(load_balancer::run_all("tiny", async || Fresh::new(does)))
}

#[test]
fn a_right_one_passes_and_says_what_was_skipped() {
    let report = report(Does::Right);
    report.assert_conformant();
    let skipped: Vec<&str> = report
        .clauses
        .iter()
        .filter(|clause| clause.result.is_skipped())
        .map(|clause| clause.id.as_str())
        .collect();
    // The fixture cannot decide the fate of a write.
    assert_eq!(skipped, ["LB-6", "LB-7"]);
}

#[test]
fn a_route_that_is_filled_in_is_found() {
    let report = report(Does::FillsInWhatIsHidden);
    let names: Vec<&str> = report.failed().iter().map(|clause| clause.name.as_str()).collect();
    assert_eq!(names, ["a_route_it_cannot_read_is_an_error"]);
}

#[test]
fn a_panic_is_a_failure_with_its_message() {
    let report = report(Does::PanicsInReads);
    assert!(!report.is_conformant());
    let text = report.to_string();
    assert!(text.contains("FAIL  panicked: a provider panicked"), "{text}");
}

#[test]
fn a_call_that_hangs_is_a_failure_and_not_a_hanging_kit() {
    let report = report(Does::HangsInWrites);
    assert!(report.failed_ids().is_superset(&BTreeSet::from(["LB-2", "LB-3", "LB-10"])));
    assert!(report.to_string().contains("did not answer within 10s"), "{report}");
}

#[test]
fn a_broken_fixture_is_a_failure_and_not_a_skip() {
    let report = run(load_balancer::run_all("tiny", async || Fresh {
        broken_hands: true,
        ..Fresh::new(Does::Right)
    }));
    let failed = report.failed();
    let why = ClauseResult::Fail("the fixture broke: no such file".to_owned());
    assert_eq!(failed.iter().map(|clause| &clause.result).collect::<Vec<_>>(), [&why]);
}
