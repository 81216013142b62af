use greenflow_core::plan::Plan;
use greenflow_mock::{Rehearsal, WorldSpec};
fn main() {
    let plan = Plan::from_toml(include_str!("../../examples/plans/greenflow.toml")).unwrap();
    let mut files: Vec<_> = std::fs::read_dir("examples/worlds")
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let mut bad = 0;
    for f in files {
        let spec = WorldSpec::from_toml(&std::fs::read_to_string(&f).unwrap()).unwrap();
        let expect = format!("{:?}", spec.expect);
        let t = std::time::Instant::now();
        let mut l = greenflow_mock::SimLimits::default();
        l.polls = 3_000_000;
        let r = Rehearsal::new(plan.clone(), spec).with_limits(l).run(1);
        let (got, extra) = match r {
            Ok(d) => (
                d.ended.as_str().to_string(),
                format!("{:?} facts {}", d.world.totals(), d.entries.len()),
            ),
            Err(e) => (format!("{e:?}").chars().take(160).collect(), String::new()),
        };
        let ok = expect.to_lowercase().replace('_', "").contains(&got.replace('_', ""));
        if !ok {
            bad += 1;
        }
        println!(
            "{} {:32} expect {expect:22} got {got:12} {:?} {extra}",
            if ok { "  " } else { "XX" },
            f.file_name().unwrap().to_string_lossy(),
            t.elapsed()
        );
    }
    println!("bad {bad}");
}
