//! With every rule in place nothing that must hold is ever broken, up to so many mishaps.

use greenflow_core::machine::PhaseName;
use greenflow_core::provider::Fence;
use stateright::{Checker, HasDiscoveries, Model};

use super::setting::{Budget, LATE, Setting};

const NOTHING: Budget = Budget { lossy: 0, reads: 0, pauses: 0, foreign: 0, breaks: 0, aborts: 0 };

/// States and edges: every state that can be reached, and every way into one.
macro_rules! holds {
    ($($name:ident: $fence:expr, {$($what:ident: $most:expr),*}, $states:expr, $edges:expr;)*) => {
        $(#[test]
        fn $name() {
            let budget = Budget { $($what: $most,)* ..NOTHING };
            let found = check(Setting::new($fence, PhaseName::Shifting, budget));
            assert_eq!(found, ($states, $edges), "the pinned states and edges");
        })*
    };
}

holds! {
    fenced_all_well: Fence::PerOperation, {}, 43, 43;
    fenced_a_mishap_and_a_stop: Fence::PerOperation, {lossy: 1, pauses: 1}, 57_447, 70_814;
    fenced_two_stops: Fence::PerOperation, {pauses: 2}, 44_682, 53_021;
    fenced_a_mishap_and_an_abort: Fence::PerOperation, {lossy: 1, aborts: 1}, 24_820, 27_852;
    fenced_a_mishap_and_another_hand: Fence::PerOperation, {lossy: 1, foreign: 1}, 45_243, 47_123;
    late_all_well: LATE, {}, 45, 45;
    late_a_mishap_and_a_stop: LATE, {lossy: 1, pauses: 1}, 90_309, 96_440;
    late_a_mishap_and_an_abort: LATE, {lossy: 1, aborts: 1}, 70_898, 74_598;
    late_a_stop_and_an_abort: LATE, {pauses: 1, aborts: 1}, 55_704, 57_755;
    late_a_mishap_and_a_green_that_breaks: LATE, {lossy: 1, breaks: 1}, 39_886, 42_900;
    late_another_hand_and_a_stop: LATE, {foreign: 1, pauses: 1}, 59_343, 61_444;
    late_another_hand_and_an_abort: LATE, {foreign: 1, aborts: 1}, 36_474, 36_764;
    late_another_hand_and_an_old_reading: LATE, {foreign: 1, reads: 1}, 9_795, 10_184;
    late_an_old_reading_and_an_abort: LATE, {reads: 1, aborts: 1}, 12_387, 12_757;
}

/// Checks a setting, and returns its states and edges.
fn check(setting: Setting) -> (usize, usize) {
    let (fence, budget) = (setting.fence, setting.budget);
    let goes_back = budget.aborts + budget.breaks > 0;
    let checker = setting.checker().spawn_bfs().join();
    let found = (checker.unique_state_count(), checker.state_count());
    println!("{fence:?} {budget:?}: {found:?}, depth {}", checker.max_depth());
    for (name, path) in checker.discoveries() {
        let reached = ["completes", "goes back"].contains(&name);
        assert!(reached, "{fence:?} {budget:?}: {name} is broken: {:#?}", path.into_vec());
    }
    assert!(checker.discovery("completes").is_some());
    assert!(!goes_back || checker.discovery("goes back").is_some());
    found
}

/// More mishaps on one path, for the night.
#[test]
#[ignore = "minutes: for the night"]
fn deep() {
    let deep = [
        Budget { lossy: 2, aborts: 1, ..NOTHING },
        Budget { lossy: 1, pauses: 2, ..NOTHING },
        Budget { pauses: 3, ..NOTHING },
        Budget { lossy: 1, pauses: 1, aborts: 1, ..NOTHING },
        Budget { lossy: 1, foreign: 1, aborts: 1, ..NOTHING },
        Budget { reads: 2, foreign: 1, ..NOTHING },
    ];
    for fence in [Fence::PerOperation, LATE] {
        for budget in deep {
            // Depth first: the states that wait to be looked at are few.
            let setting = Setting::new(fence, PhaseName::Shifting, budget);
            let builder = setting.checker().finish_when(HasDiscoveries::AnyFailures).threads(2);
            let checker = builder.spawn_dfs().join();
            let found = (checker.unique_state_count(), checker.state_count());
            println!("{fence:?} {budget:?}: {found:?}");
            for (name, path) in checker.discoveries() {
                let reached = ["completes", "goes back"].contains(&name);
                assert!(reached, "{name} is broken: {:#?}", path.into_actions());
            }
        }
    }
}
