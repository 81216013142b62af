use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;

use super::*;
use crate::engine::execute::{Budget, CallsParts, StopSender};
use crate::engine::lease::{Asked, Holding, LeaseTimes};
use crate::engine::testing::{Act, TestClock, TestJournal, TestWorld};
use crate::engine::time::RolloutTime;
use crate::plan::Timing;
use crate::provider::{Claim, Journal as _};
use crate::value::{
    ControllerId, Digest, EffectId, ResourceId, Revision, RolloutId, Side, Split, Weight,
};

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    clock: TestClock,
    journal: TestJournal,
    world: TestWorld,
    calls: Arc<Calls>,
}

fn bench() -> Bench {
    let clock = TestClock::new();
    let (journal, world) = (TestJournal::new(&clock), TestWorld::new(&clock));
    let times = LeaseTimes::default();
    let rollout = RolloutId::new("r").unwrap();
    let owner = ControllerId::new("c").unwrap();
    let claim = Claim { rollout: rollout.clone(), owner, ttl: times.ttl };
    let token = clock.run(journal.claim(claim)).unwrap().token;
    let lease = Holding::new(journal.arc(), clock.arc(), times, token, Asked::now(&clock));
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    let calls = Arc::new(Calls::new(CallsParts {
        rollout,
        providers: world.providers(),
        clock: clock.arc(),
        time: RolloutTime::from_base(clock.arc(), Timestamp::ZERO),
        lease: Arc::new(lease),
        timing: Timing::default(),
        green: Revision::new("image", digest),
        events: broadcast::channel(64).0,
        budget: Arc::new(Budget::default()),
    }));
    Bench { clock, journal, world, calls }
}

fn raise() -> Write {
    Write::Raise { split: Split::to_green(Weight::from_percent(10).unwrap()) }
}

fn order(write: Write) -> WriteOrder {
    let patience = Some(Duration::from_secs(1800));
    WriteOrder {
        id: EffectId::new(7),
        write,
        resumed: false,
        patience,
        needs_answer: false,
        shown: false,
    }
}

fn resumed(write: Write) -> WriteOrder {
    WriteOrder { resumed: true, ..order(write) }
}

impl Bench {
    fn write(&self, order: WriteOrder) -> Outcome {
        self.try_write(order).unwrap()
    }

    fn try_write(&self, order: WriteOrder) -> Result<Outcome, LeaseLoss> {
        let (_stop, stop) = Stop::new();
        self.clock.run(self.write_and_keep(order, stop))
    }

    /// Renews the lease beside the write, as a run does.
    async fn write_and_keep(&self, order: WriteOrder, stop: Stop) -> Result<Outcome, LeaseLoss> {
        tokio::select! { biased;
            ended = write(Arc::clone(&self.calls), order, stop) => ended,
            loss = self.calls.lease().keep() => Err(loss),
        }
    }

    /// Asks for a stop after so long.
    fn write_and_stop(&self, order: WriteOrder, after: Duration) -> Outcome {
        let (sender, stop) = Stop::new();
        let ask = async |sender: StopSender| {
            self.calls.clock().sleep_until(after).await;
            sender.ask();
        };
        let both = futures_util::future::join(self.write_and_keep(order, stop), ask(sender));
        self.clock.run(both).0.unwrap()
    }

    fn attempts(&self) -> usize {
        self.world.state().sent.len()
    }

    fn green_runs(&self) {
        let green = &mut self.world.state().green;
        green.desired = 4;
        green.resources = vec![ResourceId::new("green").unwrap()];
    }
}

