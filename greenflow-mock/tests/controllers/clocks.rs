//! Clocks that differ in rate and on the wall (S46, S47).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join3;
use greenflow_core::fact::{Fact, Move};
use greenflow_core::machine::{Ended, PhaseName};
use greenflow_core::value::{Side, Weight};
use greenflow_mock::world::{Change, SideChange, Trigger};
use greenflow_mock::{Freezable, SkewedClock, WorldSpec};

use super::stage::{MINUTE, SECOND, Stage, short_plan};

/// Two controllers with clocks of their own, the first of which dies at this moment. Returns how
/// long, in truth, blue was kept after requests had shown all traffic on green, if it was removed.
fn kept_for(rates: [i32; 2], walls: [i64; 2], dies_at: Duration) -> Option<Duration> {
    let stage = Stage::new(short_plan(), &WorldSpec::healthy());
    let world = stage.world.clock();
    let clock = |at: usize| {
        let clock = SkewedClock::new(&world).at_rate(rates[at]).with_wall_off_by(walls[at]);
        Arc::new(clock.booted_before(MINUTE * u32::try_from(at).unwrap()))
    };
    let (first, second) = (stage.engine_with("one", clock(0)), stage.engine_with("two", clock(1)));
    let (_handle, run) = stage.start(&first);
    let (run, freezer) = Freezable::new(run);
    let (drive, other) = Freezable::new(second.recovery().drive());
    let mut noticed: [Option<Duration>; 2] = [None, None];
    let watch = async {
        loop {
            if stage.now() >= dies_at {
                freezer.kill();
            }
            for entry in stage.entries() {
                match &entry.fact {
                    Fact::TrafficObserved { split, .. }
                        if *split == greenflow_core::value::Split::ALL_GREEN =>
                    {
                        noticed[0].get_or_insert_with(|| stage.now());
                    }
                    Fact::Moved(Move::Retire) => {
                        noticed[1].get_or_insert_with(|| stage.now());
                    }
                    _ => {}
                }
            }
            let over = stage.phase().is_some_and(PhaseName::is_terminal);
            if over || stage.now() > 40 * MINUTE {
                freezer.kill();
                other.kill();
                break;
            }
            stage.sleep(SECOND).await;
        }
    };
    stage.sim().run(join3(run, drive, watch)).unwrap();
    Some(noticed[1]? - noticed[0].unwrap())
}

#[test]
fn no_wall_clock_shortens_a_retention_and_no_take_over_does() {
    // A controller whose wall clock is far off gets no measurements, and may go back for that.
    let mut removed = 0;
    for walls in [[0, 2000], [0, 600_000], [0, -86_400_000]] {
        for dies_at in [400, 520] {
            let kept = kept_for([0, 0], walls, Duration::from_secs(dies_at));
            removed += u32::from(kept.is_some());
            let long_enough = |kept| kept >= 5 * MINUTE - 2 * SECOND;
            assert!(kept.is_none_or(long_enough), "{walls:?} {dies_at}: {kept:?}");
        }
    }
    assert!(removed >= 2, "{removed} removals show little");
}

#[test]
fn clocks_that_run_a_tenth_too_fast_or_slow_err_by_no_more_than_that() {
    for rates in [[100_000, -100_000], [-100_000, 100_000], [100_000, 100_000]] {
        for dies_at in [250, 520] {
            let kept = kept_for(rates, [0, 0], Duration::from_secs(dies_at)).unwrap();
            let least = (5 * MINUTE).mul_f64(1.0 / 1.1) - 2 * SECOND;
            assert!(kept >= least, "{rates:?} {dies_at}: {kept:?}");
        }
    }
}

#[test]
fn a_wall_clock_that_jumps_does_not_delay_the_way_back() {
    let full = Trigger::green_at(Weight::from_percent(100).unwrap());
    let bad = Change::Side(Side::Green, SideChange::Errors(0.3));
    let spec =
        WorldSpec::healthy().with_change(full, bad).with_change(full, Change::WallJump(-3_600_000));
    let stage = Stage::new(short_plan(), &spec);
    let (_handle, run) = stage.start(&stage.engine("one"));
    stage.sim().run(run).unwrap().unwrap();
    let at = |wanted: fn(&Fact) -> bool| {
        stage.entries().iter().find(|entry| wanted(&entry.fact)).map(|entry| entry.at).unwrap()
    };
    let decided = at(|fact| matches!(fact, Fact::Moved(Move::RollBack(_))));
    let cut = at(|fact| matches!(fact, Fact::Intent { write, .. } if write.is_cut()));
    assert!(cut.since(decided) <= SECOND);
    stage.is_sound(Ended::RolledBack);
}
