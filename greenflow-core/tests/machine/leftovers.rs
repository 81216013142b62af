//! What is left of green after the way back is told.

use std::time::Duration;

use greenflow_core::fact::{Fact, Move, OutcomeClass, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::provider::{ErrorKind, SideState};
use greenflow_core::value::{Digest, EffectId, ResourceId, Revision, Split};

use super::journal::{Journal, digest, ended, phase, phase_of, plan_with, reason};
use super::stage::Stage;

const HOUR: Duration = Duration::from_hours(1);

fn named(name: &str) -> Vec<ResourceId> {
    vec![ResourceId::new(name).unwrap()]
}

/// Another hand had deleted green; it was made anew, nobody knows how that ended, and then the rollout
/// went back.
fn made_anew() -> Journal {
    let id = EffectId::new(3);
    let revision = Revision::new("registry.example.com/api", digest());
    phase("verifying")
        .then(Fact::Intent { id, write: Write::Provision { revision, capacity: 6 } })
        .then(Fact::Outcome(ended(id, OutcomeClass::Ambiguous)))
        .go(Move::RollBack(reason()))
        .wrote(4, Write::Cut)
}

/// The rollout, up to where green is being removed.
fn removing(green: &str, image: Digest) -> (Stage, EffectId, Vec<ResourceId>) {
    let mut stage = Stage::set(&made_anew(), Split::ALL_BLUE, |stage| {
        stage.sides.green.resources = named(green);
        stage.sides.green.digests = vec![image];
        stage.applies = false;
    });
    stage.pass(HOUR);
    let order = stage.orders.pop().unwrap();
    let Write::Remove { resources, .. } = order.write else { panic!("{order:?}") };
    stage.applies = true;
    (stage, order.id, resources)
}

fn leftovers(stage: &Stage) -> Vec<String> {
    assert_eq!(stage.phase(), PhaseName::RolledBack);
    let Some(Fact::Moved(Move::FinishRollback { leftovers })) = stage
        .entries
        .iter()
        .map(|entry| &entry.fact)
        .find(|fact| matches!(fact, Fact::Moved(Move::FinishRollback { .. })))
    else {
        panic!("not finished")
    };
    leftovers.clone()
}

fn told(stage: &Stage) -> bool {
    let is_told = |fact: &Fact| matches!(fact, Fact::NoticeQueued(notice) if notice.text.contains("left over: green"));
    stage.entries.iter().any(|entry| is_told(&entry.fact))
}

#[test]
fn a_green_that_runs_another_image_is_left_and_told() {
    let stranger = Digest::new(format!("sha256:{}", "c".repeat(64))).unwrap();
    let (mut stage, removal, removed) = removing("green-2", stranger);
    assert_eq!(removed, named("green-1"));
    stage.end(removal, OutcomeClass::Applied);
    stage.pass(HOUR);
    assert_eq!(leftovers(&stage), ["green: green-2"]);
    assert!(told(&stage));
}

#[test]
fn a_green_that_is_known_by_its_image_is_removed_and_nothing_is_left() {
    let (mut stage, removal, removed) = removing("green-2", digest());
    assert_eq!(removed, [named("green-1"), named("green-2")].concat());
    stage.sides.green = SideState::default();
    stage.end(removal, OutcomeClass::Applied);
    stage.pass(HOUR);
    assert_eq!(leftovers(&stage), Vec::<String>::new());
    assert!(!told(&stage));
}

/// A blue that was to be removed and is there still is left over; one that was removed, or was to
/// stay, is not.
#[test]
fn what_is_left_of_blue_at_the_end_is_told() {
    for (label, remove_blue, left) in [
        ("watching", true, vec![]),
        ("retiring", true, vec!["blue: blue-1".to_owned()]),
        ("retiring", false, vec![]),
    ] {
        let plan = plan_with(|body| body.retire.remove_blue = remove_blue);
        let mut stage = Stage::set(&phase_of(&plan, label), Split::ALL_GREEN, |stage| {
            stage.applies = false;
        });
        let order = stage.orders.last().map(|order| (order.id, order.write.clone()));
        stage.applies = true;
        match order {
            Some((removal, Write::Remove { .. })) => {
                stage.fail(removal, ErrorKind::PermissionDenied);
            }
            Some((unpin, _)) => stage.end(unpin, OutcomeClass::Applied),
            None => {}
        }
        stage.pass(8 * 24 * HOUR);
        let told = stage.entries.iter().find_map(|entry| match &entry.fact {
            Fact::Moved(Move::Complete { leftovers }) => Some(leftovers.clone()),
            _ => None,
        });
        let told = told.unwrap().into_iter().filter(|left| left.starts_with("blue: "));
        assert_eq!(told.collect::<Vec<_>>(), left, "{label}, {remove_blue}");
    }
}
