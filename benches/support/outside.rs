//! An outside that does at once whatever it is told, and where nothing goes wrong.

use std::error::Error;
use std::time::Duration;

use greenflow_core::fact::Write;
use greenflow_core::machine::{Read, Reading};
use greenflow_core::plan::PlanBody;
use greenflow_core::provider::{
    CheckOutcome, CheckReport, HookReport, IntervalSample, ObservedSplit, ProbeReport, SideSample,
    SideState, Sides, SlowerThan,
};
use greenflow_core::value::{Digest, Now, ResourceId, Side, Split, Timestamp, WallTime};

/// The balancer, the sides, 200 requests a second, and the time.
#[derive(Debug)]
pub(crate) struct Outside {
    now: Now,
    splits: Vec<(WallTime, Split)>,
    sides: Sides,
}

impl Outside {
    pub(crate) fn new(now: Now) -> Result<Self, Box<dyn Error>> {
        let blue = side("blue", &Digest::new(format!("sha256:{}", "b".repeat(64)))?)?;
        let sides = Sides { blue, green: SideState::default() };
        Ok(Self { now, splits: vec![(now.wall.before(DAY), Split::ALL_BLUE)], sides })
    }

    pub(crate) const fn now(&self) -> Now {
        self.now
    }

    pub(crate) fn let_pass(&mut self, until: Timestamp) {
        let wall = self.now.wall.after(until.since(self.now.at));
        self.now = Now::new(until, wall);
    }

    pub(crate) fn green_resources(&self) -> Vec<ResourceId> {
        self.sides.green.resources.clone()
    }

    pub(crate) fn report(&self, write: &Write) -> Option<HookReport> {
        matches!(write, Write::RunHook { .. }).then(|| HookReport { detail: String::new() })
    }

    pub(crate) fn carry_out(&mut self, write: &Write) -> Result<(), Box<dyn Error>> {
        match write {
            Write::Raise { split } => self.splits.push((self.now.wall, *split)),
            Write::Cut => self.splits.push((self.now.wall, Split::ALL_BLUE)),
            Write::PinBlue { minimum } => self.sides.blue.pinned_at = *minimum,
            Write::Provision { revision, .. } => {
                self.sides.green = side("green", &revision.digest)?;
            }
            Write::Remove { side: Side::Blue, .. } => self.sides.blue = SideState::default(),
            Write::Remove { side: Side::Green, .. } => self.sides.green = SideState::default(),
            Write::RunHook { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn look(&self, read: &Read, plan: &PlanBody) -> Result<Reading, Box<dyn Error>> {
        let at = self.now.wall;
        Ok(match read {
            Read::Split => {
                Reading::Split(ObservedSplit::single("production".parse()?, self.split(at)))
            }
            Read::Sides => Reading::Sides(self.sides.clone()),
            Read::Sample { start, end, thresholds, metrics } => {
                let all = u64::try_from(end.since(*start).as_millis())? / 5;
                let green = all * u64::from(self.split(*start).green().basis_points()) / 10_000;
                let side = |requests| {
                    let slower = |than: &Duration| SlowerThan { than: *than, count: 0 };
                    Some(SideSample {
                        requests,
                        errors: 0,
                        slower: thresholds.iter().map(slower).collect(),
                        events: metrics.iter().map(|name| (name.clone(), 0)).collect(),
                        gauges: metrics.iter().map(|name| (name.clone(), 0)).collect(),
                    })
                };
                let (start, end, blue, green) = (*start, *end, side(all - green), side(green));
                Reading::Sample(IntervalSample { start, end, blue, green, unserved: Some(0) })
            }
            Read::Check { check, .. } => {
                let suite = plan.verify.suites.iter().find(|suite| suite.name == *check);
                let passed = |case: &String| (case.clone(), CheckOutcome::Passed);
                let cases = suite.map(|suite| suite.cases.iter().map(passed).collect());
                Reading::Check(CheckReport {
                    outcome: CheckOutcome::Passed,
                    cases: cases.unwrap_or_default(),
                    measurements: Vec::new(),
                    seen: Some(plan.green.digest.clone()),
                    detail: String::new(),
                })
            }
            Read::Probe { side, .. } => Reading::Probe(ProbeReport {
                healthy: true,
                seen: self.sides.side(*side).digests.first().cloned(),
                detail: String::new(),
            }),
        })
    }

    fn split(&self, time: WallTime) -> Split {
        let set = self.splits.iter().rfind(|(since, _)| *since <= time);
        set.map_or(Split::ALL_BLUE, |(_, split)| *split)
    }
}

const DAY: Duration = Duration::from_hours(24);

fn side(name: &str, digest: &Digest) -> Result<SideState, Box<dyn Error>> {
    let (resources, digests) = (vec![name.parse()?], vec![digest.clone()]);
    Ok(SideState { resources, digests, desired: 6, healthy: 6, ..SideState::default() })
}