#[test]
fn a_write_that_works_is_sent_once_and_read_back() {
    let bench = bench();
    let outcome = bench.write(order(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
    assert!(!outcome.may_land_late);
    let state = bench.world.state();
    let (_, cx, _) = &state.sent[0];
    assert_eq!((cx.fence.epoch, cx.fence.sequence, cx.attempt), (1, 7, 1));
    assert_eq!((cx.effect, cx.deadline), (Some(EffectId::new(7)), 10 * SECOND));
}

#[test]
fn a_time_out_that_landed_is_applied_without_a_repeat() {
    let bench = bench();
    bench.world.writes(&[Act::HangsAndLands]);
    let outcome = bench.write(order(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
    assert!(!outcome.may_land_late);
}

#[test]
fn a_time_out_that_is_not_seen_is_repeated_and_may_land_late_for_ever() {
    let bench = bench();
    bench.world.writes(&[Act::Hangs]);
    let outcome = bench.write(order(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 2));
    assert!(outcome.may_land_late);
    assert_eq!(outcome.failure.unwrap().kind, ErrorKind::Timeout);
    let state = bench.world.state();
    assert!(state.sent.iter().all(|(_, cx, _)| cx.fence.sequence == 7));
    assert_eq!(state.sent[1].1.attempt, 2);
}

#[test]
fn what_can_never_succeed_is_sent_once_and_is_not_applied() {
    let bench = bench();
    bench.world.writes(&[Act::Refused(ErrorKind::InvalidRequest)]);
    let outcome = bench.write(order(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::NotApplied, 1));
    assert!(!outcome.may_land_late);
}

#[test]
fn a_forward_write_is_given_up_when_patience_is_over() {
    let bench = bench();
    bench.world.writes(&[Act::Refused(ErrorKind::Throttled); 1000]);
    let outcome = bench.write(order(raise()));
    assert_eq!(outcome.class, OutcomeClass::NotApplied);
    assert_eq!(bench.clock.now(), Duration::from_secs(1800));
    // Half a minute apart at most, and a quarter at least, once they have grown.
    assert!((60..=125).contains(&outcome.attempts), "{}", outcome.attempts);
}

#[test]
fn an_unanswered_write_given_up_is_ambiguous() {
    let bench = bench();
    bench.world.writes(&[Act::Unknown; 1000]);
    let patience = Some(60 * SECOND);
    let outcome = bench.write(WriteOrder { patience, ..order(raise()) });
    assert_eq!(outcome.class, OutcomeClass::Ambiguous);
    assert!(outcome.may_land_late);
}

#[test]
fn the_cut_never_gives_up_and_never_pauses_for_long() {
    let bench = bench();
    bench.world.state().split = Split::ALL_GREEN;
    bench.world.writes(&[Act::Refused(ErrorKind::PermissionDenied); 500]);
    let patience = Some(SECOND);
    let outcome = bench.write(WriteOrder { patience, ..order(Write::Cut) });
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 501));
    let state = bench.world.state();
    let longest = state.sent.windows(2).map(|two| two[1].0 - two[0].0).max().unwrap();
    assert!(longest <= 4 * SECOND, "{longest:?}");
    assert!(state.sent.iter().all(|(_, cx, _)| cx.deadline == 3 * SECOND));
}

#[test]
fn an_acknowledged_write_that_is_never_seen_is_repeated_after_half_a_minute() {
    let bench = bench();
    bench.world.writes(&[Act::Acknowledged]);
    let outcome = bench.write(order(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 2));
    assert!(outcome.may_land_late);
    let second = bench.world.sent_at()[1];
    assert!((30..40).contains(&second), "{second}");
}

#[test]
fn a_wish_to_wait_is_granted() {
    let bench = bench();
    bench.world.writes(&[Act::RefusedFor(90 * SECOND)]);
    bench.write(order(raise()));
    assert_eq!(bench.world.sent_at(), [0, 90]);
}

#[test]
fn a_stop_is_seen_while_backing_off() {
    let bench = bench();
    bench.world.writes(&[Act::RefusedFor(90 * SECOND)]);
    let outcome = bench.write_and_stop(order(raise()), 20 * SECOND);
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::NotApplied, 1));
    assert_eq!(bench.clock.now(), 20 * SECOND);
}

#[test]
fn a_stop_lets_the_call_under_way_finish() {
    let bench = bench();
    bench.world.writes(&[Act::Slow(8 * SECOND)]);
    let outcome = bench.write_and_stop(order(raise()), SECOND);
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
    assert_eq!(bench.clock.now(), 8 * SECOND);
}

#[test]
fn a_stop_ends_the_wait_for_an_acknowledged_write_after_one_last_look() {
    let bench = bench();
    bench.world.writes(&[Act::Acknowledged]);
    let outcome = bench.write_and_stop(order(raise()), 5 * SECOND);
    assert_eq!(outcome.class, OutcomeClass::Ambiguous);
    assert!(outcome.may_land_late);
    assert_eq!(bench.clock.now(), 5 * SECOND);
}

