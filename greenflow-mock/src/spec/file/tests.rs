use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::provider::Fence;
use greenflow_core::value::{Side, WallTime};

use super::read;
use crate::faults::FaultKind;
use crate::spec::WorldSpec;
use crate::world::{Change, Health, SideChange, Trigger};
use crate::{Damage, Kill, Rival, Rng, Starts};

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_healthy_world() {
    assert_eq!(read("").unwrap(), WorldSpec::healthy());
}

#[test]
fn a_file_says_what_differs() {
    let text = r#"
        name = "odd"
        starts = "2026-02-10 08:00"
        [router]
        fence = "per_operation"
        [green]
        health = "crash_loop"
        [[change]]
        when = { at = "2026-02-10 08:30", after = "1m" }
        side = "green"
        errors = "30 %"
        for = "10m"
    "#;
    let spec = read(text).unwrap();
    assert_eq!(spec.router.fence, Fence::PerOperation);
    assert!(matches!(spec.green.fleet.health, Health::CrashLoop { .. }));
    let planned = &spec.changes[0];
    assert_eq!(planned.when, Trigger::Elapsed(Duration::from_secs(31 * 60)));
    assert_eq!(planned.change, Change::Side(Side::Green, SideChange::Errors(0.3)));
    assert_eq!(planned.lasts, Some(Duration::from_secs(600)));
}

#[test]
fn a_file_says_what_is_done_to_controllers_and_who_starts_something_too() {
    let text = r#"
        [[kill]]
        phase = "shifting"
        after = "1m"
        journal = "torn"
        kept = "60 %"
        [[kill]]
        phase = "baking"
        away = "1s"
        stopped_for = "2m"
        clock_ppm = -500
        [[start]]
        phase = "retaining"
        after = "5s"
        what = "other_steps"
        [[fault]]
        kind = "sync_failed"
        first = 1
    "#;
    let spec = read(text).unwrap();
    let (shifting, baking) = (PhaseName::Shifting, PhaseName::Baking);
    let second = Duration::from_secs(1);
    let torn = Kill::new(shifting, 60 * second, 20 * second).leaving(Damage::Torn { kept: 600 });
    let stopped = Kill::new(baking, Duration::ZERO, second).only_stopped_for(120 * second);
    assert_eq!(spec.kills, [torn, stopped.followed_at_rate(-500)]);
    assert_eq!(spec.rivals, [Rival::new(PhaseName::Retaining, 5 * second, Starts::OtherSteps)]);
    assert_eq!(spec.faults[0].kind, FaultKind::SyncFailed);
    assert!(!spec.ends_parked && read("ends_parked = true").unwrap().ends_parked);
    let kept = |kept: &str| {
        let text = format!("[[kill]]\nphase = \"baking\"\njournal = \"torn\"\nkept = \"{kept}\"");
        read(&text).unwrap().kills[0].leaves
    };
    assert_eq!(kept("100 %"), Some(Damage::Torn { kept: 1000 }));
    assert_eq!(kept("99.99 %"), Some(Damage::Torn { kept: 999 }));
    assert_eq!(kept("0 %"), Some(Damage::Torn { kept: 0 }));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, place, about) in [
        (
            "[[change]]\nwhen = { elapsed = \"1h\" }\nside = \"red\"\nerrors = \"1 %\"",
            "line 3, column 8",
            "red",
        ),
        ("[traffic]\nrat = 5", "line 2, column 1", "rat"),
        ("[traffic]\nrate = -5", "line 2, column 8", "-5"),
        ("call_latency = \"5 parsecs\"", "line 1, column 16", "parsecs"),
        ("call_latency = \"-5s\"", "line 1, column 16", "negative"),
        ("zone = \"Mars/Base\"", "line 1, column 8", "Mars"),
        ("starts = \"soon\"", "line 1, column 10", "soon"),
        ("[green]\nerrors = \"130 %\"", "line 2, column 10", "130"),
        ("[green]\nerrors = \"many\"", "line 2, column 10", "30 %"),
        ("[green]\ntargets = 3", "line 1, column 1", "plan"),
        ("[blue]\np50 = \"1s\"", "line 1, column 1", "together"),
        ("[[change]]\nwhen = { phase = \"dreaming\" }", "line 2, column 18", "dreaming"),
        ("[[change]]\nwhen = { elapsed = \"1h\" }", "line 1, column 1", "nothing"),
        ("[[kill]]\nphase = \"baking\"\njournal = \"torn\"", "line 1, column 1", "kept"),
        ("[[kill]]\nphase = \"baking\"\nbit = 5", "line 1, column 1", "journal"),
        (
            "[[kill]]\nphase = \"baking\"\nonly_dropped = true\njournal = \"unsynced\"",
            "line 1, column 1",
            "at most one",
        ),
        ("[[start]]\nphase = \"baking\"\nwhat = \"nothing\"", "line 3, column 8", "nothing"),
        ("[[change]]\nwhen = {}\nrate = 1", "line 2, column 8", "exactly one"),
        ("[[change]]\nwhen = { elapsed = \"1h\" }\nerrors = \"1 %\"", "line 1, column 1", "whose"),
        (
            "[[change]]\nwhen = { at = \"2020-01-01 00:00\" }\nrate = 1",
            "line 2, column 8",
            "before",
        ),
        ("[[fault]]\nkind = \"gremlin\"", "line 2, column 8", "gremlin"),
        ("[[fault]]\nkind = \"hang\"\non = [\"sing\"]", "line 3, column 6", "sing"),
        ("[[fault]]\nkind = \"timeout_late\"", "line 1, column 1", "after"),
        ("[[fault]]\nkind = \"hang\"\nnth = 1\nfirst = 2", "line 1, column 1", "at most one"),
        (
            "[[script]]\nwhen = { elapsed = \"1h\" }\nwho = \"x\"\nsays = \"confirm\"",
            "line 1, column 1",
            "item",
        ),
        ("[router]\nroutes = []", "line 1, column 1", "routes"),
        ("name = ", "line 1, column", ""),
    ] {
        let message = error(text);
        assert!(message.starts_with(place) && message.contains(about), "{text}\n  {message}");
    }
}

