//! Changes of the world.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::{Digest, Side, Split, Weight};

use super::draw::Draw;
use super::trouble::What;
use crate::world::{
    Again, AnswerChange, Change, Ending, Health, MetricsBehaviour, Planned, ProbeBehaviour,
    RouterChange, SideChange, Trigger,
};

pub(super) fn slow_data_plane(draw: &mut Draw) -> Vec<What> {
    let delay = draw.secs(1, 180);
    passing(draw, Change::Router(RouterChange::Propagation(delay)))
}

pub(super) fn sticky(draw: &mut Draw) -> Vec<What> {
    let (share, span) = (draw.share(10, 50), draw.secs(30, 240));
    passing(draw, Change::Router(RouterChange::Drain(share, span)))
}

pub(super) fn no_capacity(draw: &mut Draw) -> Vec<What> {
    let quota = draw.small(0, 3);
    let when = Trigger::on(PhaseName::Preflight);
    let planned = Planned::new(when, side(Side::Green, SideChange::Quota(Some(quota))));
    vec![What::World(planned.lasting(draw.secs(60, 1800)))]
}

pub(super) fn blue_scaled_in(draw: &mut Draw) -> Vec<What> {
    let count = draw.small(0, 2);
    passing(draw, side(Side::Blue, SideChange::Targets(count)))
}

pub(super) fn demand_moves(draw: &mut Draw) -> Vec<What> {
    let rate = f64::from(draw.pick(36, &[60, 240, 400]));
    passing(draw, Change::Demand(rate))
}

pub(super) fn zone_lost(draw: &mut Draw) -> Vec<What> {
    let which = draw.pick(Side::Green, &[Side::Blue]);
    let count = draw.small(1, 2);
    once(draw, side(which, SideChange::Lose(count)))
}

pub(super) fn image_missing(draw: &mut Draw) -> Vec<What> {
    passing(draw, Change::ImageMissing(true))
}

pub(super) fn wrong_image(draw: &mut Draw) -> Vec<What> {
    let Ok(other) = Digest::new(format!("sha256:{}", "c".repeat(64))) else { return Vec::new() };
    let count = draw.small(1, 3);
    passing(draw, side(Side::Green, SideChange::WrongImage(Some((count, other)))))
}

pub(super) fn healthy_to_the_probe(draw: &mut Draw) -> Vec<What> {
    let when = draw.moment();
    let errors = side(Side::Green, SideChange::Errors(draw.share(20, 600)));
    let probe = Change::Answer(AnswerChange::Probe(None, ProbeBehaviour::Healthy));
    vec![What::World(Planned::new(when, errors)), What::World(Planned::new(when, probe))]
}

pub(super) fn flapping(draw: &mut Draw) -> Vec<What> {
    let which = draw.pick(Side::Green, &[Side::Green, Side::Blue]);
    let (up, down) = (draw.secs(5, 90), draw.secs(5, 90));
    passing(draw, side(which, SideChange::Health(Health::CrashLoop { up, down })))
}

pub(super) fn bad_late(draw: &mut Draw) -> Vec<What> {
    let phase = draw.pick(PhaseName::Baking, &[PhaseName::Confirming, PhaseName::Retaining]);
    let when = Trigger::Phase { phase, after: draw.secs(0, 1800) };
    let change = side(Side::Green, SideChange::Errors(draw.share(20, 600)));
    vec![What::World(Planned::new(when, change))]
}

/// A tenth of a percent more errors each minute.
pub(super) fn slowly_worse(draw: &mut Draw) -> Vec<What> {
    let when = draw.moment();
    let step = |minute: u32| {
        let share = f64::from(minute) / 1000.0;
        let later = when.later(Duration::from_secs(60 * u64::from(minute)));
        What::World(Planned::new(later, side(Side::Green, SideChange::Errors(share))))
    };
    (1..=30).map(step).collect()
}

pub(super) fn both_bad(draw: &mut Draw) -> Vec<What> {
    let (when, lasts) = (draw.moment(), draw.secs(60, 1800));
    let mut errors = |which| {
        let change = side(which, SideChange::Errors(draw.share(20, 600)));
        What::World(Planned::new(when, change).lasting(lasts))
    };
    vec![errors(Side::Green), errors(Side::Blue)]
}