#[test]
fn a_resumed_raise_is_never_sent() {
    let bench = bench();
    let outcome = bench.write(resumed(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Ambiguous, 0));
    assert!(outcome.may_land_late);
    assert_eq!((bench.attempts(), outcome.last_sent_at), (0, None));
}

#[test]
fn a_resumed_raise_waits_for_a_reading_and_is_applied_when_it_is_seen() {
    let bench = bench();
    bench.world.state().split = raise().split().unwrap();
    bench.world.reads(&[Act::Hangs, Act::Unknown]);
    let outcome = bench.write(resumed(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 0));
    assert_eq!(bench.attempts(), 0);
}

#[test]
fn a_resumed_cut_needs_no_reading() {
    let bench = bench();
    bench.world.state().split = Split::ALL_GREEN;
    bench.world.reads(&[Act::Hangs]);
    let outcome = bench.write(resumed(Write::Cut));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
    assert_eq!(bench.world.sent_at(), [2]);
}

/// A fence knows only what it was told.
#[test]
fn a_cut_that_must_be_answered_is_repeated_until_it_is() {
    for begin in [order, resumed] {
        let bench = bench();
        bench.world.writes(&[Act::Unknown, Act::Unknown]);
        let cut = WriteOrder { patience: None, needs_answer: true, ..begin(Write::Cut) };
        let outcome = bench.write(cut);
        assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 3));
    }
}

/// That it was refused says nothing of the attempt before.
#[test]
fn a_refusal_is_not_the_answer_that_a_cut_needs() {
    let bench = bench();
    bench.world.writes(&[Act::Unknown, Act::Refused(ErrorKind::Throttled)]);
    let cut = WriteOrder { patience: None, needs_answer: true, ..order(Write::Cut) };
    assert_eq!(bench.write(cut).attempts, 3);
}

/// Though it is seen at once: it was there before.
#[test]
fn a_raise_of_what_is_shown_already_may_land_later() {
    for (act, shown) in
        [(Act::Acknowledged, true), (Act::Acknowledged, false), (Act::Unknown, true)]
    {
        let bench = bench();
        bench.world.state().split = Split::to_green(Weight::from_percent(10).unwrap());
        bench.world.writes(&[act]);
        let outcome = bench.write(WriteOrder { shown, ..order(raise()) });
        assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
        assert_eq!(outcome.may_land_late, shown);
    }
}

fn removal() -> Write {
    let resources = vec![ResourceId::new("green").unwrap()];
    Write::Remove { side: Side::Green, resources }
}

#[test]
fn a_removal_is_not_repeated_when_its_side_gets_traffic_meanwhile() {
    let bench = bench();
    bench.green_runs();
    bench.world.writes(&[Act::Unknown]);
    let hand = async {
        bench.calls.clock().sleep_until(SECOND / 4).await;
        bench.world.state().split = Split::to_green(Weight::from_percent(10).unwrap());
    };
    let (_stop, stop) = Stop::new();
    let both = futures_util::future::join(bench.write_and_keep(order(removal()), stop), hand);
    let outcome = bench.clock.run(both).0.unwrap();
    assert_eq!(outcome.class, OutcomeClass::Ambiguous);
    assert_eq!(bench.world.state().removed.len(), 1);
    let failure = outcome.failure.unwrap();
    assert!(failure.message.contains("may get traffic again"), "{failure}");
}

/// Another hand was there since the machine looked.
#[test]
fn a_removal_is_not_sent_when_its_side_gets_traffic() {
    let bench = bench();
    bench.green_runs();
    bench.world.state().split = Split::to_green(Weight::from_percent(10).unwrap());
    let outcome = bench.write(order(removal()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::NotApplied, 0));
    assert!(bench.world.state().removed.is_empty());
}

/// As another hand may do it: its resources are there, and cost.
#[test]
fn a_side_that_was_scaled_to_nothing_is_not_removed() {
    let bench = bench();
    bench.green_runs();
    bench.world.state().green.desired = 0;
    bench.world.writes(&[Act::Unknown]);
    let outcome = bench.write(order(removal()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 2));
    assert!(bench.world.state().green.resources.is_empty());
}