#[test]
fn a_wall_time_with_an_offset_is_that_moment() {
    let starts = |text: &str| read(&format!("starts = \"{text}\"")).map(|spec| spec.start);
    let moment = Some(WallTime::from_unix_millis(1_770_774_000_000));
    for text in [
        "2026-02-11 10:40",
        "2026-02-11T10:40",
        "2026-02-11 10:40:00",
        "2026-02-11T01:40Z",
        "2026-02-11T10:40+09:00",
        "2026-02-10T20:40-05:00",
    ] {
        assert_eq!(starts(text).unwrap(), moment, "{text}");
    }
    for text in ["2026-02-11 10:40[Mars/Base]", "2026-02-11 10:40+99:00", "2026-02-11 10:40 CET"] {
        assert!(starts(text).unwrap_err().to_string().contains("is not a time"), "{text}");
    }
}

#[test]
fn a_world_that_names_a_wall_time_says_when_it_begins() {
    let usual = WorldSpec::healthy().begins();
    let start = |text: &str| read(text).unwrap().start;
    assert_eq!(start("name = \"none\""), None);
    assert_eq!(start("starts = \"2026-02-09 09:00\""), Some(usual));
    let change = "[[change]]\nrate = 1\nwhen = ";
    assert_eq!(start(&format!("{change}{{ elapsed = \"1h\" }}")), None);
    assert_eq!(start(&format!("{change}{{ at = \"2026-02-10 09:00\" }}")), Some(usual));
    let earlier = format!("starts = \"2026-02-08 09:00\"\n{change}{{ at = \"2026-02-10 09:00\" }}");
    assert_eq!(start(&earlier), Some(usual.before(Duration::from_hours(24))));
}

#[test]
fn problems_are_said_together() {
    let message =
        error("zone = \"Mars/Base\"\n[router]\nroutes = []\n[[fault]]\nkind = \"partial\"");
    assert_eq!(message.lines().count(), 3, "{message}");
}

#[test]
fn no_bytes_make_it_panic() {
    let seed = include_str!("../../../../examples/worlds/late-write.toml");
    let mut rng = Rng::keyed(1, &[]);
    let mut pick = |below: usize| usize::try_from(rng.next_u64() % below as u64).unwrap();
    for round in 0..3000 {
        let mut bytes = if round % 3 == 0 { vec![0; 64] } else { seed.as_bytes().to_vec() };
        for _ in 0..=pick(8) {
            let at = pick(bytes.len());
            bytes[at] = u8::try_from(pick(256)).unwrap();
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(spec) = read(&text) {
            let world = crate::World::new(&spec, 1);
            assert!(world.truth().demand >= 0.0);
        }
    }
}
