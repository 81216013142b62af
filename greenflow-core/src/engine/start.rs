//! The beginning of a run: a rollout is created, or taken up from the journal.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::claim::{Claimed, Folded, Patience, Pinned, claim, read_and_fold};
use super::create::create;
use super::ending::{Finish, Goal};
use super::handle::{Ends, Message};
use super::kept::Waiting;
use super::lease::Asked;
use super::pilot::{Fold, Keep};
use super::run_loop::{Beginning, Run};
use super::runs::Place;
use super::supersede::supersede;
use super::tenure::give_back;
use super::time::RolloutTime;
use super::troubles::refuse;
use super::{CommandError, Engine, EngineError, EventKind, Handle, RunEnd};
use crate::fact::frame::Chain;
use crate::fact::{Entry, Fact, StartOptions, Supersede};
use crate::machine::{Machine, Output};
use crate::plan::{Plan, PlanBody};
use crate::provider::{Capabilities, Create, JournalError, Lease, Rest};
use crate::value::{RolloutId, Timestamp};

/// What a rollout is started with.
pub(super) type StartPlan = Plan;

/// Lets a plan in that fits these providers.
fn admit(plan: &StartPlan, capabilities: &Capabilities) -> Result<PlanBody, EngineError> {
    plan.check(capabilities)?;
    Ok(plan.body().clone())
}

