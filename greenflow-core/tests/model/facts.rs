//! What a fact must not say, looked at as it is written.

use greenflow_core::fact::{Entry, Fact, Move, OutcomeClass, Write};
use greenflow_core::value::{EffectId, Split};

use super::rule::Rule;
use super::setting::Setting;
use super::state::State;
use super::world::STALE;

/// Looks at a fact before it is appended.
pub(crate) fn look(setting: &Setting, state: &mut State, entry: &Entry) {
    state.holds(Rule::S29, entry.epoch == state.store.epoch || entry.sequence == 1);
    match &entry.fact {
        Fact::Intent { write, .. } => {
            let ended = ended(state);
            state.holds(Rule::S37, !ended);
            if let Write::Raise { split } = write {
                let next = is_next(setting, state, *split);
                state.holds(Rule::S09, next);
            }
        }
        Fact::Moved(_) => {
            let ended = ended(state);
            state.holds(Rule::S37, !ended);
        }
        Fact::Outcome(outcome) if outcome.class == OutcomeClass::Applied => {
            let split = intent(state, outcome.id).and_then(Write::split);
            let now = state.now;
            let lately = |at: u64| at + STALE > now;
            let seen = split.is_none_or(|split| {
                let (_, changed) = state.world.set();
                let before = state.world.splits.iter().rev().nth(1);
                state.world.split() == split
                    || before.is_some_and(|(_, before, _)| *before == split && lately(changed))
            });
            state.holds(Rule::S40, seen);
        }
        _ => {}
    }
}

/// The write of a durable intent.
pub(crate) fn intent(state: &State, id: EffectId) -> Option<&Write> {
    state.store.facts().rev().find_map(|fact| match fact {
        Fact::Intent { id: intended, write } if *intended == id => Some(write),
        _ => None,
    })
}

/// The split that was confirmed last.
pub(crate) fn confirmed(state: &State) -> Split {
    let applied = state.store.facts().rev().filter_map(|fact| match fact {
        Fact::Outcome(outcome) if outcome.class == OutcomeClass::Applied => Some(outcome.id),
        _ => None,
    });
    let mut splits = applied.filter_map(|id| intent(state, id).and_then(Write::split));
    splits.next().unwrap_or(Split::ALL_BLUE)
}

pub(crate) fn goes_back(entry: &Entry) -> bool {
    matches!(entry.fact, Fact::Moved(Move::RollBack(_)))
}

/// Whether the removal of blue was decided.
pub(crate) fn retires(state: &State) -> bool {
    state.store.facts().any(|fact| matches!(fact, Fact::Moved(Move::Retire)))
}

/// Whether the way back was decided, and the cut confirmed after it.
pub(crate) fn is_cut(state: &State) -> bool {
    state
        .store
        .facts()
        .skip_while(|fact| !matches!(fact, Fact::Moved(Move::RollBack(_))))
        .filter_map(|fact| match fact {
            Fact::Outcome(outcome) if outcome.class == OutcomeClass::Applied => Some(outcome.id),
            _ => None,
        })
        .any(|id| intent(state, id) == Some(&Write::Cut))
}

fn ended(state: &State) -> bool {
    state.store.facts().any(|fact| {
        matches!(
            fact,
            Fact::Moved(Move::Complete { .. } | Move::FinishRollback { .. } | Move::Refuse(_))
        )
    })
}

/// Whether it is the step that the rollout is at.
fn is_next(setting: &Setting, state: &State, split: Split) -> bool {
    let steps = &setting.plan.body().shift.steps;
    let step = state.store.facts().rev().find_map(|fact| match fact {
        Fact::Moved(Move::Shift { step }) => Some(*step as usize),
        _ => None,
    });
    step.and_then(|step| steps.get(step)).is_some_and(|step| Split::to_green(step.green) == split)
}
