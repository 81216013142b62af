//! Real processes that get real signals.

use std::env::{current_exe, var, var_os};
use std::io::{stderr, stdout};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::emulator::{Stage, sdk};
use crate::scene::{Scene, Shape};
use crate::{ecs, scene};

pub(crate) async fn one_interrupt_hands_over_and_a_kill_loses_nothing() {
    let scene = Scene::new(Shape::Brief).await;
    let first = start(&scene);
    scene.until(|stage| stage.calls("ModifyRule") > 0).await;
    signal(&first, Signal::INT);
    assert_eq!(end(first).await, Some(5));
    let second = start(&scene);
    scene.until(|stage| stage.calls("ModifyRule") > 1).await;
    signal(&second, Signal::KILL);
    assert_eq!(end(second).await, None);
    assert_eq!(end(start(&scene)).await, Some(0));
    scene.serves(1, scene::GREEN);
    scene::was_safe(&scene.stage);
    assert_eq!(scene.stage.calls("RegisterTaskDefinition"), 1);
}

pub(crate) async fn a_second_interrupt_goes_back() {
    let scene = Scene::new(Shape::Brief).await;
    let process = start(&scene);
    scene.until(|stage: &Stage| stage.calls("ModifyRule") > 0).await;
    signal(&process, Signal::INT);
    // Two signals of a kind that wait are one.
    sleep(Duration::from_millis(500)).await;
    signal(&process, Signal::INT);
    assert_eq!(end(process).await, Some(2));
    scene.serves(0, scene::BLUE);
    scene::was_safe(&scene.stage);
}

/// Starts the example in a process of its own: this program again, with `child` as its only test.
fn start(scene: &Scene) -> Child {
    let mut arguments = scene.arguments();
    arguments.push("--json".into());
    let told: Vec<String> = arguments.into_iter().map(|text| text.into_string().unwrap()).collect();
    Command::new(current_exe().unwrap())
        .args(["--exact", "process::child", "--include-ignored", "--nocapture"])
        .env(ARGUMENTS, serde_json::to_string(&told).unwrap())
        .env(ACCOUNT, &scene.stage.account)
        .env(EMULATOR, scene.stage.address().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other end of `start`"]
async fn child() {
    let Some(told) = var_os(ARGUMENTS) else { return };
    let told: Vec<String> = serde_json::from_str(told.to_str().unwrap()).unwrap();
    let sdk = sdk(&var(ACCOUNT).unwrap(), var(EMULATOR).unwrap().parse().unwrap()).await;
    let (wish, wishes) = unbounded_channel();
    tokio::spawn(ecs::interrupts(wish));
    let arguments = told.into_iter().map(Into::into);
    let status = ecs::run(arguments, Some(sdk), wishes, &mut stdout(), &mut stderr()).await;
    std::process::exit(i32::from(status));
}

fn signal(process: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

async fn end(mut process: Child) -> Option<i32> {
    spawn_blocking(move || process.wait().unwrap().code()).await.unwrap()
}

const ARGUMENTS: &str = "ECS_EXAMPLE_ARGUMENTS";
const ACCOUNT: &str = "ECS_EXAMPLE_ACCOUNT";
const EMULATOR: &str = "ECS_EXAMPLE_EMULATOR";
