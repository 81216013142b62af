use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::provider::{
    Applied, CallContext, CheckOutcome, CheckRequest, CheckStage, Clock as _, FenceToken,
    HookRequest, Notice, NoticeKey, NoticeKind, Pin, ProbeRequest, Provision, Remove,
    SampleRequest, SetSplit,
};
use greenflow_core::provider::{Audience, ErrorKind, Providers};
use greenflow_core::value::{
    CheckName, Digest, EffectId, HookName, MetricName, ProbeName, Revision, RolloutId, Side, Split,
    Weight,
};

use crate::faults::{Fault, FaultKind, Pick};
use crate::world::{AnswerChange, Change, Health, MetricsBehaviour, SideChange, Trigger};
use crate::{Operation, Sim, World, WorldSpec};

struct Fixture {
    world: World,
    sim: Sim,
    providers: Providers,
}

fn fixture(spec: &WorldSpec) -> Fixture {
    let world = World::new(spec, 7);
    Fixture { sim: Sim::new(&world), providers: world.providers(), world }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn cx(sequence: u64) -> CallContext {
    let token = FenceToken { epoch: 1, sequence };
    CallContext::new(RolloutId::new("r-1").unwrap(), token, secs(10))
        .for_effect(EffectId::new(sequence))
}

fn green(percent: u8) -> Split {
    Split::to_green(Weight::from_percent(percent).unwrap())
}

fn revision() -> Revision {
    Revision::new("api", Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap())
}

impl Fixture {
    fn provision(&self, sequence: u64) -> Vec<greenflow_core::value::ResourceId> {
        let request = Provision::new(revision(), 6);
        let context = cx(sequence);
        let call = self.providers.compute.provision(&context, request);
        self.sim.run(call).unwrap().unwrap().resources
    }

    fn shift(&self, sequence: u64, percent: u8) -> Result<(), ErrorKind> {
        let context = cx(sequence);
        let call = self.providers.load_balancer.set_split(&context, SetSplit::new(green(percent)));
        self.sim.run(call).unwrap().map_err(|error| error.kind())
    }

    fn seen(&self) -> Option<Split> {
        let context = cx(0);
        let call = self.providers.load_balancer.read_split(&context);
        self.sim.run(call).unwrap().unwrap().agreed()
    }

    fn sample(
        &self,
        start: u64,
        end: u64,
    ) -> Result<greenflow_core::provider::IntervalSample, ErrorKind> {
        let begin = WorldSpec::healthy().begins();
        let mut request = SampleRequest::new(begin.after(secs(start)), begin.after(secs(end)));
        request.thresholds = vec![Duration::from_millis(500)];
        request.metrics = ["error-tracker", "cpu", "nobody-knows-it"]
            .map(|name| MetricName::new(name).unwrap())
            .into();
        let context = cx(0);
        let call = self.providers.metrics.sample(&context, request);
        self.sim.run(call).unwrap().map_err(|error| error.kind())
    }
}

#[test]
fn a_split_is_set_read_back_and_followed_by_the_traffic() {
    let it = fixture(&WorldSpec::healthy());
    it.provision(1);
    it.sim.let_pass(secs(60));
    it.shift(2, 10).unwrap();
    assert_eq!(it.seen(), Some(green(10)));
    it.sim.let_pass(secs(300));
    let history = it.world.history();
    let shares: Vec<f64> = history.iter().map(|change| change.share.green).collect();
    assert!((shares.last().unwrap() - 0.1).abs() < 1e-9, "{shares:?}");
    assert!((shares[shares.len() - 2] - 0.099).abs() < 1e-9, "a share lingers: {shares:?}");
    let totals = it.world.totals();
    assert_eq!(totals.blue + totals.green + totals.nobody, totals.arrived);
    assert_eq!((totals.nobody, totals.failed, totals.harmed), (0, 0, 0));
    assert!((5_000..6_500).contains(&totals.green), "{totals:?}");
    assert_eq!(it.world.calls()[&Operation::SetSplit], 1);
}

#[test]
fn provisioning_takes_its_time_and_repeats_make_nothing_new() {
    let it = fixture(&WorldSpec::healthy());
    let made = it.provision(1);
    assert_eq!(it.provision(1), made);
    let describe = || it.sim.run(it.providers.compute.describe(&cx(0))).unwrap().unwrap();
    let sides = describe();
    assert_eq!((sides.green.desired, sides.green.healthy), (6, 0));
    assert_eq!((sides.blue.healthy, sides.blue.target_capacity_per_kilosecond), (6, Some(60_000)));
    it.sim.let_pass(secs(60));
    let sides = describe();
    assert_eq!((sides.green.healthy, &sides.green.resources), (6, &made));
    assert_eq!(sides.green.digests, [revision().digest]);
}

#[test]
fn pins_show_and_go() {
    let it = fixture(&WorldSpec::healthy());
    let pin = |sequence, minimum| {
        let context = cx(sequence);
        let call = it.providers.compute.pin(&context, Pin::new(Side::Blue, minimum));
        it.sim.run(call).unwrap().unwrap();
        it.world.truth().sides.blue.pinned_at
    };
    assert_eq!((pin(1, Some(6)), pin(2, None)), (Some(6), None));
}

#[test]
fn what_takes_traffic_is_not_removed_and_what_is_gone_is_removed() {
    let it = fixture(&WorldSpec::healthy());
    let resources = it.provision(1);
    it.sim.let_pass(secs(60));
    let remove = |sequence, side, resources: Vec<_>| {
        let context = cx(sequence);
        let call = it.providers.compute.remove(&context, Remove::new(side, resources));
        it.sim.run(call).unwrap()
    };
    let blue = it.sim.run(it.providers.compute.describe(&cx(0))).unwrap().unwrap().blue.resources;
    let error = remove(2, Side::Blue, blue).unwrap_err();
    assert_eq!((error.kind(), error.applied()), (ErrorKind::Conflict, Applied::No));
    remove(3, Side::Green, resources.clone()).unwrap();
    remove(3, Side::Green, resources).unwrap();
    let truth = it.world.truth();
    assert!(!truth.sides.green.exists && truth.sides.green.running == 0);
    assert_eq!(truth.sides.blue.healthy, 6);
}

#[test]
fn a_side_without_targets_serves_nobody_and_over_capacity_fails() {
    let it = fixture(&WorldSpec::healthy());
    it.shift(1, 50).unwrap();
    it.sim.let_pass(secs(60));
    let totals = it.world.totals();
    assert!((5_000..6_500).contains(&totals.nobody), "{totals:?}");
    assert_eq!(totals.harmed, totals.nobody);
    let it = fixture(&WorldSpec::healthy());
    it.world.change(Change::Side(Side::Blue, SideChange::Targets(1)));
    it.sim.let_pass(secs(60));
    let totals = it.world.totals();
    assert!((8_000..8_800).contains(&totals.failed), "60 of 200 a second fit: {totals:?}");
}

#[test]
fn a_write_that_times_out_lands_late() {
    let fault = Fault::new(FaultKind::TimeoutLate { after: secs(95) })
        .on(Operation::SetSplit)
        .picking(Pick::First(1));
    let it = fixture(&WorldSpec::healthy().with_fault(fault));
    assert_eq!(it.shift(1, 50), Err(ErrorKind::Timeout));
    assert_eq!(it.seen(), Some(Split::ALL_BLUE));
    it.shift(2, 10).unwrap();
    assert_eq!(it.seen(), Some(green(10)));
    it.sim.let_pass(secs(95));
    assert_eq!(it.seen(), Some(green(50)), "the stale write came after the newer one");
}

#[test]
fn every_fault_of_a_write_says_what_it_leaves_open() {
    let outcome = |kind| {
        let it =
            fixture(&WorldSpec::healthy().with_fault(Fault::new(kind).picking(Pick::First(1))));
        let context = cx(1);
        let call = it.providers.load_balancer.set_split(&context, SetSplit::new(green(10)));
        let answer = it.sim.run(call).unwrap();
        let applied = it.seen() == Some(green(10));
        (answer.map_err(|error| (error.kind(), error.applied())), applied)
    };
    let lost = |kind| Err((kind, Applied::Unknown));
    let refused = |kind| Err((kind, Applied::No));
    let throttle = FaultKind::Throttle { retry_after: None };
    assert_eq!(outcome(throttle), (refused(ErrorKind::Throttled), false));
    assert_eq!(outcome(FaultKind::Outage), (refused(ErrorKind::Unavailable), false));
    assert_eq!(outcome(FaultKind::TimeoutLost), (lost(ErrorKind::Timeout), false));
    assert_eq!(outcome(FaultKind::TimeoutApplied), (lost(ErrorKind::Timeout), true));
    assert_eq!(outcome(FaultKind::AckLost), (Ok(()), false));
    assert_eq!(outcome(FaultKind::AnswerLost), (lost(ErrorKind::Unavailable), true));
    assert_eq!(outcome(FaultKind::Malformed), (lost(ErrorKind::Unexpected), true));
    assert_eq!(outcome(FaultKind::Slow { by: secs(3) }), (Ok(()), true));
    assert_eq!(outcome(FaultKind::Denied), (refused(ErrorKind::PermissionDenied), false));
}

#[test]
fn a_dropped_call_leaves_the_provider_usable() {
    let fault = Fault::new(FaultKind::Hang).on(Operation::SetSplit).picking(Pick::First(1));
    let it = fixture(&WorldSpec::healthy().with_fault(fault));
    let clock = it.world.clock();
    let first = cx(1);
    let call = it.providers.load_balancer.set_split(&first, SetSplit::new(green(10)));
    let race = futures_util::future::select(call, clock.sleep_until(secs(10)));
    drop(it.sim.run(race).unwrap());
    assert_eq!(it.world.truth().calls_in_flight, 0);
    it.shift(1, 10).unwrap();
    assert_eq!(it.seen(), Some(green(10)));
    assert!(it.world.trace().to_text().contains("drop set_split 1"));
}

#[test]
fn metrics_count_closed_intervals_only() {
    let it = fixture(&WorldSpec::healthy());
    it.sim.let_pass(secs(120));
    let sample = it.sample(0, 60).unwrap();
    let blue = sample.blue.unwrap();
    assert!((11_400..12_600).contains(&blue.requests), "{blue:?}");
    assert_eq!((blue.errors, blue.slower[0].count), (0, 0));
    let names: Vec<&str> =
        blue.gauges.keys().chain(blue.events.keys()).map(|n| n.as_str()).collect();
    assert_eq!(names, ["cpu", "error-tracker"], "an unknown metric is absent, never 0");
    assert_eq!((sample.green.unwrap().requests, sample.unserved), (0, Some(0)));
    let end = it.sample(60, 300).unwrap().end;
    let complete = it.world.clock().true_wall().before(secs(5));
    assert!(end <= complete, "an open end is cut");
    assert_eq!(it.sample(115, 300), Err(ErrorKind::Unavailable), "too short");
}

#[test]
fn a_metric_source_can_lie_in_every_way() {
    let it = fixture(&WorldSpec::healthy());
    it.sim.let_pass(secs(1000));
    let ask = |behaviour| {
        it.world.change(Change::Answer(AnswerChange::Metrics(behaviour)));
        it.sample(900, 960)
    };
    let truth = ask(MetricsBehaviour::True).unwrap();
    let swapped = ask(MetricsBehaviour::Swapped).unwrap();
    assert_eq!((&swapped.blue, &swapped.green), (&truth.green, &truth.blue));
    assert!(ask(MetricsBehaviour::Missing).unwrap().blue.is_none());
    let nan = ask(MetricsBehaviour::NotANumber(Side::Green)).unwrap();
    assert!(nan.green.is_none() && nan.blue == truth.blue);
    assert_eq!(ask(MetricsBehaviour::Empty).unwrap().blue.unwrap().requests, 0);
    let nonsense = ask(MetricsBehaviour::Nonsense).unwrap().blue.unwrap();
    assert!(nonsense.errors > nonsense.requests);
    let stale = ask(MetricsBehaviour::Stale(secs(600))).unwrap();
    assert_eq!(truth.start.since(stale.start), secs(600));
    assert_eq!(ask(MetricsBehaviour::Error), Err(ErrorKind::Unavailable));
    let stuck = ask(MetricsBehaviour::Stuck).unwrap();
    it.sim.let_pass(secs(1000));
    assert_eq!(it.sample(1800, 1860).unwrap(), stuck);
}

#[test]
fn probes_follow_their_side_and_names_can_be_unknown() {
    let mut spec = WorldSpec::healthy();
    spec.strict_names = true;
    spec.probes.push((ProbeName::new("api").unwrap(), Default::default()));
    let it = fixture(&spec);
    let probe = |name, side| {
        let request = ProbeRequest::new(ProbeName::new(name).unwrap(), side);
        it.sim.run(it.providers.health.probe(&cx(0), request)).unwrap()
    };
    assert!(probe("api", Side::Blue).unwrap().healthy);
    assert!(!probe("api", Side::Green).unwrap().healthy);
    assert_eq!(probe("redis", Side::Blue).unwrap_err().kind(), ErrorKind::NotFound);
    it.provision(1);
    it.sim.let_pass(secs(60));
    assert_eq!(probe("api", Side::Green).unwrap().seen, Some(revision().digest));
    it.world.change(Change::Side(Side::Green, SideChange::Health(Health::Never)));
    assert!(!probe("api", Side::Green).unwrap().healthy);
}

#[test]
fn checks_hooks_and_notices() {
    let it = fixture(&WorldSpec::healthy());
    let request = CheckRequest::new(CheckName::new("e2e").unwrap(), CheckStage::Verify, revision());
    let report = it.sim.run(it.providers.checks.run(&cx(0), request)).unwrap().unwrap();
    assert_eq!(report.outcome, CheckOutcome::Passed);

    let request = || HookRequest::new(HookName::new("backup").unwrap(), Vec::new());
    let (first, again) = (cx(5), cx(5));
    let both = futures_util::future::join(
        it.providers.hooks.run(&first, request()),
        it.providers.hooks.run(&again, request()),
    );
    let (one, two) = it.sim.run(both).unwrap();
    assert_eq!(one.unwrap(), two.unwrap(), "the same effect is done once");
    let found = |sequence| {
        let cx = cx(sequence);
        it.sim.run(it.providers.hooks.find(&cx, request())).unwrap().unwrap()
    };
    assert!(found(5).is_some() && found(6).is_none());

    for _ in 0..2 {
        let notice = Notice {
            key: NoticeKey("k".to_owned()),
            kind: NoticeKind::Info,
            audience: Audience::Channel,
            text: "started".to_owned(),
        };
        it.sim.run(it.providers.notifier.notify(&cx(0), notice)).unwrap().unwrap();
    }
    assert_eq!(it.world.notices().len(), 1);
}

#[test]
fn changes_wait_for_phases_and_weights_and_are_taken_back() {
    use crate::world::{Planned, RouterChange};
    let bad = Change::Side(Side::Green, SideChange::Errors(0.5));
    let manual = Planned::new(
        Trigger::green_at(Weight::from_percent(50).unwrap()).later(secs(60)),
        Change::Router(RouterChange::Split(green(80))),
    )
    .lasting(secs(600));
    let spec = WorldSpec::healthy()
        .with_change(Trigger::on(PhaseName::Baking).later(secs(10)), bad)
        .with_planned(manual);
    let it = fixture(&spec);
    it.provision(1);
    it.sim.let_pass(secs(60));
    it.shift(2, 50).unwrap();
    it.sim.let_pass(secs(70));
    assert_eq!(it.seen(), Some(green(80)));
    it.sim.let_pass(secs(600));
    assert_eq!(it.seen(), Some(green(50)), "taken back");
    assert_eq!(it.world.totals().failed, 0);
    it.world.note_phase(PhaseName::Baking);
    it.sim.let_pass(secs(60));
    assert!(it.world.totals().failed > 2_000);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let fault = Fault::new(FaultKind::TimeoutLost).picking(Pick::Chance(0.3));
        let world = World::new(&WorldSpec::healthy().with_fault(fault), seed);
        let (sim, providers) = (Sim::new(&world), world.providers());
        for sequence in 1..40 {
            let split = SetSplit::new(green(u8::try_from(sequence).unwrap()));
            let _ = sim.run(providers.load_balancer.set_split(&cx(sequence), split)).unwrap();
            let _ = sim.run(providers.compute.describe(&cx(0))).unwrap();
            sim.let_pass(secs(30));
        }
        (world.trace().to_text(), world.totals())
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3).0, run(4).0, "other faults");
    assert_ne!(run(3).1, run(4).1, "other counts");
}

