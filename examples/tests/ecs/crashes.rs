//! The process dies at each write, before or after it took effect, and another goes on.

use serde_json::json;

use crate::scene::{Scene, Shape};
use crate::side_by_side::{Scenario, scenario};

/// Which write, and what had become of it when the process died.
#[derive(Clone, Copy, Debug)]
struct Crash {
    operation: &'static str,
    /// How many of these calls come before it.
    skip: u64,
    fate: Fate,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It never took effect.
    Lost,
    /// It took effect, and nobody heard of it.
    Done,
    /// It takes effect when the next process has taken over.
    Late,
}

impl Crash {
    async fn at(self, scene: &Scene) {
        let Self { operation, skip, fate } = self;
        let (kind, seconds) = match fate {
            Fate::Lost => ("hang", 3.0),
            Fate::Done => ("delay_after", 3.0),
            Fate::Late => {
                scene.bounds_late_effects(LEASE + LATE);
                ("late", f64::from(LEASE))
            }
        };
        scene.stage.fault(operation, kind, &json!({ "skip": skip, "seconds": seconds }));
        scene.crash_when(|stage| stage.calls(operation) > skip).await;
    }
}

/// Each write of a rollout.
fn crashes(writes: &[(&'static str, u64)], fates: &[Fate]) -> Vec<Crash> {
    let each = |&(operation, skip): &(&'static str, u64)| {
        fates.iter().map(move |&fate| Crash { operation, skip, fate })
    };
    writes.iter().flat_map(each).collect()
}

/// A killed rollout goes on from its journal, and back from it.
pub(crate) fn scenarios() -> Vec<Scenario> {
    // Up, 10 %, 50 %, 100 %, and blue down.
    let on = [
        ("RegisterTaskDefinition", 0),
        ("UpdateService", 0),
        ("ModifyRule", 0),
        ("ModifyRule", 1),
        ("ModifyRule", 2),
        ("UpdateService", 1),
    ];
    // The cut, and green down.
    let back = [("ModifyRule", 2), ("UpdateService", 1)];
    let mut wanted: Vec<(Crash, u8)> = Vec::new();
    let both = [Fate::Lost, Fate::Done];
    wanted.extend(crashes(&on, &both).into_iter().map(|crash| (crash, 0)));
    wanted.extend(crashes(&back, &both).into_iter().map(|crash| (crash, 2)));
    wanted.extend(crashes(&on[3..5], &[Fate::Late]).into_iter().map(|crash| (crash, 0)));
    wanted.extend(crashes(&back[..1], &[Fate::Late]).into_iter().map(|crash| (crash, 2)));
    let of = |(crash, status): (Crash, u8)| {
        scenario(format!("{crash:?}, to end with {status}"), async move {
            let scene = Scene::new(Shape::Brief).await;
            if status == 2 {
                scene.fails_at_half();
            }
            crash.at(&scene).await;
            let ran = scene.run(&[]).await;
            scene.ended(ran, status);
        })
    };
    wanted.into_iter().map(of).collect()
}

/// Within so many seconds of a crash the next process takes over.
const LEASE: u32 = 15;
/// How much later than that a late write may be.
const LATE: u32 = 5;
