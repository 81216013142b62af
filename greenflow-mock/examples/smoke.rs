use greenflow_core::plan::Plan;
use greenflow_mock::{Rehearsal, WorldSpec};
fn main() {
    let plan = Plan::from_toml(include_str!("../../examples/plans/greenflow.toml")).unwrap();
    let spec = match std::env::args().nth(1) {
        Some(f) => WorldSpec::from_toml(&std::fs::read_to_string(f).unwrap()).unwrap(),
        None => WorldSpec::healthy(),
    };
    let t = std::time::Instant::now();
    let done = Rehearsal::new(plan, spec)
        .with_limits({
            let mut l = greenflow_mock::SimLimits::default();
            l.polls = std::env::var("POLLS").ok().and_then(|v| v.parse().ok()).unwrap_or(20000);
            l
        })
        .run(1);
    let el = t.elapsed();
    match done {
        Ok(d) => {
            for e in &d.entries {
                println!(
                    "{:4} {:?} {:?} {:.220}",
                    e.sequence,
                    e.at,
                    e.wall,
                    format!("{:?}", e.fact)
                );
            }
            for s in &d.said {
                if s.answer.is_err() {
                    println!("{s:?}");
                }
            }
            println!("{:?} {:?} {:?}", d.ended, d.world.totals(), el);
            println!("{:?}", d.world.calls());
            println!(
                "{} entries {} bytes",
                d.entries.len(),
                d.entries.iter().map(|e| e.to_frame().len()).sum::<usize>()
            );
        }
        Err(e) => {
            println!("{e:?} {el:?}");
        }
    }
}
