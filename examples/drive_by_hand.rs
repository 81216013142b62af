//! Drives a rollout by hand: the machine alone, without engine, runtime, async or providers.
//!
//! You learn what the machine decides and what it leaves to whoever drives it: keep the facts, make
//! writes and reads, hand over notices, let time pass. The engine adds leases, retries, recovery.
//!
//! ```sh
//! cargo run --release --example drive_by_hand
//! ```
//!
//! Prints each output as it is carried out, and at last `ended: completed`.

use std::{collections::VecDeque, error::Error, io, sync::Arc, time::Duration};

use greenflow_core::fact::{Fact, NoticeResult, Outcome, OutcomeClass, StartOptions, Write};
use greenflow_core::judge::ThresholdJudge;
use greenflow_core::machine::{Ended, Input, Machine, Output, Read, Reading};
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::provider::{
    Capabilities, ComputeCapabilities, Fence, Granularity, IntervalSample,
    LoadBalancerCapabilities, MetricCapabilities, ObservedSplit, SideSample, SideState, Sides,
};
use greenflow_core::value::{Digest, Now, Revision, Split, Timestamp, WallTime, Who};

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout().lock()).map(drop)
}

/// Drives a small plan to its end.
pub(crate) fn run(out: &mut impl io::Write) -> Result<Ended, Box<dyn Error>> {
    let digest = |fill: &str| Digest::new(format!("sha256:{}", fill.repeat(64)));
    let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest("b")?))
        .step(10, Duration::from_secs(60))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .bake(Duration::from_secs(120))
        .keep_blue()
        .build()?;
    let now = Now::new(Timestamp::ZERO, WallTime::from_unix_millis(1_770_771_600_000));
    let sides = Sides { blue: side("blue", &digest("a")?)?, green: SideState::default() };
    let mut world = World { now, splits: vec![(now.wall, Split::ALL_BLUE)], sides };
    let (id, options) = ("api-1".parse()?, StartOptions::new(Who::new("me")));
    let judge = Arc::new(ThresholdJudge::new());
    let mut machine = Machine::create(id, plan.body(), options, can(), judge, now);
    let mut inbox = VecDeque::from([Input::Began { controller: "by-hand".parse()? }]);
    let mut journal = Vec::new();
    loop {
        let now = world.now.at;
        let mut tell = |what: String| writeln!(out, "{:>6} s  {what}", now.as_millis() / 1000);
        match machine.poll_output() {
            // Kept before what follows is carried out: whoever takes over must know of it.
            Output::Append(entry) => {
                let to = if let Fact::Moved(to) = &entry.fact { to.name() } else { "" };
                tell(format!("keep   {} {} {to}", entry.sequence, entry.fact.name()))?;
                journal.push(entry);
            }
            Output::Write(order) => {
                tell(format!("write  {:?}", order.write))?;
                world.carry_out(&order.write)?;
                inbox.push_back(Input::WriteEnded(Outcome {
                    id: order.id,
                    class: OutcomeClass::Applied,
                    attempts: 1,
                    last_sent_at: Some(now),
                    may_land_late: false,
                    resources: world.sides.green.resources.clone(),
                    report: None,
                    failure: None,
                }));
            }
            Output::StopWrite(id) => tell(format!("stop   {id}, which has ended already"))?,
            Output::Read(order) => {
                tell(format!("read   {:?}", order.read))?;
                let reading = world.look(&order.read)?;
                inbox.push_back(Input::ReadEnded { read: order.read, result: Ok(reading) });
            }
            Output::Notify(notice) => {
                tell(format!("notify {}: {}", notice.audience, notice.text))?;
                inbox.push_back(Input::NoticeEnded { key: notice.key, result: NoticeResult::Sent });
            }
            Output::Wait(wait) if wait.finished => break,
            Output::Wait(wait) => {
                let input = inbox.pop_front().unwrap_or(Input::Tick);
                if input == Input::Tick {
                    tell(format!("wait   for {}", wait.reason))?;
                    let until = wait.until.ok_or("it would wait for ever")?;
                    world.now = Now::new(until, world.now.wall.after(until.since(now)));
                }
                let _ = machine.handle_input(world.now, input)?;
            }
        }
    }
    // The facts are all there is to know: folded anew, they come to the same end.
    let again = Machine::replay(journal, Arc::new(ThresholdJudge::new()))?;
    let ended = again.outcome().ok_or("it has not ended")?;
    writeln!(out, "ended: {}", ended.as_str())?;
    Ok(ended)
}

/// The outside: a balancer, two sides, 100 requests a second, and the time.
struct World {
    now: Now,
    splits: Vec<(WallTime, Split)>,
    sides: Sides,
}

impl World {
    fn carry_out(&mut self, write: &Write) -> Result<(), Box<dyn Error>> {
        match write {
            Write::Raise { split } => self.splits.push((self.now.wall, *split)),
            Write::Cut => self.splits.push((self.now.wall, Split::ALL_BLUE)),
            Write::PinBlue { minimum } => self.sides.blue.pinned_at = *minimum,
            Write::Provision { revision: Revision { digest, .. }, .. } => {
                self.sides.green = side("green", digest)?;
            }
            Write::Remove { .. } | Write::RunHook { .. } => return Err("not in this plan".into()),
        }
        Ok(())
    }

    fn look(&self, read: &Read) -> Result<Reading, Box<dyn Error>> {
        let now = self.now.wall;
        let set = |time| self.splits.iter().rfind(|(since, _)| *since <= time);
        let at = |time| set(time).map_or(Split::ALL_BLUE, |(_, split)| *split);
        Ok(match read {
            Read::Split => Reading::Split(ObservedSplit::single("public".parse()?, at(now))),
            Read::Sides => Reading::Sides(self.sides.clone()),
            Read::Sample { start, end, .. } => {
                let all = u64::try_from(end.since(*start).as_millis())? / 10;
                let green = all * u64::from(at(*start).green().basis_points()) / 10_000;
                let side = |requests| Some(SideSample { requests, ..SideSample::default() });
                let (start, end, blue, green) = (*start, *end, side(all - green), side(green));
                Reading::Sample(IntervalSample { start, end, blue, green, unserved: None })
            }
            Read::Check { .. } | Read::Probe { .. } => return Err("not in this plan".into()),
        })
    }
}

fn side(name: &str, digest: &Digest) -> Result<SideState, Box<dyn Error>> {
    let (resources, digests) = (vec![name.parse()?], vec![digest.clone()]);
    Ok(SideState { resources, digests, desired: 4, healthy: 4, ..SideState::default() })
}

fn can() -> Capabilities {
    let (granularity, fence) = (Granularity::Steps { basis_points: 1 }, Fence::Conditional);
    let load_balancer = LoadBalancerCapabilities { granularity, fence };
    let metrics = MetricCapabilities { shortest: Duration::from_secs(10), delay: Duration::ZERO };
    Capabilities { load_balancer, compute: ComputeCapabilities { fence, pins: true }, metrics }
}
