//! Words for people that are still owed when a run ends.

use super::*;

#[test]
fn a_notifier_that_hangs_delays_nothing_and_the_end_only_a_little() {
    let bench = bench(|input| {
        let mut said = one_raise(input);
        if matches!(input, Input::Began { .. }) {
            said.insert(0, Reaction::Notice(NoticeKind::Info, "n"));
        }
        said
    });
    bench.world.state().notifier_hangs = true;
    let left = bench.run();
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(left.world.sent_at(), [0]);
    assert_eq!(left.clock.now(), 60 * SECOND);
}

/// Ends at once, with a page on its way that the notifier does not take for ten minutes; returns
/// who held the lease just before it does again.
fn ends_with_a_page(end: Reaction) -> (Left, Option<ControllerId>) {
    let bench = bench(move |input| match input {
        Input::Began { .. } => vec![Reaction::Notice(NoticeKind::Page, "page"), end.clone()],
        Input::Tick
        | Input::Command(_)
        | Input::ReadEnded { .. }
        | Input::WriteEnded(_)
        | Input::NoticeEnded { .. }
        | Input::JournalLost
        | Input::JournalBack => Vec::new(),
    });
    bench.world.state().notifier_hangs = true;
    let (clock, journal, world) = (bench.clock.clone(), bench.journal.clone(), bench.world.clone());
    let mut owner = None;
    let left = bench.run_beside(async |_| {
        sleep(&clock, 600 * SECOND).await;
        owner = journal.state().owner.clone();
        world.state().notifier_hangs = false;
    });
    assert_eq!(left.world.state().notices.len(), 1);
    (left, owner)
}

#[test]
fn a_rollout_that_is_stuck_keeps_its_lease_until_its_page_was_taken() {
    let (left, owner) = ends_with_a_page(Reaction::Stick);
    assert!(matches!(left.result, Ok(Finish::Ended(Ended::Stuck))), "{:?}", left.result);
    assert!(owner.is_some());
    assert_eq!(left.inputs.last().map(String::as_str), Some("page"), "{:?}", left.inputs);
    assert_eq!(left.journal.state().owner, None);
}

#[test]
fn a_page_outlasts_the_end_of_its_rollout_without_a_lease() {
    let (left, owner) = ends_with_a_page(Reaction::Finish);
    assert!(left.is_finished(), "{:?}", left.result);
    assert_eq!(owner, None);
}

#[test]
fn a_notifier_that_is_never_back_does_not_keep_a_run_for_ever() {
    for end in [Reaction::Finish, Reaction::Stick] {
        let bench = bench(move |input| match input {
            Input::Began { .. } => vec![Reaction::Notice(NoticeKind::Alert, "alert"), end.clone()],
            Input::Tick
            | Input::Command(_)
            | Input::ReadEnded { .. }
            | Input::WriteEnded(_)
            | Input::NoticeEnded { .. }
            | Input::JournalLost
            | Input::JournalBack => Vec::new(),
        });
        bench.world.state().notifier_hangs = true;
        let left = bench.run();
        assert!(left.result.is_ok(), "{:?}", left.result);
        assert!(left.clock.now() < 1800 * SECOND, "{:?}", left.clock.now());
    }
}