#[test]
fn a_question_more_changes_no_fault() {
    let struck = |ask: bool| {
        let fault =
            Fault::new(FaultKind::TimeoutLost).on(Operation::SetSplit).picking(Pick::Chance(0.5));
        let it = fixture(&WorldSpec::healthy().with_fault(fault));
        let run = |sequence| {
            if ask {
                it.sim.let_pass(secs(20));
                let _ = it.sample(0, 10);
            }
            it.shift(sequence, 1).is_err()
        };
        (1..50).map(run).collect::<Vec<bool>>()
    };
    assert_eq!(struck(true), struck(false));
}

#[test]
fn a_week_of_polls_is_cheap_in_pieces_and_true_in_sum() {
    let mut spec = WorldSpec::healthy().without_trace();
    spec.traffic.diurnal = Some(crate::world::Diurnal { peak: secs(14 * 3600), swing: 0.5 });
    let it = fixture(&spec);
    let mut counted = 0;
    for half_hour in 0..2 * 24 * 7 {
        it.sim.let_pass(secs(1800));
        let start = half_hour * 1800;
        if half_hour > 0 {
            counted += it.sample(start - 1800, start).unwrap().blue.unwrap().requests;
        }
    }
    let totals = it.world.totals();
    assert!(counted < totals.arrived && counted > totals.arrived / 100 * 98);
    let mean = 200 * 7 * 86_400;
    assert!(totals.arrived > mean / 100 * 98 && totals.arrived < mean / 100 * 102, "{totals:?}");
    assert_eq!((totals.failed, totals.harmed), (0, 0));
}

#[test]
fn observers_see_every_event() {
    let it = fixture(&WorldSpec::healthy());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = std::sync::Arc::clone(&seen);
    it.world.observe(move |truth| log.lock().unwrap().push(truth.share.green));
    it.shift(1, 10).unwrap();
    it.sim.let_pass(secs(60));
    let seen = seen.lock().unwrap();
    assert!(seen.first() == Some(&0.0) && (seen.last().unwrap() - 0.1).abs() < 1e-9, "{seen:?}");
}
