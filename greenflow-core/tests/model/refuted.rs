//! Each rule that is left out is found out: the shortest path that shows why it is there.

use std::fmt::Write as _;
use std::path::PathBuf;

use greenflow_core::machine::PhaseName;
use greenflow_core::provider::Fence;
use stateright::{Checker, HasDiscoveries, Model};

use super::action::Action;
use super::setting::{Budget, LATE, Setting, Weakness};
use super::state::State;

const NOTHING: Budget = Budget { lossy: 0, reads: 0, pauses: 0, foreign: 0, breaks: 0, aborts: 0 };

/// What must go wrong for a rule to be missed.
fn setting(weakness: Weakness) -> Setting {
    let (fence, budget) = match weakness {
        Weakness::TrustsTheAck => (LATE, Budget { lossy: 1, ..NOTHING }),
        Weakness::TimeOutIsANo | Weakness::LateWritesNotDeclared => {
            (LATE, Budget { lossy: 1, aborts: 1, ..NOTHING })
        }
        Weakness::IntentAfterSend => (LATE, NOTHING),
        Weakness::LeaseCheckedOnce => (LATE, Budget { lossy: 1, pauses: 1, ..NOTHING }),
        Weakness::AppendsWithoutCompare => (LATE, Budget { pauses: 1, ..NOTHING }),
        Weakness::FencesByEpochOnly => {
            (Fence::PerOperation, Budget { lossy: 1, aborts: 1, ..NOTHING })
        }
        Weakness::SleepsInTheGap => (LATE, Budget { pauses: 1, aborts: 1, ..NOTHING }),
        Weakness::ReplaysTheLastIntent => (LATE, Budget { pauses: 1, ..NOTHING }),
        Weakness::ReadsItsOwnWrites => (LATE, Budget { foreign: 1, ..NOTHING }),
        Weakness::StopsBeforeTheCut => (LATE, Budget { aborts: 1, ..NOTHING }),
        Weakness::CutsUnanswered => {
            (Fence::PerOperation, Budget { lossy: 2, aborts: 1, ..NOTHING })
        }
        Weakness::SeenIsLanded => (LATE, Budget { lossy: 2, ..NOTHING }),
    };
    Setting::new(fence, PhaseName::Shifting, budget)
}

macro_rules! refuted {
    ($($name:ident: $weakness:ident;)*) => {
        $(#[test]
        fn $name() {
            refute(stringify!($name), Weakness::$weakness);
        })*
    };
}

refuted! {
    trusts_the_ack: TrustsTheAck;
    time_out_is_a_no: TimeOutIsANo;
    intent_after_send: IntentAfterSend;
    lease_checked_once: LeaseCheckedOnce;
    appends_without_compare: AppendsWithoutCompare;
    fences_by_epoch_only: FencesByEpochOnly;
    late_writes_not_declared: LateWritesNotDeclared;
    sleeps_in_the_gap: SleepsInTheGap;
    replays_the_last_intent: ReplaysTheLastIntent;
    reads_its_own_writes: ReadsItsOwnWrites;
    stops_before_the_cut: StopsBeforeTheCut;
    cuts_unanswered: CutsUnanswered;
    seen_is_landed: SeenIsLanded;
}

/// The checker finds the rule broken where it is left out, by no shorter path than the kept one;
/// the kept one breaks it, and with the rule in place breaks nothing.
fn refute(name: &str, weakness: Weakness) {
    let (sound, weak) = (setting(weakness), setting(weakness).without(weakness));
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/model/refuted/{name}.txt"));
    if std::env::var_os("GREENFLOW_MODEL_WRITE").is_some() {
        std::fs::write(&file, told(&weak, weakness, &shortest(&weak))).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = kept.lines().filter(|line| !line.starts_with('#')).collect();
    let (actions, end) = walk(&weak, &lines).expect("each step of the kept path can be taken");
    assert!(!end.broken.is_empty(), "the kept path breaks nothing");
    assert_eq!(kept, told(&weak, weakness, &actions), "the kept path and what it says");
    assert!(search(&weak, actions.len() + 1).is_some(), "the checker finds it");
    assert!(search(&weak, actions.len()).is_none(), "there is a shorter path");
    let with_the_rule = walk(&sound, &lines);
    assert!(with_the_rule.is_none_or(|(_, end)| end.broken.is_empty()), "the rule changes nothing");
}

/// Takes the steps as they are written; `None` when one cannot be taken.
fn walk(setting: &Setting, lines: &[&str]) -> Option<(Vec<Action>, State)> {
    let mut state = setting.init_states().remove(0);
    let mut taken = Vec::new();
    for line in lines {
        let written = line.split("  ").next().unwrap_or_default();
        let mut actions = Vec::new();
        setting.actions(&state, &mut actions);
        let action = actions.into_iter().find(|action| format!("{action:?}") == written)?;
        state = setting.next_state(&state, action)?;
        taken.push(action);
    }
    Some((taken, state))
}

/// A path, step by step, with what it leads to.
fn told(setting: &Setting, weakness: Weakness, actions: &[Action]) -> String {
    let mut state = setting.init_states().remove(0);
    let mut text = format!("# {weakness:?}, {:?}, {:?}\n", setting.fence, setting.budget);
    for action in actions {
        state = setting.next_state(&state, *action).expect("a next state");
        let (at, phase, split) = (state.now / 1000, state.phase, state.world.split());
        let _ = writeln!(text, "{:<24}  {at} s, {phase}, {split}", format!("{action:?}"));
    }
    let _ = writeln!(text, "# broken: {:?}", state.broken);
    text
}

/// The shortest path on which anything is broken.
fn shortest(setting: &Setting) -> Vec<Action> {
    let mut best = search(setting, usize::MAX).expect("a path that breaks something");
    while let Some(shorter) = search(setting, best.len()) {
        best = shorter;
    }
    best
}

/// A path of fewer than so many steps on which something is broken.
fn search(setting: &Setting, below: usize) -> Option<Vec<Action>> {
    if below == 0 {
        return None;
    }
    let builder = setting.clone().checker().finish_when(HasDiscoveries::AnyFailures);
    let checker = builder.target_max_depth(below.saturating_add(1)).spawn_bfs().join();
    let broken = checker.discoveries().into_iter().filter(|(name, _)| !name.contains(' '));
    let broken = broken.filter(|(name, _)| *name != "completes");
    broken.map(|(_, path)| path.into_actions()).min_by_key(Vec::len)
}