pub(super) fn blue_bad(draw: &mut Draw) -> Vec<What> {
    let share = draw.share(20, 600);
    passing(draw, side(Side::Blue, SideChange::Errors(share)))
}

pub(super) fn metrics_missing(draw: &mut Draw) -> Vec<What> {
    let behaviour =
        draw.pick(MetricsBehaviour::Missing, &[MetricsBehaviour::Error, MetricsBehaviour::Hangs]);
    metrics(draw, behaviour)
}

pub(super) fn metrics_senseless(draw: &mut Draw) -> Vec<What> {
    let behaviour = draw.pick(
        MetricsBehaviour::Empty,
        &[
            MetricsBehaviour::NotANumber(Side::Green),
            MetricsBehaviour::NotANumber(Side::Blue),
            MetricsBehaviour::Nonsense,
        ],
    );
    metrics(draw, behaviour)
}

pub(super) fn metrics_late(draw: &mut Draw) -> Vec<What> {
    let late = draw.secs(30, 300);
    if draw.chance(50) {
        return metrics(draw, MetricsBehaviour::Stale(late));
    }
    passing(draw, Change::Answer(AnswerChange::MetricsLate(late)))
}

pub(super) fn metrics_swapped(draw: &mut Draw) -> Vec<What> {
    metrics(draw, MetricsBehaviour::Swapped)
}

pub(super) fn metrics_stuck(draw: &mut Draw) -> Vec<What> {
    metrics(draw, MetricsBehaviour::Stuck)
}

/// A request a minute, for as long as it lasts.
pub(super) fn little_traffic(draw: &mut Draw) -> Vec<What> {
    passing(draw, Change::Demand(1.0 / 60.0))
}

pub(super) fn bad_from_the_start(draw: &mut Draw) -> Vec<What> {
    let change = side(Side::Blue, SideChange::Errors(draw.share(20, 600)));
    let planned = Planned::new(Trigger::Elapsed(Duration::ZERO), change);
    vec![What::World(planned)]
}

pub(super) fn probes_hang(draw: &mut Draw) -> Vec<What> {
    let behaviour = draw.pick(ProbeBehaviour::Hangs, &[ProbeBehaviour::Error]);
    passing(draw, Change::Answer(AnswerChange::Probe(None, behaviour)))
}

pub(super) fn another_hand(draw: &mut Draw) -> Vec<What> {
    let change = hand(draw);
    once(draw, change)
}

/// Another tool sets its own weights every minute.
pub(super) fn rewritten(draw: &mut Draw) -> Vec<What> {
    let (change, when) = (hand(draw), draw.moment());
    let again = Again::new(Duration::from_secs(60), draw.small(2, 20));
    vec![What::World(Planned::new(when, change).again(again))]
}

pub(super) fn deleted(draw: &mut Draw) -> Vec<What> {
    let which = draw.pick(Side::Green, &[Side::Blue]);
    once(draw, side(which, SideChange::Delete))
}

pub(super) fn wall_jumps(draw: &mut Draw) -> Vec<What> {
    let by = i64::from(draw.small(1000, 86_400_000));
    let by = if draw.chance(50) { by } else { -by };
    once(draw, Change::WallJump(by))
}

pub(super) fn notifier_down(draw: &mut Draw) -> Vec<What> {
    let ending = draw.pick(Ending::Error, &[Ending::Hangs]);
    passing(draw, Change::Answer(AnswerChange::Notifier(ending)))
}

fn metrics(draw: &mut Draw, behaviour: MetricsBehaviour) -> Vec<What> {
    passing(draw, Change::Answer(AnswerChange::Metrics(behaviour)))
}

fn hand(draw: &mut Draw) -> Change {
    let percent = draw.pick(0, &[10, 30, 50, 100]);
    let green = Weight::from_percent(percent).unwrap_or(Weight::ZERO);
    Change::Router(RouterChange::Split(Split::to_green(green)))
}

const fn side(side: Side, change: SideChange) -> Change {
    Change::Side(side, change)
}

fn once(draw: &mut Draw, change: Change) -> Vec<What> {
    vec![What::World(Planned::new(draw.moment(), change))]
}

/// A change that is taken back after at most half an hour.
fn passing(draw: &mut Draw, change: Change) -> Vec<What> {
    let planned = Planned::new(draw.moment(), change);
    vec![What::World(planned.lasting(draw.secs(10, 1800)))]
}
