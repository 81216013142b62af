//! Every world file in `examples/worlds` is sound.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot read its files fails, and looks for one fact among many"
)]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use greenflow_core::fact::{Fact, HoldReason, Move, RollbackKind, Write};
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::Plan;
use greenflow_core::provider::NoticeKind;
use greenflow_core::value::{Side, Split, Weight};
use greenflow_mock::Operation;
use greenflow_mock::faults::{Fault, FaultKind};
use greenflow_mock::script::{Entry as Line, Says};
use greenflow_mock::world::{Change, Planned, RouterChange, SideChange, Trigger};
use greenflow_mock::{Rehearsal, Sim, World, WorldSpec};

fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn worlds() -> Vec<(String, String)> {
    let mut worlds: Vec<(String, String)> = fs::read_dir(examples().join("worlds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    worlds.sort();
    worlds
}

#[test]
fn each_reads_and_says_what_it_is() {
    let ends = [PhaseName::Completed, PhaseName::RolledBack, PhaseName::Refused, PhaseName::Stuck];
    let worlds = worlds();
    assert!(worlds.len() >= 50, "{}", worlds.len());
    for (name, text) in worlds {
        let spec = WorldSpec::from_toml(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(spec.name, name);
        assert!(spec.about.ends_with('.'), "{name}");
        assert!(spec.expect.is_none_or(|end| ends.contains(&end)), "{name}");
    }
}

#[test]
fn what_a_world_names_the_seed_plan_has() {
    let text = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let plan = Plan::from_toml(&text).unwrap();
    let items: Vec<&str> = plan
        .body()
        .checklists
        .iter()
        .flat_map(|list| list.items.iter().map(|item| item.item.as_str()))
        .collect();
    let suites: Vec<&str> = plan.body().verify.suites.iter().map(|s| s.name.as_str()).collect();
    let roles: Vec<&str> = plan.body().people.roles.iter().map(|r| r.role.as_str()).collect();
    for (name, text) in worlds() {
        let spec = WorldSpec::from_toml(&text).unwrap();
        for item in &spec.script.habits.forget {
            assert!(items.contains(&item.as_str()), "{name}: {item}");
        }
        for (check, _) in &spec.checks {
            assert!(suites.contains(&check.as_str()), "{name}: {check}");
        }
        for role in spec.script.entries.iter().filter_map(|entry| entry.role.as_ref()) {
            assert!(roles.contains(&role.as_str()), "{name}: {role}");
        }
    }
}

#[test]
fn each_lives_for_a_week_by_itself_and_harms_nobody_on_blue() {
    for (name, text) in worlds() {
        let spec = WorldSpec::from_toml(&text).unwrap();
        let world = World::new(&spec, 1);
        Sim::new(&world).let_pass(Duration::from_secs(7 * 86_400));
        let totals = world.totals();
        assert_eq!(totals.blue + totals.green + totals.nobody, totals.arrived, "{name}");
        assert_eq!((totals.green, totals.nobody), (0, 0), "{name}: nobody moved any traffic");
    }
}

#[test]
fn the_healthy_file_is_the_healthy_world() {
    let text = fs::read_to_string(examples().join("worlds/healthy.toml")).unwrap();
    let mut spec = WorldSpec::from_toml(&text).unwrap();
    spec.about.clear();
    spec.expect = None;
    assert_eq!(spec, WorldSpec::healthy());
}

#[test]
fn the_seed_plan_ends_in_each_as_the_world_expects() {
    let text = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let plan = Plan::from_toml(&text).unwrap();
    let mut wrong = Vec::new();
    for (name, text) in worlds() {
        let spec = WorldSpec::from_toml(&text).unwrap();
        let expect = spec.expect.map(PhaseName::as_str);
        match Rehearsal::new(plan.clone(), spec.without_trace()).watched().run(1) {
            Ok(done) if !done.violations.is_empty() => {
                wrong.push(format!("{name}: {:?}", done.violations));
            }
            Ok(done) if expect.is_none_or(|end| end == done.ended.as_str()) => {}
            Ok(done) => {
                wrong.push(format!("{name}: {} instead of {expect:?}", done.ended.as_str()));
            }
            Err(error) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The record is read when the rollout is over, from a store that is away just then.
#[test]
fn a_store_that_is_away_at_the_end_keeps_nothing_back() {
    let text = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let plan = Plan::from_toml(&text).unwrap();
    let away = Fault::new(FaultKind::Outage).on(Operation::JournalRead);
    let at_the_end = Trigger::Phase { phase: PhaseName::Completed, after: Duration::ZERO };
    let away = away.from(at_the_end).lasting(Duration::from_secs(300));
    let done = Rehearsal::new(plan, WorldSpec::healthy().with_fault(away)).run(7).unwrap();
    assert_eq!(done.ended.as_str(), "completed");
    assert!(!done.entries.is_empty());
}

/// What another hand sent to green counts as traffic that green had: it is removed when nothing was
/// seen to reach it any more, not when a provider gives way.
#[test]
fn a_green_that_another_hand_gave_traffic_is_removed_in_calm() {
    let (_, text) = worlds().into_iter().find(|(name, _)| name.contains("before-shift")).unwrap();
    let plan = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let plan = Plan::from_toml(&plan).unwrap();
    let done = Rehearsal::new(plan, WorldSpec::from_toml(&text).unwrap()).run(1).unwrap();
    let trace = done.world.trace();
    let trace: Vec<&str> = trace.last_until(Duration::MAX, usize::MAX).collect();
    assert!(trace.iter().any(|line| line.contains("done remove")));
    assert!(!trace.iter().any(|line| line.contains("fail remove")), "{trace:#?}");
}

/// The hold ends at the moment of a poll, whose answer for the targets is not there yet.
#[test]
fn no_cut_goes_to_a_blue_that_is_gone_when_nobody_answered_in_time() {
    let plan = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let plan = Plan::from_toml(&plan).unwrap();
    let change = |side, change, after| {
        let when = Trigger::Phase { phase: PhaseName::Shifting, after: Duration::from_secs(after) };
        Planned::new(when, Change::Side(side, change))
    };
    let spec = WorldSpec::healthy()
        .with_planned(change(Side::Blue, SideChange::Delete, 219))
        .with_planned(change(Side::Green, SideChange::Lose(2), 289));
    let done = Rehearsal::new(plan, spec).watched().run(1_126_027_635).unwrap();
    assert!(done.violations.is_empty(), "{:?}", done.violations);
    let expired = |fact: &Fact| matches!(fact, Fact::Moved(Move::RollBack(reason)) if reason.kind == RollbackKind::HoldExpired);
    assert!(done.entries.iter().any(|entry| expired(&entry.fact)), "{:?}", done.ended);
    let cut = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Cut, .. });
    assert!(!done.entries.iter().any(|entry| cut(&entry.fact)));
}

/// Green is made anew when another hand has deleted it, and nobody knows what came of that.
#[test]
fn a_green_that_was_made_twice_is_cleared_away_whole() {
    let plan = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let plan = Plan::from_toml(&plan).unwrap();
    let when = |phase, secs| Trigger::Phase { phase, after: Duration::from_secs(secs) };
    let deleted = Change::Side(Side::Green, SideChange::Delete);
    let half = Fault::new(FaultKind::Partial { parts: 1 }).on(Operation::Provision);
    let spec = WorldSpec::healthy()
        .with_planned(Planned::new(when(PhaseName::Verifying, 80), deleted))
        .with_fault(half.from(when(PhaseName::Shifting, 3)).lasting(Duration::from_hours(1)));
    let done = Rehearsal::new(plan, spec).watched().run(1).unwrap();
    assert!(done.violations.is_empty(), "{:?}", done.violations);
    assert_eq!(done.ended.as_str(), "rolled_back");
    let made = |entry: &&greenflow_core::fact::Entry| {
        matches!(entry.fact, Fact::Intent { write: Write::Provision { .. }, .. })
    };
    assert!(done.entries.iter().filter(made).count() > 1, "green was made once");
    let green = done.world.truth().sides.green;
    assert!(!green.exists, "{green:?} is left over");
}

/// Another hand gives green traffic while it is verified, and blue was deleted meanwhile.
fn verified_beside_a_blue_that_is_gone(says: Says) -> Vec<Fact> {
    let plan = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let when = |phase, secs| Trigger::Phase { phase, after: Duration::from_secs(secs) };
    let early = Split::to_green(Weight::from_percent(10).unwrap());
    let deleted = Change::Side(Side::Blue, SideChange::Delete);
    let mut spec = WorldSpec::healthy()
        .with_planned(Planned::new(when(PhaseName::Provisioning, 279), deleted))
        .with_planned(Planned::new(
            when(PhaseName::Verifying, 100),
            Change::Router(RouterChange::Split(early)),
        ));
    spec.script.entries.push(Line::new(when(PhaseName::Verifying, 400), "operator", says));
    let done = Rehearsal::new(Plan::from_toml(&plan).unwrap(), spec).watched().run(1).unwrap();
    assert_eq!((done.ended.as_str(), done.violations), ("stuck", vec![]));
    let facts: Vec<Fact> = done.entries.into_iter().map(|entry| entry.fact).collect();
    let cut = |fact: &Fact| matches!(fact, Fact::Intent { write: Write::Cut, .. });
    assert!(!facts.iter().any(cut));
    facts
}

#[test]
fn no_cut_goes_to_a_blue_that_is_gone_when_nobody_answers_a_hold() {
    let told = |fact: &Fact| match fact {
        Fact::IssueNoted { what, .. } => {
            what.contains("while held, another hand changed the split")
        }
        _ => false,
    };
    assert!(verified_beside_a_blue_that_is_gone(Says::Pause).iter().any(told));
}

#[test]
fn no_cut_goes_to_a_blue_that_is_gone_for_an_abort_before_the_first_step() {
    verified_beside_a_blue_that_is_gone(Says::Abort);
}

/// Nobody is told of a leftover where the provider was certain that it had made nothing.
#[test]
fn of_a_green_that_was_never_made_nothing_is_left_over() {
    let plan = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let text = fs::read_to_string(examples().join("worlds/image-missing.toml")).unwrap();
    let spec = WorldSpec::from_toml(&text).unwrap();
    let done = Rehearsal::new(Plan::from_toml(&plan).unwrap(), spec).watched().run(1).unwrap();
    assert_eq!((done.ended.as_str(), done.violations), ("rolled_back", vec![]));
    let about = |entry: &&greenflow_core::fact::Entry| match &entry.fact {
        Fact::IssueNoted { what, .. } => what.contains("left over"),
        Fact::Moved(Move::FinishRollback { leftovers }) => !leftovers.is_empty(),
        _ => false,
    };
    assert_eq!(done.entries.iter().find(about), None);
}

/// Runs the seed plan, with its error rate critical from ten times the limit on, in one world.
fn with_critical_errors(world: &str) -> Vec<Fact> {
    let text = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let (limit, critical) =
        (r#"error_rate = "1 %" }"#, r#"error_rate = "1 %", critical_at = 10 }"#);
    let plan = Plan::from_toml(&text.replace(limit, critical)).unwrap();
    let world = fs::read_to_string(examples().join(format!("worlds/{world}.toml"))).unwrap();
    let spec = WorldSpec::from_toml(&world).unwrap();
    let done = Rehearsal::new(plan, spec.without_trace()).run(1).unwrap();
    done.entries.into_iter().map(|entry| entry.fact).collect()
}

fn is_undecided(fact: &Fact) -> bool {
    matches!(fact, Fact::Moved(Move::Hold { reason: HoldReason::Undecided { .. }, .. }))
}

fn way_back(facts: &[Fact]) -> RollbackKind {
    let back = facts.iter().find_map(|fact| match fact {
        Fact::Moved(Move::RollBack(reason)) => Some(reason.kind),
        _ => None,
    });
    back.unwrap()
}

#[test]
fn a_critical_breach_pages_and_lets_people_decide() {
    let facts = with_critical_errors("critical-decided");
    assert!(facts.iter().any(is_undecided));
    assert!(facts.iter().any(is_page));
    assert_eq!(way_back(&facts), RollbackKind::Operator);
}

#[test]
fn a_critical_breach_without_a_decision_goes_back_in_time() {
    let facts = with_critical_errors("critical-undecided");
    assert!(facts.iter().any(is_undecided));
    assert_eq!(way_back(&facts), RollbackKind::HoldExpired);
}

#[test]
fn a_common_cause_is_cut_once_and_paged() {
    let text = fs::read_to_string(examples().join("plans/greenflow.toml")).unwrap();
    let world = fs::read_to_string(examples().join("worlds/both-bad.toml")).unwrap();
    let spec = WorldSpec::from_toml(&world).unwrap();
    let done =
        Rehearsal::new(Plan::from_toml(&text).unwrap(), spec.without_trace()).run(1).unwrap();
    let facts: Vec<Fact> = done.entries.into_iter().map(|entry| entry.fact).collect();
    let cuts = facts.iter().filter(|fact| matches!(fact, Fact::Intent { write: Write::Cut, .. }));
    assert_eq!(cuts.count(), 1);
    assert!(facts.iter().any(is_page));
}

fn is_page(fact: &Fact) -> bool {
    matches!(fact, Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Page)
}
