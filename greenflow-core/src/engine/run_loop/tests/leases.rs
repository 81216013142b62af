//! A lease that is lost, taken, or given back.

use super::*;

#[test]
fn a_deposed_controller_stops_and_says_nothing() {
    let bench = bench(|input| match input {
        Input::Began { .. } => vec![Reaction::WaitFor(100 * SECOND)],
        Input::Tick
        | Input::Command(_)
        | Input::ReadEnded { .. }
        | Input::WriteEnded(_)
        | Input::NoticeEnded { .. }
        | Input::JournalLost
        | Input::JournalBack => one_raise(input),
    });
    bench.journal.state().epoch = 5;
    let left = bench.run();
    let loss = LeaseLoss::Fenced { ours: 1, current: 5 };
    match left.result {
        Err(EngineError::LeaseLost { loss: seen, .. }) => assert_eq!(seen, loss),
        other => panic!("{other:?}"),
    }
    assert_eq!(left.clock.now(), 5 * SECOND);
    assert!(left.world.state().notices.is_empty());
}

#[test]
fn a_hand_over_finishes_the_call_under_way_and_gives_the_lease_back() {
    let bench = bench(one_raise);
    bench.world.writes(&[Act::Slow(8 * SECOND), Act::Works]);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |handle| {
        sleep(&clock, SECOND).await;
        assert!(handle.holds());
        handle.hand_over().await;
        assert_eq!(clock.now(), 8 * SECOND);
        assert_eq!(journal.state().owner, None);
    });
    assert!(matches!(left.result, Ok(Finish::HandedOver)), "{:?}", left.result);
    assert_eq!(left.facts(), ["intent"]);
    assert_eq!(left.world.state().sent.len(), 1);
}

#[test]
fn a_hand_over_waits_for_no_call_longer_than_any_may_take() {
    let bench = bench(one_raise);
    bench.world.writes(&[Act::Hangs]);
    bench.world.reads(&[Act::Hangs; 8]);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |handle| {
        sleep(&clock, SECOND / 2).await;
        handle.hand_over().await;
        let longest = LeaseTimes::default().longest_call();
        assert!(clock.now() <= SECOND + longest, "{:?}", clock.now());
        assert_eq!(journal.state().owner, None);
    });
    assert!(matches!(left.result, Ok(Finish::HandedOver)), "{:?}", left.result);
}

#[test]
fn a_lease_that_the_store_counts_as_over_first_is_paged() {
    let bench = bench(parks_not);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |_| {
        sleep(&clock, SECOND).await;
        journal.state().expires = Duration::ZERO;
    });
    match left.result {
        Err(EngineError::LeaseLost { loss: LeaseLoss::RanOut { .. }, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(left.world.state().notices.len(), 1);
}

#[test]
fn a_lease_that_runs_out_while_facts_are_folded_after_a_park_is_paged() {
    let bench = bench(parks);
    let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
    let left = bench.run_beside(async |_| {
        sleep(&clock, SECOND).await;
        {
            let mut state = journal.state();
            state.unread = true;
            state.frames.push(StoredFrame { sequence: 1, epoch: 2, frame: Vec::new() });
        }
        sleep(&clock, 3601 * SECOND).await;
        // As when the host stops the process for a minute.
        clock.advance(60 * SECOND);
    });
    match left.result {
        Err(EngineError::LeaseLost { loss: LeaseLoss::RanOut { .. }, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(left.journal.state().claims, 2);
    assert_eq!(left.world.state().notices.len(), 1);
}

#[test]
fn a_controller_that_finds_its_lease_run_out_and_taken_says_nothing() {
    for taken in [false, true] {
        let bench = bench(parks_not);
        let (clock, journal) = (bench.clock.clone(), bench.journal.clone());
        let left = bench.run_beside(async |_| {
            sleep(&clock, SECOND).await;
            // As when the host stops the process for a minute.
            if taken {
                journal.state().epoch = 2;
            }
            clock.advance(60 * SECOND);
        });
        match left.result {
            Err(EngineError::LeaseLost { loss: LeaseLoss::RanOut { .. }, .. }) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(left.world.state().notices.len(), usize::from(!taken));
    }
}

/// Waits for something that does not come, with its lease.
fn parks_not(_: &Input) -> Vec<Reaction> {
    vec![Reaction::WaitFor(100 * SECOND)]
}