#[test]
fn a_removal_that_waited_for_its_lease_looks_again() {
    let bench = bench();
    bench.green_runs();
    bench.clock.advance(27 * SECOND / 10);
    bench.journal.state().down = true;
    let hand = async {
        bench.calls.clock().sleep_until(5 * SECOND).await;
        bench.world.state().split = Split::to_green(Weight::from_percent(10).unwrap());
        bench.calls.clock().sleep_until(13 * SECOND).await;
        bench.journal.state().down = false;
    };
    let (_stop, stop) = Stop::new();
    let both = futures_util::future::join(bench.write_and_keep(order(removal()), stop), hand);
    let outcome = bench.clock.run(both).0.unwrap();
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::NotApplied, 0));
    assert!(bench.world.state().removed.is_empty());
}

#[test]
fn a_resumed_removal_waits_for_a_reading_that_shows_its_side_unused() {
    let bench = bench();
    bench.green_runs();
    bench.world.reads(&[Act::Unknown, Act::Unknown]);
    let outcome = bench.write(resumed(removal()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
    assert!(bench.world.state().removed[0] > Duration::ZERO);

    bench.green_runs();
    bench.world.state().split = Split::ALL_GREEN;
    let outcome = bench.write(resumed(removal()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Ambiguous, 0));
}

#[test]
fn a_lease_that_is_nearly_over_is_renewed_before_the_send() {
    let bench = bench();
    bench.clock.advance(10 * SECOND);
    assert_eq!(bench.write(order(raise())).class, OutcomeClass::Applied);
    assert_eq!(bench.journal.state().expires, 25 * SECOND);
}

/// What is left of a lease just renewed is less than a call may take otherwise.
#[test]
fn a_write_leaves_although_the_journal_is_slow() {
    let bench = bench();
    bench.journal.state().renewal_takes = 29 * SECOND / 10;
    bench.clock.advance(5 * SECOND);
    let outcome = bench.write(order(raise()));
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::Applied, 1));
    let deadline = bench.world.state().sent[0].1.deadline;
    assert!(deadline > 9 * SECOND && deadline < 10 * SECOND, "{deadline:?}");
}

#[test]
fn a_write_waits_for_its_lease_no_longer_than_it_is_worth() {
    let bench = bench();
    bench.clock.advance(5 * SECOND);
    bench.journal.state().down = true;
    let order = WriteOrder { patience: Some(2 * SECOND), ..order(raise()) };
    let outcome = bench.write(order);
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::NotApplied, 0));
    assert_eq!(bench.clock.now(), 7 * SECOND);
}

#[test]
fn nothing_is_sent_without_a_lease() {
    for (after, is_expected) in [
        (10, (|loss| matches!(loss, LeaseLoss::Fenced { .. })) as fn(&LeaseLoss) -> bool),
        (15, |loss| matches!(loss, LeaseLoss::RanOut { .. })),
    ] {
        let bench = bench();
        bench.clock.advance(Duration::from_secs(after));
        bench.journal.state().epoch = 9;
        let loss = bench.try_write(order(Write::Cut)).unwrap_err();
        assert!(is_expected(&loss), "{loss:?}");
        assert_eq!(bench.attempts(), 0);
    }
}

#[test]
fn a_store_that_is_down_lets_the_cut_leave_while_the_lease_is_long_enough() {
    let bench = bench();
    bench.world.state().split = Split::ALL_GREEN;
    bench.journal.state().down = true;
    bench.clock.advance(9 * SECOND);
    assert_eq!(bench.write(order(Write::Cut)).class, OutcomeClass::Applied);
    bench.clock.advance(2 * SECOND);
    bench.world.state().split = Split::ALL_GREEN;
    let loss = bench.try_write(order(Write::Cut)).unwrap_err();
    assert!(matches!(loss, LeaseLoss::RanOut { .. }), "{loss:?}");
    assert_eq!(bench.clock.now(), LeaseTimes::default().lasts());
}

#[test]
fn while_the_gate_is_shut_only_the_cut_leaves() {
    let bench = bench();
    bench.calls.allow_forward(false);
    let patience = Some(20 * SECOND);
    let outcome = bench.write(WriteOrder { patience, ..order(raise()) });
    assert_eq!((outcome.class, outcome.attempts), (OutcomeClass::NotApplied, 0));
    bench.world.state().split = Split::ALL_GREEN;
    let cut = bench.write(WriteOrder { patience, ..order(Write::Cut) });
    assert_eq!(cut.class, OutcomeClass::Applied);
}
