//! The bake: how it is told, and who may cut it short.

use std::time::Duration;

use greenflow_core::fact::{Entry, Fact, Scope};
use greenflow_core::machine::{Action, Handled, PhaseName};
use greenflow_core::value::Split;

use super::journal::{phase, phase_of, plan_with};
use super::stage::Stage;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_bake_ends_early_where_a_person_says_so() {
    for action in [Action::Promote, Action::PromoteFull] {
        let mut stage = Stage::of(&phase("baking"), Split::ALL_GREEN);
        stage.pass(5 * MINUTE);
        assert_eq!(stage.say(action.clone()), Ok(Handled::Accepted));
        stage.pass(MINUTE);
        assert_eq!(stage.phase(), PhaseName::Confirming, "{action:?}");
    }
}

/// The record tells of each sample, but not where that would fill it.
#[test]
fn samples_of_a_bake_are_written_down_one_by_one_unless_they_come_thick() {
    let written = |every| {
        let plan = plan_with(|body| body.bake.analysis.every = every);
        let mut stage = Stage::of(&phase_of(&plan, "baking"), Split::ALL_GREEN);
        stage.pass(10 * MINUTE);
        assert_eq!(stage.phase(), PhaseName::Baking);
        let of_the_bake = |entry: &&Entry| match &entry.fact {
            Fact::Judged(judged) => judged.scope == Scope::Bake,
            _ => false,
        };
        stage.entries.iter().filter(of_the_bake).count()
    };
    assert_eq!(written(30 * SECOND), 0);
    assert_eq!(written(MINUTE), 10);
}
