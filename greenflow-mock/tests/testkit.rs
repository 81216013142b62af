//! The test kit on the world, through everything that wraps a provider, and on what is broken.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::provider::layer::{Limited, Rate, Traced};
use greenflow_core::provider::{
    Append, Clock, Create, Fence, Granularity, Journal, JournalError, LeaseToken, ListFilter, Rest,
    Standing, Summary,
};
use greenflow_core::testkit::journal::JournalFixture;
use greenflow_core::testkit::{self, Fixture, NoStimulus, Stimulus};
use greenflow_mock::broken::Mistake;
use greenflow_mock::fixtures::{WorldFixture, kit, world_for_kit};

#[test]
fn the_world_keeps_every_contract() {
    kit::world("world", &world_for_kit()).assert_conformant();
}

#[test]
fn it_keeps_them_with_every_fence_and_granularity() {
    let bound = Duration::from_secs(120);
    for fence in [Fence::PerOperation, Fence::Conditional, Fence::Late { bound }] {
        for granularity in [Granularity::Steps { basis_points: 100 }, Granularity::Whole] {
            let mut spec = world_for_kit();
            spec.router.fence = fence;
            spec.router.granularity = granularity;
            kit::world(&format!("{fence:?} {granularity:?}"), &spec).assert_conformant();
        }
    }
}

#[test]
fn only_what_the_world_cannot_do_is_skipped() {
    let mut skipped = BTreeSet::new();
    let mut spec = world_for_kit();
    spec.router.fence = Fence::PerOperation;
    spec.router.granularity = Granularity::Steps { basis_points: 100 };
    for report in kit::world("world", &spec).0 {
        let names = report.clauses.into_iter().filter(|clause| clause.result.is_skipped());
        skipped.extend(names.map(|clause| clause.name));
    }
    let expected = [
        "a_route_it_cannot_read_is_an_error",
        "an_appended_frame_survives",
        "who_may_write_survives",
    ];
    assert_eq!(skipped, expected.map(str::to_owned).into());
}

#[test]
fn the_threshold_judge_keeps_its_contract() {
    testkit::judge::run_all("threshold", ThresholdJudge::new).assert_conformant();
}

