use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::machine::{Command, PhaseName};
use greenflow_core::plan::{PlanBody, PlanHash};
use greenflow_core::provider::Clock as _;
use greenflow_core::value::{Digest, RoleName, RolloutId};

use super::{Desk, Entry, Says, Script};
use crate::world::Trigger;
use crate::{Sim, SimClock, World, WorldSpec};

/// A rollout that enters given phases at given times and rejects the first `rejects` commands.
struct Staged {
    clock: SimClock,
    phases: Mutex<Vec<(u64, PhaseName)>>,
    rejects: Mutex<u32>,
}

#[async_trait]
impl Desk for Staged {
    async fn tell(&self, _: Command) -> Result<(), String> {
        let mut rejects = self.rejects.lock().unwrap();
        if *rejects > 0 {
            *rejects -= 1;
            return Err("not now".to_owned());
        }
        Ok(())
    }

    async fn next_phase(&self) -> Option<PhaseName> {
        let next = {
            let mut phases = self.phases.lock().unwrap();
            if phases.is_empty() { None } else { Some(phases.remove(0)) }
        };
        let (at, phase) = next?;
        self.clock.sleep_until(Duration::from_secs(at)).await;
        Some(phase)
    }

    fn rollout(&self) -> RolloutId {
        RolloutId::new("r-1").unwrap()
    }

    fn plan_hash(&self) -> PlanHash {
        serde_json::from_str("\"0\"").unwrap()
    }

    fn digest(&self) -> Digest {
        WorldSpec::healthy().blue_digest
    }
}

fn played(script: &Script, phases: &[(u64, PhaseName)], rejects: u32) -> Vec<(u64, String, bool)> {
    let world = World::new(&WorldSpec::healthy(), 1);
    let desk = Staged {
        clock: world.clock(),
        phases: Mutex::new(phases.to_vec()),
        rejects: Mutex::new(rejects),
    };
    let plan = plan();
    let said = Sim::new(&world).run(script.play(&world, &desk, &plan)).unwrap();
    said.iter()
        .map(|said| {
            let action = &said.command.action;
            let what = if let greenflow_core::machine::Action::Confirm { item } = action {
                item.clone()
            } else {
                format!("{} {}", action.name(), said.command.who)
            };
            (said.at.as_secs(), what, said.answer.is_ok())
        })
        .collect()
}

const PHASES: &[(u64, PhaseName)] = &[
    (0, PhaseName::Scheduled),
    (10_000, PhaseName::AwaitingApproval),
    (20_000, PhaseName::Confirming),
    (30_000, PhaseName::Completed),
];

#[test]
fn diligent_people_do_what_the_plan_asks() {
    let said = played(&Script::diligent(), PHASES, 0);
    let expected = [
        (3_600, "backup made"),
        (10_120, "approve Kim (deploy-lead)"),
        (10_210, "approve db-lead (db-lead)"),
        (20_060, "acknowledge Kim (deploy-lead)"),
    ]
    .map(|(at, what)| (at, what.to_owned(), true));
    assert_eq!(said, expected);
}

#[test]
fn they_try_again_when_they_are_rejected() {
    let said = played(&Script::diligent(), PHASES, 2);
    let first: Vec<(u64, bool)> = said.iter().take(3).map(|(at, _, ok)| (*at, *ok)).collect();
    assert_eq!(first, [(3_600, false), (3_660, false), (3_720, true)]);
}

#[test]
fn entries_speak_at_their_triggers_and_habits_can_be_switched_off() {
    let when = Trigger::on(PhaseName::Confirming).later(Duration::from_secs(60));
    let script = Script::silent().with(Entry::new(when, "Lee", Says::Abort)).with(Entry::new(
        Trigger::Elapsed(Duration::from_secs(5)),
        "Lee",
        Says::Pause,
    ));
    let said: Vec<(u64, String)> =
        played(&script, PHASES, 0).into_iter().map(|(at, what, _)| (at, what)).collect();
    assert_eq!(said, [(5, "pause Lee".to_owned()), (20_060, "abort Lee".to_owned())]);
    let mut forgetful = Script::diligent();
    forgetful.habits.forget.push("backup made".to_owned());
    forgetful.habits.absent.push(RoleName::new("db-lead").unwrap());
    let said: Vec<String> = played(&forgetful, PHASES, 0).into_iter().map(|said| said.1).collect();
    assert_eq!(said, ["approve Kim (deploy-lead)", "acknowledge Kim (deploy-lead)"]);
}

/// A plan with one checklist due two hours after the world's start.
fn plan() -> PlanBody {
    let start = WorldSpec::healthy().begins();
    let due = start.after(Duration::from_secs(7200)).as_unix_millis();
    let analysis = serde_json::json!({
        "every": "30s", "consecutive": 2, "unknown_budget": "2m", "min_requests": 1,
        "limits": [], "recorded": [],
    });
    let wait = serde_json::json!({ "within": "10m", "otherwise": "roll_back", "owner": null });
    serde_json::from_value(serde_json::json!({
        "service": "api",
        "zone": "Asia/Seoul",
        "green": { "image": "api", "digest": format!("sha256:{}", "a".repeat(64)) },
        "people": {
            "roles": [{ "role": "deploy-lead", "name": "Kim" }],
            "rollback_owner": null,
            "channel": null,
        },
        "checklists": [{ "name": "before", "due": due, "items": [
            { "item": "backup made", "confirmed_by": { "role": "db-lead" } },
            { "item": "tests pass", "confirmed_by": { "check": "tests" } },
        ]}],
        "start": {
            "grace": "1h",
            "freeze_windows": [],
            "dangerous_start_with_unhealthy_blue": false,
            "dangerous_trust_read_back": false,
        },
        "preflight": { "not_before": null, "deadline": "10m", "checks": [] },
        "provision": { "not_before": null, "deadline": "1h", "capacity": null, "probes": [] },
        "verify": { "not_before": null, "suites": [] },
        "approval": {
            "not_before": null,
            "roles": ["deploy-lead", "db-lead"],
            "quorum": 2,
            "expires_after": "1h",
            "on_expiry": "roll_back",
        },
        "shift": {
            "not_before": null,
            "steps": [{ "green": 10_000, "hold": "1m" }],
            "analysis": analysis,
            "max_extensions": 1,
            "headroom_percent": 120,
        },
        "bake": { "for": "30m", "analysis": analysis },
        "confirm": {
            "not_before": null,
            "checks": [],
            "success_signals": [],
            "acknowledge": ["deploy-lead"],
            "unacknowledged": wait,
            "notify_customers": false,
        },
        "retain": { "at_least": "72h", "due": null },
        "retire": { "remove_blue": true, "checks": [], "backup": null },
        "watch": { "not_before": null, "for": "7d", "analysis": analysis, "reports": [] },
        "faults": {
            "assess_within": "2m",
            "remeasure_within": "30s",
            "critical": "cut",
            "pause": wait,
            "drift": wait,
            "stalled": wait,
            "no_safe_side": wait,
        },
        "rollback": { "budget": "5m", "attempts": 10 },
        "timing": {},
    }))
    .unwrap()
}
