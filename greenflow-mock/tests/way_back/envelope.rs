//! While at most six of ten calls fail, or nothing answers for a minute, and one controller dies,
//! green is read back as 0 within five minutes, always, and mostly within seconds.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_mock::faults::{Fault, FaultKind, Pick};
use greenflow_mock::world::Trigger;
use greenflow_mock::{Kill, Operation, Rng, WorldSpec, label};

use super::{SECOND, at_percent, green_fails, rehearsal, t_rb, way_back};

const CASES: u64 = 400;

/// Draws from a seed.
struct Draw(Rng);

impl Draw {
    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.0.next_u64() % (most - least + 1)
    }

    fn secs(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_secs(self.between(least, most))
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        let most = choices.len() as u64 - 1;
        choices[usize::try_from(self.between(0, most)).unwrap()]
    }

    /// What may happen to a call: every kind of fault that ends by itself.
    fn kind(&mut self) -> FaultKind {
        let span = self.secs(1, 30);
        self.of(&[
            FaultKind::Throttle { retry_after: None },
            FaultKind::Throttle { retry_after: Some(span) },
            FaultKind::TimeoutLost,
            FaultKind::TimeoutApplied,
            FaultKind::TimeoutLate { after: span },
            FaultKind::AckLost,
            FaultKind::AppliedLate { after: span },
            FaultKind::Duplicate { times: 2, spacing: span },
            FaultKind::StaleRead { age: span },
            FaultKind::Slow { by: span },
            FaultKind::Hang,
            FaultKind::Malformed,
            FaultKind::NotFound,
            FaultKind::Outage,
        ])
    }
}

/// One world within the bounds: so many in a hundred calls fail, from the first traffic on green to
/// the end, or nothing answers for up to a minute.
fn world(seed: u64, percent: u64) -> (WorldSpec, Vec<Kill>) {
    let mut draw = Draw(Rng::keyed(seed, &[label("way back"), percent]));
    let share = draw.of(&[1, 50, 100]);
    let mut spec =
        WorldSpec::healthy().with_planned(green_fails(at_percent(share, draw.secs(0, 60))));
    spec.router.propagation = draw.secs(0, 30);
    let away = draw.between(1, 3) == 1;
    if away {
        let from = Trigger::on(PhaseName::Assessing).later(draw.secs(0, 40));
        let outage = Fault::new(FaultKind::Outage).from(from).lasting(draw.secs(1, 60));
        let journal = draw.between(1, 3) == 1;
        let down = Operation::ALL.iter().filter(|operation| operation.is_journal() == journal);
        spec = spec.with_fault(down.fold(outage, |fault, operation| fault.on(*operation)));
    } else {
        // One fault an operation: two of them would be more calls than are meant to fail.
        for operation in [Operation::SetSplit, Operation::ReadSplit, Operation::Describe] {
            let kind = draw.kind();
            let pick = Pick::Chance(percent as f64 / 100.0);
            let fault = Fault::new(kind).on(operation).picking(pick);
            spec = spec.with_fault(fault.from(at_percent(share, Duration::ZERO)));
        }
    }
    let dies = draw.between(0, 2) > 0;
    let phase = draw.of(&[PhaseName::Assessing, PhaseName::RollingBack]);
    let kill = Kill::new(phase, draw.secs(0, 20), draw.secs(0, 20));
    (spec, if dies { vec![kill] } else { Vec::new() })
}

/// How long the way back took in so many worlds, the longest last, and in which.
fn spans(percent: u64) -> Vec<(Duration, u64)> {
    let mut spans: Vec<(Duration, u64)> = (1..=CASES)
        .map(|seed| {
            let (spec, kills) = world(seed, percent);
            let (_, rollback) = way_back(&rehearsal(spec).with_kills(kills), seed);
            (t_rb(&rollback), seed)
        })
        .collect();
    spans.sort_unstable();
    spans
}

/// Asserts that so many percent of them took no longer than this.
fn within(spans: &[(Duration, u64)], percent: usize, bound: Duration) {
    let (span, seed) = spans[(spans.len() - 1) * percent / 100];
    assert!(span <= bound, "p{percent} is {span:?}, as with seed {seed}");
}

#[test]
fn with_six_of_ten_calls_failing_it_is_back_in_five_minutes_always_and_mostly_in_seconds() {
    let spans = spans(60);
    within(&spans, 100, 300 * SECOND);
    within(&spans, 99, 120 * SECOND);
    within(&spans, 50, 25 * SECOND);
}

#[test]
fn with_three_in_a_hundred_failing_it_is_back_in_a_minute() {
    within(&spans(3), 99, 60 * SECOND);
}
