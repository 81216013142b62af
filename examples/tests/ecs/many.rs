//! Many rollouts in one process, in one account.

use std::collections::BTreeMap;
use std::fs;
use std::io::sink;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use greenflow_core::machine::Ended;
use greenflow_core::plan::Plan;
use greenflow_core::value::Who;
use greenflow_examples::ecs::{EcsRun, Ground, Scale, Shared, read_config, scaled};
use greenflow_journal::SqliteJournal;
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::sleep;

use crate::emulator::Stage;
use crate::scene::{GREEN, Shape, config, folder, plan, serves, was_safe};
use crate::side_by_side::{all, scenario};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes minutes: scripts/nightly"]
async fn twenty_rollouts_in_one_process_stay_within_the_limits_of_an_account() {
    let first = Stage::new();
    first.control("config", &json!({ "resolution_s": 1, "rate": 1000 }));
    let stages: Vec<Stage> = (1..=20).map(|n| first.beside(&format!("web-{n:02}"))).collect();
    let shared = Shared::new(first.sdk().await).await.unwrap();
    let folder = folder("ecs-many");
    let journal = Arc::new(SqliteJournal::open(folder.join("rollouts.db")).unwrap());
    first.control("log", &json!({ "clear": true }));

    let scale = Scale::new(SCALE).unwrap();
    let lasted = Arc::new(Mutex::new(Vec::new()));
    let mut scenarios = Vec::new();
    for (stage, place) in stages.into_iter().zip(0..) {
        let name = stage.app.clone();
        let file = folder.join(format!("{name}.toml"));
        fs::write(&file, config(&stage)).unwrap();
        let ground = Ground::new(&read_config(&file).unwrap(), &shared, scale).unwrap();
        let plan = Plan::from_toml(&plan(&stage.app, GREEN, Shape::Seldom)).unwrap();
        let plan = scaled(&plan, scale).unwrap();
        let (journal, who) = (Arc::clone(&journal), Who::new("ann"));
        let (tag, start_now, answer) = (None, false, None);
        let rollout = EcsRun { ground, journal, plan, tag, scale, who, start_now, answer };
        let lasted = Arc::clone(&lasted);
        let run = async move {
            sleep(APART * place).await;
            let began = Instant::now();
            let (_wish, wishes) = unbounded_channel();
            let end = rollout.carry_out(wishes, &mut sink()).await.unwrap();
            assert_eq!(end.ended, Some(Ended::Completed));
            lasted.lock().unwrap().push(began.elapsed());
            serves(&stage, 1, GREEN);
            was_safe(&stage);
        };
        scenarios.push(scenario(name, run));
    }
    all(scenarios).await;
    let lasted = lasted.lock().unwrap().clone();
    let (shortest, longest) = (lasted.iter().min().unwrap(), lasted.iter().max().unwrap());
    let log = first.control("log", &json!({}));
    eprintln!("{} rollouts, each in {shortest:?} to {longest:?}\n{}", lasted.len(), figures(&log));
    assert!(*longest < *shortest * 3 / 2, "one starves: {lasted:?}");
    within_limits(&log);
}

/// Sixty times faster, twenty rollouts would want more calls than an account has.
const SCALE: u32 = 10;
/// How long after one the next begins.
const APART: Duration = Duration::from_secs(3);

/// No family of calls ever overdraws the bucket that AWS keeps for an account.
fn within_limits(log: &Value) {
    let mut buckets: BTreeMap<&str, Bucket> = BTreeMap::new();
    for call in log["calls"].as_array().unwrap() {
        let (at, operation) = (call["at"].as_f64().unwrap(), call["op"].as_str().unwrap());
        let (family, rate, burst) = family(operation);
        let bucket = buckets.entry(family).or_insert(Bucket { rate, burst, level: burst, at });
        assert!(bucket.take(at), "{family} is overdrawn at {at}: {}", log["counts"]);
    }
    assert_eq!(buckets.len(), 5, "every family is called: {buckets:?}");
}

/// What AWS allows: so many calls a second, and so many at once.
fn family(operation: &str) -> (&'static str, f64, f64) {
    match operation {
        "ModifyRule" => ("writes of ELB", 3.0, 20.0),
        "DescribeRules" | "DescribeTargetHealth" => ("reads of ELB", 10.0, 40.0),
        "RegisterTaskDefinition" | "UpdateService" => ("writes of ECS", 2.0, 20.0),
        "DescribeServices" | "DescribeTaskDefinition" | "ListTasks" | "DescribeTasks" => {
            ("reads of ECS", 20.0, 50.0)
        }
        "GetMetricData" => ("CloudWatch", 50.0, 50.0),
        other => panic!("{other} is no call of the adapter's"),
    }
}

/// The figures of the README's table.
fn figures(log: &Value) -> String {
    let mut families: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for call in log["calls"].as_array().unwrap() {
        let (family, ..) = family(call["op"].as_str().unwrap());
        families.entry(family).or_default().push(call["at"].as_f64().unwrap());
    }
    let most = |times: &[f64]| {
        let within =
            |from: f64| times.iter().filter(|at| (from..from + 60.0).contains(*at)).count();
        let most = times.iter().map(|at| within(*at)).max().unwrap_or(0);
        f64::from(u32::try_from(most).unwrap()) / 60.0
    };
    let mut lines: Vec<String> = families
        .iter()
        .map(|(family, times)| {
            let (calls, most) = (times.len(), most(times));
            format!("  {family}: {calls} calls, at most {most:.1}/s over a minute")
        })
        .collect();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    lines.extend(status.lines().filter(|line| line.starts_with("VmHWM")).map(str::to_owned));
    // After the name, which is in brackets: the 12th and 13th are the hundredths of a second.
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let spent = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    let spent: u32 = spent.map(|hundredths| hundredths.parse::<u32>().unwrap()).sum();
    lines.push(format!("processor time: {:.1} s", f64::from(spent) / 100.0));
    lines.join("\n")
}

#[derive(Debug)]
struct Bucket {
    rate: f64,
    burst: f64,
    level: f64,
    at: f64,
}

impl Bucket {
    fn take(&mut self, at: f64) -> bool {
        self.level = (self.level + (at - self.at) * self.rate).min(self.burst) - 1.0;
        self.at = at;
        self.level >= 0.0
    }
}
