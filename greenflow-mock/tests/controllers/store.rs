//! The store is full, or away (S43).

use futures_util::future::join;
use greenflow_core::engine::EngineError;
use greenflow_core::fact::{Fact, Write};
use greenflow_core::machine::{Action, Command, Ended, PhaseName};
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Side, Split, Weight, Who};
use greenflow_mock::faults::{Fault, FaultKind};
use greenflow_mock::world::{Change, Planned, SideChange, Trigger};
use greenflow_mock::{Operation, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, short_plan};

/// So long after green got its first traffic.
fn shifting_for(seconds: u32) -> Trigger {
    let at_least = Weight::from_percent(10).unwrap();
    Trigger::Green { at_least, after: seconds * SECOND }
}

fn raises(stage: &Stage) -> Vec<Split> {
    let raise = |fact: &Fact| match fact {
        Fact::Intent { write: Write::Raise { split }, .. } => Some(*split),
        _ => None,
    };
    stage.entries().iter().filter_map(|entry| raise(&entry.fact)).collect()
}

#[test]
fn a_full_store_lets_nothing_go_forward_and_the_way_back_finish() {
    let full =
        Fault::new(FaultKind::NearlyFull).on(Operation::JournalAppend).from(shifting_for(30));
    let bad = Change::Side(Side::Green, SideChange::Errors(0.5));
    let spec =
        WorldSpec::healthy().with_fault(full).with_planned(Planned::new(shifting_for(400), bad));
    let stage = Stage::new(short_plan(), &spec);
    let (_handle, run) = stage.start(&stage.engine("one"));
    let watch = async {
        stage.until(|phase| phase == PhaseName::Shifting).await;
        // The step would have been over long ago.
        stage.sleep(300 * SECOND).await;
        let ten = Weight::from_percent(10).unwrap();
        assert!(stage.world.truth().configured.iter().all(|route| route.green <= 1000));
        assert_eq!(raises(&stage), [Split::to_green(ten)]);
        stage.until_ended().await
    };
    let (end, ended) = stage.sim().run(join(run, watch)).unwrap();
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(ended, PhaseName::RolledBack);
    stage.is_sound(Ended::RolledBack);
}

#[test]
fn a_leader_whose_store_is_away_still_cuts_and_then_lets_go_and_pages() {
    let mut spec = WorldSpec::healthy();
    for operation in Operation::ALL.iter().filter(|operation| operation.is_journal()) {
        let away = Fault::new(FaultKind::Outage)
            .on(*operation)
            .from(shifting_for(40))
            .lasting(10 * MINUTE);
        spec = spec.with_fault(away);
    }
    let stage = Stage::new(short_plan(), &spec);
    let engine = stage.engine("one");
    let (handle, run) = stage.start(&engine);
    let abort = async {
        stage.until(|phase| phase == PhaseName::Shifting).await;
        stage.sleep(42 * SECOND).await;
        let said = stage.now();
        let abort = handle.command(Command::new(Who::new("ann"), "", Action::Abort));
        let cut = async {
            while stage.world.truth().configured.iter().any(|route| route.green > 0) {
                stage.sleep(SECOND / 10).await;
            }
            stage.now() - said
        };
        let (answer, took) = join(abort, cut).await;
        assert!(answer.is_err(), "nobody could write it down");
        assert!(took <= 12 * SECOND, "{took:?}");
    };
    let (end, ()) = stage.sim().run(join(run, abort)).unwrap();
    assert!(matches!(end, Err(EngineError::JournalUnavailable { .. })), "{end:?}");
    let ended_at = stage.now();
    let pages = |stage: &Stage| {
        let notices = stage.world.notices();
        notices.iter().filter(|(_, notice)| notice.kind == NoticeKind::Page).count()
    };
    assert!(pages(&stage) > 0);
    let calls = stage.calls();
    stage.sim().let_pass(60 * SECOND);
    assert_eq!(stage.calls(), calls, "somebody acts without a lease after {ended_at:?}");
    // When the store is back somebody goes on, and finds a split that nobody wrote down.
    let recovery = engine.recovery().drive();
    let work = stage.until(|phase| matches!(phase, PhaseName::Held | PhaseName::RollingBack));
    let either = futures_util::future::select(Box::pin(work), Box::pin(recovery));
    stage.sim().run(either).unwrap();
    assert!(stage.world.truth().configured.iter().all(|route| route.green == 0));
}
