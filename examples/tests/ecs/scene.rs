//! A rollout by the example, on a stage of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use greenflow_core::record::Record;
use greenflow_examples::ecs::Wish;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::block_in_place;

use crate::ecs;
use crate::emulator::Stage;

/// A stage, and a folder with plan, configuration and journal.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    folder: PathBuf,
    _lane: SemaphorePermit<'static>,
}

/// How much of the plan is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// All of it.
    Whole,
    /// With shorter waits, where only what happens between them matters.
    Brief,
    /// With everything looked at seldom, where many go on at a time.
    Seldom,
}

pub(crate) struct Ran {
    pub(crate) status: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Scene {
    /// Builds it when there is room: all scenes of all tests share two cores and one emulator.
    pub(crate) async fn new(shape: Shape) -> Self {
        let lane = LANES.acquire().await.unwrap();
        let stage = block_in_place(Stage::new);
        let folder = folder(&format!("ecs-{}", stage.account));
        // What takes minutes on AWS is published by the second here.
        stage.control("config", &json!({ "resolution_s": 1, "rate": 1000 }));
        let scene = Self { stage, folder, _lane: lane };
        scene.release(GREEN, shape);
        fs::write(scene.path("ecs.toml"), config(&scene.stage)).unwrap();
        scene
    }

    /// Makes another digest the plan's new revision.
    pub(crate) fn release(&self, digest: &str, shape: Shape) {
        fs::write(self.path("plan.toml"), plan("web", digest, shape)).unwrap();
    }

    /// Lets the plan's new revision fail once it has half of the traffic.
    pub(crate) fn fails_at_half(&self) {
        let bad = json!({ "images": { GREEN: { "errors": 0.3, "from_share": 0.5 } } });
        self.stage.control("config", &bad);
    }

    /// Tells the rollout how long a call that was sent may still take effect, in true seconds.
    pub(crate) fn bounds_late_effects(&self, seconds: u32) {
        let bound = format!("late_effect_bound = \"{}s\"\n", seconds * SCALE);
        fs::write(self.path("ecs.toml"), bound + &config(&self.stage)).unwrap();
    }

    /// Runs the example to its end.
    pub(crate) async fn run(&self, more: &[&str]) -> Ran {
        let (_wish, wishes) = unbounded_channel();
        self.run_with(wishes, more).await
    }

    /// Runs it until `when` holds; then somebody wishes something.
    pub(crate) async fn run_until(&self, when: impl Fn(&Stage) -> bool, wish: Wish) -> Ran {
        let (wishing, wishes) = unbounded_channel();
        let wished = async {
            self.until(when).await;
            wishing.send(wish).unwrap();
            std::future::pending::<UnboundedSender<Wish>>().await
        };
        tokio::select! { biased;
            ran = self.run_with(wishes, &[]) => ran,
            _ = wished => unreachable!("it waits for ever"),
        }
    }

    /// Runs it until `when` holds, and kills it there.
    pub(crate) async fn crash_when(&self, when: impl Fn(&Stage) -> bool) {
        let (_wish, wishes) = unbounded_channel();
        tokio::select! { biased;
            () = self.until(when) => {}
            ran = self.run_with(wishes, &[]) => panic!("it ended before: {}{}", ran.out, ran.err),
        }
    }

    pub(crate) async fn until(&self, when: impl Fn(&Stage) -> bool) {
        // Others run on this thread too: the emulator may take its time to answer.
        while !block_in_place(|| when(&self.stage)) {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    async fn run_with(&self, wishes: UnboundedReceiver<Wish>, more: &[&str]) -> Ran {
        let mut arguments = self.arguments();
        arguments.extend(more.iter().map(OsString::from));
        let sdk = Some(self.stage.sdk().await);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = ecs::run(arguments, sdk, wishes, &mut out, &mut err).await;
        let [out, err] = [out, err].map(|bytes| String::from_utf8(bytes).unwrap());
        Ran { status, out, err }
    }

    /// Returns the example's command line.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let [plan, config, journal] =
            ["plan.toml", "ecs.toml", "rollouts.db"].map(|name| self.path(name));
        let mut arguments: Vec<OsString> = vec!["ecs".into(), plan.into(), "--config".into()];
        arguments.extend([config.into(), "--journal".into(), journal.into()]);
        arguments.extend(["--scale".into(), SCALE.to_string().into()]);
        arguments
    }

    /// Looks at AWS itself: it is as the exit status says, and never was unsafe.
    #[track_caller]
    pub(crate) fn ended(&self, ran: Ran, status: u8) -> Ran {
        let ran = ran.ended(status);
        match status {
            0 => self.serves(1, GREEN),
            2 => self.serves(0, BLUE),
            other => panic!("nothing is known of exit status {other}"),
        }
        was_safe(&self.stage);
        let faults = self.stage.control("fault", &json!({}));
        assert_eq!(faults["waiting"], json!([]), "faults that never came");
        ran
    }

    /// One slot serves, with this image alone; the other is empty.
    #[track_caller]
    pub(crate) fn serves(&self, slot: usize, digest: &str) {
        serves(&self.stage, slot, digest);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Ran {
    /// Ends the test unless the status is this.
    #[track_caller]
    pub(crate) fn ended(self, status: u8) -> Self {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        self
    }

    pub(crate) fn record(&self) -> Record {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// Makes an empty folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _: Result<(), _> = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Returns the example's plan for a service and a release.
pub(crate) fn plan(service: &str, digest: &str, shape: Shape) -> String {
    let mut plan = include_str!("../../plans/ecs.toml").to_owned();
    let mut change = |from: &str, to: &str| {
        assert!(plan.contains(from), "{from:?} is not in the plan");
        plan = plan.replace(from, to);
    };
    change(GREEN, digest);
    change("service = \"web\"", &format!("service = \"{service}\""));
    if shape == Shape::Brief {
        // A deadline is not divided.
        change("deadline = \"10m\"", "deadline = \"1m\"");
        // On a slow machine the emulator may take seconds to answer.
        change("unknown_budget = \"6m\"", "unknown_budget = \"20m\"");
        change("unknown_budget = \"10m\"", "unknown_budget = \"20m\"");
        change("hold = \"5m\"", "hold = \"4m\"");
        change("hold = \"10m\"", "hold = \"4m\"");
        change("for = \"30m\"", "for = \"4m\"");
        change("every = \"5m\"", "every = \"2m\"");
        change("at_least = \"30m\"", "at_least = \"4m\"");
    }
    if shape == Shape::Seldom {
        for (from, to) in [
            ("every = \"2m\"", "every = \"4m\""),
            ("every = \"5m\"", "every = \"4m\""),
            ("unknown_budget = \"6m\"", "unknown_budget = \"12m\""),
            ("hold = \"5m\"", "hold = \"9m\""),
            ("hold = \"10m\"", "hold = \"9m\""),
            ("for = \"30m\"", "for = \"9m\""),
            ("at_least = \"30m\"", "at_least = \"9m\""),
        ] {
            change(from, to);
        }
    }
    // This is not divided, and green has to be well three times in a row.
    plan + match shape {
        Shape::Whole => "",
        Shape::Brief => "\n[timing]\npoll = \"2s\"\n",
        Shape::Seldom => "\n[timing]\npoll = \"15s\"\nfresh = \"15s\"\n",
    }
}

/// Returns the configuration for a stage.
pub(crate) fn config(stage: &Stage) -> String {
    let name = |of: &str| stage.name(of);
    let slot = |letter: &str, index: usize| {
        format!(
            "[slots.{letter}]\nservice = \"{}\"\ntarget_group = \"{}\"\n",
            name(&format!("services.{index}")),
            name(&format!("target_groups.{index}"))
        )
    };
    let app = &stage.app;
    format!(
        "region = \"us-east-1\"\napp = \"{app}\"\ncluster = \"production\"\n\
         task_definition = \"{app}\"\n[[routes]]\nrule = \"{}\"\n{}{}",
        name("rule"),
        slot("a", 0),
        slot("b", 1)
    )
}

/// One slot has all of the traffic and two tasks of this image alone; the other shall have none.
#[track_caller]
pub(crate) fn serves(stage: &Stage, slot: usize, digest: &str) {
    let history = stage.history();
    let last = history["states"].as_array().unwrap().last().unwrap();
    let group = |slot: usize| stage.name(&format!("target_groups.{slot}"));
    let desired = |slot: usize| {
        &last["desired"][["a", "b"].map(|s| format!("{}-{s}", stage.app))[slot].as_str()]
    };
    let (on, off) = (slot, 1 - slot);
    assert_eq!(
        (&last["weights"][group(on)], &last["weights"][group(off)]),
        (&json!(100), &json!(0))
    );
    assert_eq!((desired(on), desired(off)), (&json!(2), &json!(0)), "{last:#}");
    let runs = last["runs"][group(on)].as_array().unwrap();
    let [image] = runs.as_slice() else { panic!("several images run: {runs:?}") };
    assert!(image.as_str().unwrap().ends_with(digest), "{image}");
}

/// What must hold at every moment, whatever happened: a slot with weight has as many healthy
/// targets as the service began with, all of one image, and every request was served.
#[track_caller]
pub(crate) fn was_safe(stage: &Stage) {
    let history = stage.history();
    for state in history["states"].as_array().unwrap() {
        for (group, weight) in state["weights"].as_object().unwrap() {
            let healthy = state["healthy"][group].as_u64().unwrap();
            let images = state["runs"][group].as_array().map_or(0, Vec::len);
            assert!(
                weight == 0 || (healthy == 2 && images == 1),
                "with weight there are two targets of one image: {state:#}"
            );
        }
    }
    assert_eq!(history["unserved"], 0, "requests that nobody served");
}

/// A minute in a second.
pub(crate) const SCALE: u32 = 60;
/// What serves when a stage has been built.
pub(crate) const BLUE: &str =
    "sha256:b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1";
/// The plan's own.
pub(crate) const GREEN: &str =
    "sha256:9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e9e";
/// The one after it.
pub(crate) const NEXT: &str =
    "sha256:5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// How many rollouts run at a time.
static LANES: Semaphore = Semaphore::const_new(12);
