//! What becomes of a rollout whose journal is lost: what AWS shows is all that there is.
//!
//! As long as all traffic is on blue it goes on, with the revision that it finds by its tags. Once
//! traffic has moved it is refused, nothing is written, and it says what to do: for how long a split
//! was held, what was measured and who approved are not to be had from AWS, and until it has found
//! out nobody would watch green.

use std::collections::BTreeMap;

use greenflow_core::fact::{Fact, Move};
use greenflow_core::machine::Ended;
use greenflow_core::provider::Clock as _;

use crate::support::Crash;
use crate::support::run::{Bench, TASKS, sparse_plan};

/// What AWS shows of a rollout when its journal is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Shown {
    /// The idle slot runs no revision of it, and blue has all of the traffic.
    Nothing,
    /// ECS has given its revision up.
    GivenUp,
    /// Its revision is not healthy yet.
    Starting,
    /// Its revision is healthy, or gone again, without traffic.
    Ready,
    /// Both slots have traffic.
    Between,
    /// Its revision has all of the traffic, and blue its tasks.
    Promoted,
    /// The same, and blue has none any more.
    Retired,
}

impl Shown {
    fn of(bench: &Bench) -> Self {
        let now = bench.aws.clock.monotonic();
        let (blue, green) = (bench.service(0), bench.service(1));
        let definition = bench.aws.now().definition(&green.task_definition).cloned().unwrap();
        let ours = definition.tags.get("greenflow:rollout").is_some_and(|of| of == "r-1");
        let state = green.describe(now).deployments[0].rollout_state.clone();
        match (bench.weights(), ours, state.as_str()) {
            ([_, 0], false, _) => Self::Nothing,
            ([_, 0], true, "FAILED") => Self::GivenUp,
            ([_, 0], true, "IN_PROGRESS") => Self::Starting,
            ([_, 0], true, _) => Self::Ready,
            ([0, _], _, _) if blue.desired > 0 => Self::Promoted,
            ([0, _], _, _) => Self::Retired,
            ([_, _], _, _) => Self::Between,
        }
    }

    /// What it says when it is refused; nothing when it goes on.
    const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Nothing | Self::GivenUp | Self::Starting | Self::Ready => None,
            Self::Between => Some("go on with the journal of the rollout that moved it, or put"),
            Self::Promoted | Self::Retired => {
                Some("the next rollout, by another name, takes it for its blue")
            }
        }
    }
}

/// Lets the controller die at each of its calls, before it takes effect and after, loses the
/// journal, and starts the same rollout again. Returns how often each was met.
fn each_call(ends: Ended, prepare: fn(&Bench)) -> BTreeMap<Shown, u32> {
    let mut met = BTreeMap::new();
    let mut call = 1;
    loop {
        let mut reached = false;
        for after in [false, true] {
            let mut bench = Bench::new();
            prepare(&bench);
            let crash = Crash { call, after };
            if !bench.run_until(&sparse_plan("api", 'b'), crash) {
                continue;
            }
            reached = true;
            bench.lose_journal();
            let shown = Shown::of(&bench);
            let times = met.entry(shown).or_insert(0);
            *times += 1;
            started_again(&bench, ends, shown, *times, &format!("{crash:?}, {shown:?}"));
        }
        if !reached {
            return met;
        }
        call += 1;
    }
}

fn started_again(bench: &Bench, ends: Ended, shown: Shown, times: u32, what: &str) {
    let (weights, writes) = (bench.weights(), bench.writes());
    let ended = bench.run("r-1", sparse_plan("api", 'b'));
    let Some(remedy) = shown.remedy() else {
        assert_eq!(ended, ends, "{what}");
        let (on, tasks) = if ends == Ended::Completed { (1, [0, TASKS]) } else { (0, [TASKS, 0]) };
        bench.assert_ends(on, tasks, what);
        let definitions = bench.aws.now().definitions.len();
        assert!(definitions <= 2, "{what}: {definitions} revisions");
        return;
    };
    assert_eq!((ended, bench.writes()), (Ended::Refused, writes), "{what}");
    assert_eq!(bench.weights(), weights, "{what}: the traffic stays where it is");
    let told = problems(bench).join("; ");
    assert!(told.contains(remedy), "{what}: {told}");
    // It is as it says. Not each time: these are whole rollouts.
    if times % 8 != 1 {
        return;
    }
    let (on, tasks) = if shown == Shown::Between { (1, [0, TASKS]) } else { (0, [TASKS, 0]) };
    if shown == Shown::Between {
        bench.put_weights_back();
    }
    assert_eq!(bench.run("r-2", sparse_plan("api", 'c')), Ended::Completed, "{what}");
    bench.assert_ends(on, tasks, &format!("{what}, and the next"));
}

fn problems(bench: &Bench) -> Vec<String> {
    let refused = bench.entries("r-1").into_iter().find_map(|entry| {
        let Fact::Moved(Move::Refuse(reason)) = entry.fact else { return None };
        Some(reason.problems)
    });
    refused.unwrap()
}

fn kinds(met: &BTreeMap<Shown, u32>) -> Vec<Shown> {
    met.keys().copied().collect()
}

#[test]
fn on_the_way_on_it_goes_on_or_says_what_to_do() {
    let met = each_call(Ended::Completed, |_| {});
    use Shown::*;
    assert_eq!(kinds(&met), [Nothing, Starting, Ready, Between, Promoted, Retired], "{met:?}");
}

/// Whether it was on its way back AWS does not show: without traffic it is tried again, and fails
/// again.
#[test]
fn on_the_way_back_it_ends_on_blue_or_says_what_to_do() {
    let met = each_call(Ended::RolledBack, |bench| {
        bench.aws.now().failing.push(("b".repeat(64), 50, 300));
    });
    use Shown::*;
    assert_eq!(kinds(&met), [Nothing, Starting, Ready, Between], "{met:?}");
}

#[test]
fn a_revision_that_cannot_start_is_given_up_again() {
    let met = each_call(Ended::RolledBack, |bench| {
        bench.aws.now().dying.push("b".repeat(64));
    });
    use Shown::*;
    assert!(met.get(&GivenUp).is_some_and(|times| *times > 2), "{met:?}");
    assert_eq!(met.get(&Between), None, "it never got traffic: {met:?}");
}

/// Traffic on both slots that no revision of this rollout explains is another's.
#[test]
fn a_split_of_somebody_else_is_refused() {
    let bench = Bench::new();
    let (slots, rule) = (bench.slots(), bench.rule.clone());
    bench.aws.change(|state, _| {
        let actions = state.routes.get_mut(&rule).unwrap();
        let config = actions[0].forward_config.as_mut().unwrap();
        for group in config.target_groups.as_mut().unwrap() {
            let first = group.target_group_arn() == Some(&slots[0].target_group);
            group.weight = Some(if first { 60 } else { 40 });
        }
    });
    assert_eq!(bench.run("r-1", sparse_plan("api", 'b')), Ended::Refused);
    assert_eq!((bench.writes(), bench.weights()), (0, [60, 40]));
    let told = problems(&bench).join("; ");
    assert!(told.contains("neither slot has all of the traffic"), "{told}");
    assert!(told.contains("put it on one of them"), "{told}");
}