#[test]
fn each_mistake_is_found_by_its_clause_and_by_no_other() {
    let mut wrong = String::new();
    for mistake in Mistake::all() {
        let report = mistake.report();
        if report.failed_ids() != BTreeSet::from([mistake.clause()]) {
            wrong.push_str(&format!(
                "{} should break {}:\n{report}\n",
                mistake.name(),
                mistake.clause()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_clause_has_a_mistake() {
    let of_world = kit::world("world", &world_for_kit()).0;
    let of_judge = testkit::judge::run_all("threshold", ThresholdJudge::new);
    let clauses: BTreeSet<String> = of_world
        .into_iter()
        .chain([of_judge])
        .flat_map(|report| report.clauses.into_iter().map(|clause| clause.id))
        .collect();
    let found = Mistake::all().into_iter().map(|mistake| mistake.clause().to_owned()).collect();
    assert_eq!(clauses, found);
}

#[test]
fn names_of_mistakes_are_unique() {
    let names: BTreeSet<&str> = Mistake::all().into_iter().map(Mistake::name).collect();
    assert_eq!(names.len(), Mistake::all().len());
    for name in names {
        assert_eq!(Mistake::named(name).map(Mistake::name), Some(name));
    }
}

/// What a store has lost when it is opened anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lost {
    Nothing,
    Everything,
    Epoch,
    Lease,
    Lock,
}

/// A journal whose store has lost something when it is opened anew.
struct Reopened {
    world: WorldFixture,
    lost: Lost,
}

impl Fixture for Reopened {
    fn clock(&self) -> Arc<dyn Clock> {
        self.world.clock()
    }
}

#[async_trait]
impl JournalFixture for Reopened {
    fn journal(&self) -> Arc<dyn Journal> {
        self.world.world_journal()
    }

    async fn reopen(&self) -> Stimulus<Arc<dyn Journal>> {
        let journal = self.journal();
        lose(&journal, &self.world, self.lost).await.map_err(NoStimulus::broke)
    }
}

/// Returns the journal without what it has lost of its one rollout.
async fn lose(
    journal: &Arc<dyn Journal>,
    world: &WorldFixture,
    lost: Lost,
) -> Result<Arc<dyn Journal>, JournalError> {
    let listed = journal.list(ListFilter::default()).await?.remove(0);
    let Summary { rollout, service, epoch, head, .. } = listed;
    let Some(owner) = listed.owner else { return Err(JournalError::NotFound(rollout)) };
    let token = LeaseToken { rollout: rollout.clone(), owner: owner.clone(), epoch };
    let same = Arc::clone(journal);
    match lost {
        Lost::Nothing => Ok(same),
        Lost::Everything => Ok(Arc::new(world.world().journal())),
        Lost::Epoch => {
            let frames = same.read(&rollout, 0, 1000).await?;
            let frames = frames.into_iter().map(|stored| stored.frame).collect();
            let fresh = world.world().journal();
            let ttl = Duration::from_secs(60);
            fresh.create(Create { rollout, service, owner, ttl, frames }).await?;
            Ok(Arc::new(fresh))
        }
        Lost::Lease => same.release(&token, Rest::default()).await.map(|()| same),
        Lost::Lock => {
            let standing = Standing { ended: false, locks_service: false };
            let (expected_head, frames) = (head, Vec::new());
            let request = Append { token, expected_head, frames, standing, urgent: false };
            same.append(request).await.map(|()| same)
        }
    }
}

#[test]
fn what_does_not_survive_is_found() {
    for (lost, frames, hands) in [
        (Lost::Nothing, false, false),
        (Lost::Everything, true, true),
        (Lost::Epoch, false, true),
        (Lost::Lease, false, true),
        (Lost::Lock, false, true),
    ] {
        let reopened = || Reopened { world: WorldFixture::new(&world_for_kit()), lost };
        let fixture = reopened();
        let result = fixture.world.run(testkit::journal::an_appended_frame_survives(&fixture));
        assert_eq!(result.is_fail(), frames, "{lost:?}: {result}");
        let fixture = reopened();
        let result = fixture.world.run(testkit::journal::who_may_write_survives(&fixture));
        assert_eq!(result.is_fail(), hands, "{lost:?}: {result}");
    }
}

/// Runs every trait of the list through `$wrap`, which makes a provider of a provider.
macro_rules! through {
    ($name:literal, $fixture:ident, $inner:ident => $wrap:expr; $($kit:ident: $get:expr,)*) => {$({
        let report = kit::$kit($name, &world_for_kit(), |$fixture| {
            let $inner = $get;
            Arc::new($wrap)
        });
        report.assert_conformant();
    })*};
}

/// The same, for all that have a call context.
macro_rules! through_all {
    ($name:literal, $fixture:ident, $inner:ident => $wrap:expr) => {
        through! { $name, $fixture, $inner => $wrap;
            load_balancer: $fixture.providers().load_balancer,
            compute: $fixture.providers().compute,
            health: $fixture.providers().health,
            metrics: $fixture.providers().metrics,
            checks: $fixture.providers().checks,
            hooks: $fixture.providers().hooks,
            notifier: $fixture.providers().notifier,
        }
    };
}

fn clock(fixture: &WorldFixture) -> Arc<dyn Clock> {
    Arc::new(fixture.world().clock())
}

#[test]
fn every_provider_passes_through_an_arc() {
    // The outer Arc is the kit's, the inner one is under test.
    through_all!("Arc", fixture, inner => inner);
    through!("Arc", fixture, inner => inner;
        journal: fixture.world_journal(), clock: clock(fixture),);
}

#[test]
fn every_provider_passes_through_a_box() {
    through_all!("Box", fixture, inner => Box::new(inner));
    through!("Box", fixture, inner => Box::new(inner);
        journal: fixture.world_journal(), clock: clock(fixture),);
}

#[test]
fn every_provider_passes_traced() {
    through_all!("Traced", fixture, inner => Traced::new("world", inner));
    through!("Traced", fixture, inner => Traced::new("world", inner);
        journal: fixture.world_journal(),);
}

#[test]
fn every_provider_passes_limited() {
    let rate = Rate::per_second(50).with_burst(20);
    through_all!("Limited", fixture, inner => Limited::new(inner, rate, clock(fixture)));
}

#[test]
fn every_provider_passes_traced_around_limited() {
    let rate = Rate::per_second(50).with_burst(20);
    through_all!("both", fixture, inner => {
        Traced::new("world", Limited::new(inner, rate, clock(fixture)))
    });
}
