use super::*;
use crate::world::{BySide, Latency};

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn rates(green: f64, errors: f64) -> Rates {
    let side = SideRates {
        up: true,
        overflow: 0.0,
        errors,
        latency: Latency::new(Duration::from_millis(100), Duration::from_millis(400)),
        events: [(tracker(), 0.01)].into(),
    };
    Rates {
        demand: 200.0,
        share: BySide::new(1.0 - green, green),
        side: BySide::new(side.clone(), side),
    }
}

fn tracker() -> MetricName {
    MetricName::new("error-tracker").unwrap()
}

fn ledger() -> Ledger {
    Ledger::new(5, Duration::from_millis(500), rates(0.5, 0.1))
}

#[test]
fn everything_that_arrives_is_served_or_not() {
    let mut ledger = ledger();
    ledger.change(secs(100), rates(1.0, 0.0));
    let mut dead = rates(0.3, 0.0);
    dead.side.green.up = false;
    ledger.change(secs(200), dead);
    let totals = ledger.totals(secs(300));
    assert_eq!(totals.blue + totals.green + totals.nobody, totals.arrived);
    assert!((59_000..61_000).contains(&totals.arrived), "{totals:?}");
    assert!((5_600..6_400).contains(&totals.nobody), "{totals:?}");
    assert!(totals.harmed >= totals.nobody && totals.failed > 1_500, "{totals:?}");
}

#[test]
fn cutting_what_is_drawn_changes_no_total() {
    let mut ledger = ledger();
    let thresholds = [Duration::from_millis(200), Duration::from_millis(500)];
    let whole = ledger.sample(secs(0)..secs(600), &thresholds, &[tracker()]).unwrap();
    let before = ledger.totals(secs(600));
    let mut parts = Vec::new();
    for (start, end) in [(0, 7), (7, 300), (300, 301), (301, 600)] {
        let part = ledger.sample(secs(start)..secs(end), &thresholds, &[tracker()]).unwrap();
        parts.push(part);
    }
    assert_eq!(ledger.totals(secs(600)), before);
    let sum = |of: fn(&Interval) -> u64| parts.iter().map(of).sum::<u64>();
    assert_eq!(sum(|part| part.green.requests), whole.green.requests);
    assert_eq!(sum(|part| part.blue.errors), whole.blue.errors);
    assert_eq!(sum(|part| part.green.slower[0].count), whole.green.slower[0].count);
    assert_eq!(sum(|part| part.green.slower[1].count), whole.green.slower[1].count);
    assert_eq!(sum(|part| part.blue.events[&tracker()]), whole.blue.events[&tracker()]);
    let again = ledger.sample(secs(0)..secs(600), &thresholds, &[tracker()]).unwrap();
    assert_eq!(again, whole);
}

#[test]
fn a_threshold_more_changes_nothing_else() {
    let ask = |thresholds: &[u64]| {
        let thresholds: Vec<_> = thresholds.iter().map(|ms| Duration::from_millis(*ms)).collect();
        ledger().sample(secs(0)..secs(60), &thresholds, &[]).unwrap()
    };
    let (one, two) = (ask(&[500]), ask(&[500, 300, 700]));
    assert_eq!((one.green.requests, one.blue.errors), (two.green.requests, two.blue.errors));
    assert_eq!(one.green.slower[0], two.green.slower[0]);
    let slower: Vec<u64> = two.green.slower.iter().map(|slower| slower.count).collect();
    assert!(slower[1] >= slower[0] && slower[0] >= slower[2], "{slower:?}");
}

#[test]
fn counts_are_as_likely_as_they_should_be() {
    let sample = ledger().sample(secs(0)..secs(3600), &[Duration::from_millis(400)], &[]).unwrap();
    let green = sample.green;
    let near = |seen: u64, expected: f64, sigma: f64| (seen as f64 - expected).abs() < 5.0 * sigma;
    assert!(near(green.requests, 360_000.0, 600.0), "{}", green.requests);
    assert!(near(green.errors, 36_000.0, 190.0), "{}", green.errors);
    assert!(near(green.slower[0].count, 16_200.0, 130.0), "{}", green.slower[0].count);
}

#[test]
fn old_pieces_are_folded_and_not_lost() {
    let mut ledger = ledger();
    let mut sum = 0;
    for hour in 0..24 * 7 {
        let (start, end) = (secs(hour * 3600), secs((hour + 1) * 3600));
        let sample = ledger.sample(start..end, &[], &[]).unwrap();
        sum += sample.blue.requests + sample.green.requests;
    }
    assert!(ledger.pieces.len() < 30, "{}", ledger.pieces.len());
    assert_eq!(ledger.totals(secs(24 * 7 * 3600)).arrived, sum);
    assert!(ledger.sample(secs(0)..secs(60), &[], &[]).is_none(), "out of reach");
}

#[test]
fn a_piece_is_one_handful_of_draws_however_long() {
    let counts = Counts::draw(
        Place { seed: 1, start: secs(0), end: secs(10_000_000) },
        &rates(0.5, 0.5),
        secs(1),
    );
    assert!(counts.arrived() > 1_900_000_000);
}
