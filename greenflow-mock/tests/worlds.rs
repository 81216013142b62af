//! Every world file in `examples/worlds` is sound.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::fs;
use std::path::PathBuf;

use greenflow_core::machine::PhaseName;
use greenflow_core::plan::Plan;
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
        Sim::new(&world).let_pass(std::time::Duration::from_secs(7 * 86_400));
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
        match Rehearsal::new(plan.clone(), spec.without_trace()).run(1) {
            Ok(done) if expect.is_none_or(|end| end == done.ended.as_str()) => {}
            Ok(done) => {
                wrong.push(format!("{name}: {} instead of {expect:?}", done.ended.as_str()));
            }
            Err(error) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