/// Starts a rollout and drives it.
pub(super) async fn start(
    engine: Engine,
    mut ends: Ends,
    rollout: RolloutId,
    plan: StartPlan,
    options: StartOptions,
) -> Result<RunEnd, EngineError> {
    let plan = admit(&plan, &engine.providers.capabilities())?;
    let place = engine.runs.enter(ends.handle.clone());
    let owner = place.owner(&engine.controller);
    let mut wish = options.supersede.clone();
    loop {
        let time = RolloutTime::from_base(Arc::clone(&engine.clock), Timestamp::ZERO);
        let (machine, entries) = make(&engine, &rollout, &plan, options.clone(), &time);
        let mut chain = Chain::of(&rollout);
        let frames = entries.iter().map(|entry| chain.write(entry)).collect::<Result<_, _>>();
        let request = Create {
            rollout: rollout.clone(),
            service: plan.service.clone(),
            owner: owner.clone(),
            ttl: engine.times.ttl,
            frames: frames.map_err(|error| EngineError::frame(&rollout, error))?,
        };
        let (lease, sent) = match create(&engine, request).await {
            Ok(created) => created,
            Err(JournalError::ServiceLocked { service, by }) => {
                let refused = JournalError::ServiceLocked { service, by: by.clone() };
                let is_meant = |wish: &Supersede| wish.rollout == by;
                let Some(wish) = wish.take().filter(is_meant) else { return Err(refused.into()) };
                tokio::select! { biased;
                    () = decline_until_hand_over(&mut ends) => return Ok(RunEnd::HandedOver),
                    done = supersede(&engine, wish, rollout.clone()) => done?,
                }
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            ends.hub.emit(time.now(), EventKind::Recorded(Arc::new(entry)));
        }
        let pinned = Pinned { green: plan.green.clone(), timing: plan.timing.clone() };
        let folded = Folded { machine, pinned };
        let Lease { token, head: _, reached: _, idle: _ } = lease;
        let lease = engine.holding(token, sent);
        let (fold, keep) = (fold(&engine, &rollout), keep(&engine, &rollout));
        let (goal, fresh) = (Goal::End, true);
        let beginning = Beginning {
            engine,
            rollout,
            owner,
            goal,
            ends,
            folded,
            fold,
            keep,
            fresh,
            time,
            lease,
            chain,
        };
        return Box::pin(Run::new(beginning).drive()).await.map(RunEnd::from);
    }
}

/// Takes a rollout up from the journal and drives it to the end.
pub(super) async fn resume(
    engine: Engine,
    ends: Ends,
    rollout: RolloutId,
) -> Result<RunEnd, EngineError> {
    resume_until(engine, ends, rollout, Goal::End).await.map(RunEnd::from)
}

/// Takes a rollout up from the journal and drives it to a goal.
pub(super) async fn resume_until(
    engine: Engine,
    mut ends: Ends,
    rollout: RolloutId,
    goal: Goal,
) -> Result<Finish, EngineError> {
    let place = engine.runs.enter(ends.handle.clone());
    let owner = place.owner(&engine.controller);
    let patience = Patience { away: Some(PATIENCE), held: None };
    match claim(&engine, &rollout, &owner, &mut ends.inbox, patience).await? {
        Claimed::Ours(lease, sent) => go_on(engine, ends, place, lease, sent, goal).await,
        Claimed::HandOver => Ok(Finish::HandedOver),
    }
}

/// Drives a rollout whose lease was just taken.
pub(super) async fn go_on(
    engine: Engine,
    ends: Ends,
    place: Place,
    lease: Lease,
    sent: Asked,
    goal: Goal,
) -> Result<Finish, EngineError> {
    let owner = place.owner(&engine.controller);
    let Lease { token, head, reached, idle } = lease;
    let rollout = token.rollout.clone();
    let lease = engine.holding(token, sent);
    let (fold, keep) = (fold(&engine, &rollout), keep(&engine, &rollout));
    if let Some(Waiting { folded, mut time, chain }) = engine.kept.take(&rollout, head) {
        time.at_least(reached);
        let fresh = false;
        let beginning = Beginning {
            engine,
            rollout,
            owner,
            goal,
            ends,
            folded,
            fold,
            keep,
            fresh,
            time,
            lease,
            chain,
        };
        return Box::pin(Run::new(beginning).drive()).await;
    }
    let (folded, chain) = match read_and_fold(&engine, &rollout, &lease, head, &fold).await {
        Ok(read) => read,
        Err(error) => {
            refuse(&engine, &rollout, lease.token().epoch, &error).await;
            // Another release may be able to read them.
            // What has been told of its time still counts, and what has passed since.
            let rest = Rest { due_in: Some(Duration::ZERO), reached: None };
            give_back(&engine, &lease, rest).await;
            return Err(error);
        }
    };
    let clock = Arc::clone(&engine.clock);
    let reached = reached.max(folded.machine.last_at());
    let time = RolloutTime::after_idle(clock, reached, idle, folded.machine.idle_max());
    let fresh = true;
    let beginning = Beginning {
        engine,
        rollout,
        owner,
        goal,
        ends,
        folded,
        fold,
        keep,
        fresh,
        time,
        lease,
        chain,
    };
    Box::pin(Run::new(beginning).drive()).await
}

/// Ends a run that somebody wants to end and that does not in time, as a crash would.
///
/// # Cancel safety
/// As for the run.
pub(super) async fn bounded<T: From<Finish>>(
    engine: &Engine,
    handle: Handle,
    run: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, EngineError> {
    let clock = Arc::clone(&engine.clock);
    let overdue = async {
        handle.left().await;
        clock.sleep_until(clock.monotonic().saturating_add(engine.times.ttl)).await;
    };
    // A set of one: it is polled when something woke it, and not at every turn of the run.
    let mut overdue: FuturesUnordered<_> = std::iter::once(overdue).collect();
    tokio::select! { biased;
        end = run => end,
        Some(()) = overdue.next() => {
            tracing::warn!("the hand-over took too long; the rest of the run is dropped");
            Ok(Finish::HandedOver.into())
        }
    }
}

impl From<Finish> for RunEnd {
    fn from(finish: Finish) -> Self {
        match finish {
            Finish::Ended(ended) => Self::Ended(ended),
            Finish::HandedOver | Finish::ServiceFree => Self::HandedOver,
            Finish::Parked(due_in) => Self::Parked { due_in },
        }
    }
}

/// Makes the machine of a new rollout, and its first facts.
fn make(
    engine: &Engine,
    rollout: &RolloutId,
    plan: &PlanBody,
    options: StartOptions,
    time: &RolloutTime,
) -> (Machine, Vec<Entry>) {
    let capabilities = engine.providers.capabilities();
    let judge = Arc::clone(&engine.judge);
    let mut machine =
        Machine::create(rollout.clone(), plan, options, capabilities, judge, time.now());
    let mut entries = Vec::new();
    loop {
        match machine.poll_output() {
            Output::Append(entry) => entries.push(entry),
            // A rollout that does not exist yet wants nothing of the world.
            Output::Write(_) | Output::StopWrite(_) | Output::Read(_) | Output::Notify(_) => {}
            Output::Wait(_) => return (machine, entries),
        }
    }
}

/// Returns how facts are folded: by the machine, with this engine's judge.
fn fold(engine: &Engine, rollout: &RolloutId) -> Fold<Machine> {
    let (judge, rollout) = (Arc::clone(&engine.judge), rollout.clone());
    Arc::new(move |entries: Vec<Entry>| {
        let pinned = entries.iter().find_map(|entry| {
            let Fact::Started(started) = &entry.fact else { return None };
            let plan = &started.plan;
            Some(Pinned { green: plan.green.clone(), timing: plan.timing.clone() })
        });
        let refused = |error| EngineError::replay(&rollout, error);
        let machine = Machine::replay(entries, Arc::clone(&judge)).map_err(refused)?;
        let pinned = pinned.ok_or_else(|| {
            JournalError::Damaged(format!("rollout {rollout} does not begin with its start"))
        })?;
        Ok(Folded { machine, pinned })
    })
}

/// Returns how the machine of a rollout that parks is kept.
fn keep(engine: &Engine, rollout: &RolloutId) -> Keep<Machine> {
    let (kept, rollout) = (engine.kept.clone(), rollout.clone());
    Arc::new(move |folded, time, chain| {
        kept.put(rollout.clone(), Waiting { folded, time, chain });
    })
}

/// Answers commands to a rollout that does not exist yet; returns when the run shall end.
async fn decline_until_hand_over(ends: &mut Ends) {
    loop {
        match ends.inbox.next_new().await {
            Message::HandOver { .. } => return,
            Message::Command { reply, .. } => drop(reply.send(Err(CommandError::NotCreated))),
        }
    }
}

/// How long a journal may be out of reach before a run that takes a rollout up gives up.
const PATIENCE: Duration = Duration::from_secs(60);
