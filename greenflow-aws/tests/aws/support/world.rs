//! One account, played: state in virtual time, calls counted, faults, crashes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use aws_sdk_ecs::types::{ContainerDefinition, TaskDefinition};
use greenflow_aws::api::{ApiError, TaskDefinitionState};
use greenflow_core::provider::{Clock as _, ErrorKind};
use greenflow_core::value::{Digest, WallTime};
use greenflow_mock::SimClock;

use super::fault::{Crash, Fault, Kind, Op};
use super::limit::Limit;
use super::state::{Pace, Service, State, weights};
use super::traffic::Minute;

/// One account, played. Clones are the same.
#[derive(Clone)]
pub(crate) struct Aws {
    pub(crate) clock: SimClock,
    shared: Arc<Mutex<Shared>>,
}

pub(crate) struct Shared {
    /// What there was from each moment on.
    history: Vec<(Duration, State)>,
    /// Effects that come later.
    pending: BTreeMap<(Duration, u64), Effect>,
    pub(crate) definitions: Vec<TaskDefinitionState>,
    pub(crate) calls: Vec<(Duration, Op)>,
    counts: BTreeMap<Op, u64>,
    pub(crate) faults: Vec<Fault>,
    crash: Option<Crash>,
    crashed: bool,
    waker: Option<Waker>,
    ids: u64,
    pub(crate) pace: Pace,
    /// So long after a write reads may show what was before it.
    pub(crate) stale: Duration,
    /// Images whose tasks die.
    pub(crate) dying: Vec<String>,
    /// Images that answer so many of 1000 requests with an error, once they have this weight.
    pub(crate) failing: Vec<(String, i32, u32)>,
    /// Images that break so many of 1000 connections, once they have this weight.
    pub(crate) breaking: Vec<(String, i32, u32)>,
    pub(crate) alarms: BTreeMap<String, String>,
    pub(crate) metrics_lost: bool,
    /// Each so many minutes nobody comes, for one minute.
    pub(crate) lull: Option<i64>,
    /// The changes of routes that were asked for.
    pub(crate) moves: Vec<Move>,
    /// How many healthy targets a slot with weight must have.
    pub(crate) minimum: usize,
    /// Moments at which a slot had weight and too few to answer.
    pub(crate) violations: Vec<String>,
    /// What each target group served in a minute that is over.
    pub(super) served: Mutex<BTreeMap<(String, Duration, Duration), Minute>>,
    audited: Option<Duration>,
    /// When each call fails so, from one moment on and before another.
    pub(crate) outage: Option<(Duration, Duration, Kind)>,
    /// What AWS allows of each family of calls; nothing is refused where none is set.
    pub(crate) limits: Vec<Limit>,
}

/// One change of a route's weights.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Move {
    pub(crate) at: Duration,
    pub(crate) route: String,
    pub(crate) weights: Vec<(String, i32)>,
}

type Effect = Box<dyn FnOnce(&mut Shared, Duration) + Send>;

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws").finish_non_exhaustive()
    }
}

/// How long a call takes.
const LATENCY: Duration = Duration::from_millis(40);

impl Aws {
    pub(crate) fn new(clock: SimClock) -> Self {
        let shared = Shared {
            history: vec![(Duration::ZERO, State::default())],
            pending: BTreeMap::new(),
            definitions: Vec::new(),
            calls: Vec::new(),
            counts: BTreeMap::new(),
            faults: Vec::new(),
            crash: None,
            crashed: false,
            waker: None,
            ids: 0,
            pace: Pace {
                start: Duration::from_secs(30),
                health: Duration::from_secs(20),
                drain: Duration::from_secs(30),
            },
            stale: Duration::ZERO,
            dying: Vec::new(),
            failing: Vec::new(),
            breaking: Vec::new(),
            alarms: BTreeMap::new(),
            metrics_lost: false,
            lull: None,
            moves: Vec::new(),
            minimum: 1,
            violations: Vec::new(),
            served: Mutex::default(),
            audited: None,
            outage: None,
            limits: Vec::new(),
        };
        Self { clock, shared: Arc::new(Mutex::new(shared)) }
    }

    /// The state, with everything that has happened by now.
    pub(crate) fn now(&self) -> MutexGuard<'_, Shared> {
        let now = self.clock.monotonic();
        let mut shared = self.shared.lock().unwrap();
        shared.catch_up(now);
        shared
    }

    /// Carries a read.
    pub(crate) async fn read<T>(
        &self,
        op: Op,
        limit: Duration,
        look: impl FnOnce(&Shared, &State, Duration) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let fault = self.arrive(op).await;
        match fault {
            None => {}
            Some(Kind::LostBefore | Kind::LostAfter | Kind::Late(_)) => {
                return self.silence(limit).await.map_err(ApiError::not_applied);
            }
            Some(kind) => return Err(refusal(kind).not_applied()),
        }
        let answer = {
            let now = self.clock.monotonic();
            let shared = self.now();
            let seen = now.saturating_sub(shared.stale);
            look(&shared, shared.at(seen), now)
        };
        self.leave().await;
        answer
    }

    /// Carries a write.
    pub(crate) async fn write(
        &self,
        op: Op,
        limit: Duration,
        effect: impl FnOnce(&mut Shared, Duration) + Send + 'static,
    ) -> Result<(), ApiError> {
        let fault = self.arrive(op).await;
        let now = self.clock.monotonic();
        match fault {
            None => effect(&mut self.now(), now),
            Some(Kind::LostBefore) => return self.silence(limit).await,
            Some(Kind::LostAfter) => {
                effect(&mut self.now(), now);
                return self.silence(limit).await;
            }
            Some(Kind::Late(by)) => {
                self.now().later(now + by, Box::new(effect));
                return self.silence(limit).await;
            }
            Some(kind) => return Err(refusal(kind)),
        }
        self.leave().await;
        Ok(())
    }

    /// Changes something from outside.
    pub(crate) fn change(&self, change: impl FnOnce(&mut State, Duration)) {
        let now = self.clock.monotonic();
        self.now().change(now, change);
    }

    /// Lets somebody change something again and again, from one moment on and before another.
    pub(crate) fn meddle(
        &self,
        [from, every, until]: [u64; 3],
        change: impl Fn(&mut Shared, Duration) + Send + Sync + 'static,
    ) {
        let change = Arc::new(change);
        let mut shared = self.now();
        for second in (from..until).step_by(usize::try_from(every).unwrap()) {
            let change = Arc::clone(&change);
            shared
                .later(Duration::from_secs(second), Box::new(move |shared, at| change(shared, at)));
        }
    }

    /// Lets a controller die at one of its calls.
    pub(crate) fn crash_at(&self, crash: Crash) {
        let mut shared = self.now();
        let before = shared.calls.len() as u64;
        shared.crash = Some(Crash { call: before + crash.call, ..crash });
    }

    /// Waits until the controller has died.
    pub(crate) async fn crashed(&self) {
        std::future::poll_fn(|cx| {
            let mut shared = self.shared.lock().unwrap();
            if shared.crashed {
                shared.crashed = false;
                shared.crash = None;
                return std::task::Poll::Ready(());
            }
            shared.waker = Some(cx.waker().clone());
            std::task::Poll::Pending
        })
        .await;
    }

    /// How often each operation was called.
    pub(crate) fn counts(&self) -> BTreeMap<Op, u64> {
        self.now().counts.clone()
    }

    pub(crate) fn service(&self, arn: &str) -> Service {
        self.now().last().services[arn].clone()
    }

    pub(crate) fn wall(&self) -> WallTime {
        self.clock.wall()
    }

    async fn arrive(&self, op: Op) -> Option<Kind> {
        let now = self.clock.monotonic();
        let dies = {
            let mut shared = self.now();
            shared.calls.push((now, op));
            *shared.counts.entry(op).or_default() += 1;
            let number = shared.calls.len() as u64;
            shared.crash.is_some_and(|crash| crash.call == number && !crash.after)
        };
        if dies {
            self.die().await;
        }
        self.clock.sleep_until(now + LATENCY).await;
        let mut shared = self.now();
        if !shared.admits(op, now + LATENCY) {
            return Some(Kind::Throttled);
        }
        if let Some((from, until, kind)) = shared.outage
            && (from..until).contains(&now)
        {
            return Some(kind);
        }
        let seen = shared.counts[&op];
        let fault = shared
            .faults
            .iter_mut()
            .find(|fault| fault.op == op && fault.times > 0 && seen > fault.after)?;
        fault.times -= 1;
        Some(fault.kind)
    }

    /// The way back of an answer.
    async fn leave(&self) {
        let dies = {
            let shared = self.now();
            let number = shared.calls.len() as u64;
            shared.crash.is_some_and(|crash| crash.call <= number && crash.after)
        };
        if dies {
            self.die().await;
        }
    }

    async fn die(&self) {
        {
            let mut shared = self.shared.lock().unwrap();
            shared.crashed = true;
            if let Some(waker) = shared.waker.take() {
                waker.wake();
            }
        }
        std::future::pending::<()>().await;
    }

    async fn silence<T>(&self, limit: Duration) -> Result<T, ApiError> {
        self.clock.sleep_until(self.clock.monotonic() + limit).await;
        Err(ApiError::new(ErrorKind::Timeout, "timeout", "no answer within the call's limit"))
    }
}

impl Shared {
    pub(crate) fn last(&self) -> &State {
        &self.history.last().unwrap().1
    }

    /// What there was at a moment.
    pub(crate) fn at(&self, moment: Duration) -> &State {
        let after = self.history.partition_point(|(since, _)| *since <= moment);
        &self.history[after.saturating_sub(1)].1
    }

    pub(crate) fn history(&self) -> &[(Duration, State)] {
        &self.history
    }

    pub(crate) fn change(&mut self, now: Duration, change: impl FnOnce(&mut State, Duration)) {
        let mut state = self.last().clone();
        change(&mut state, now);
        self.history.push((now, state));
        self.audit(now);
    }

    pub(crate) fn later(&mut self, at: Duration, effect: Effect) {
        self.ids += 1;
        self.pending.insert((at, self.ids), effect);
    }

    /// Whether the account's limits admit one more call.
    fn admits(&mut self, op: Op, now: Duration) -> bool {
        let limit = self.limits.iter_mut().find(|limit| limit.ops.contains(&op));
        limit.is_none_or(|limit| limit.takes(now))
    }

    fn catch_up(&mut self, now: Duration) {
        while let Some(entry) = self.pending.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((at, _), effect) = entry.remove_entry();
            effect(self, at);
        }
        // Between changes only time can take targets away.
        if self.audited.is_none_or(|at| now.saturating_sub(at) >= Duration::from_secs(1)) {
            self.audit(now);
        }
    }

    /// A slot with weight has enough to answer.
    fn audit(&mut self, now: Duration) {
        self.audited = Some(now);
        let state = self.last();
        let mut found = None;
        for (route, actions) in &state.routes {
            for (group, weight) in weights(actions).into_iter().filter(|(_, weight)| *weight > 0) {
                let service = state.service_of(&group);
                let healthy = service.map_or(0, |service| service.healthy(now));
                if healthy < self.minimum {
                    let what = format!("{group} has weight {weight} on {route}, {healthy} answer");
                    found = Some(format!("{now:?}: {what}"));
                }
            }
        }
        if self.violations.len() < 10 {
            self.violations.extend(found);
        }
    }

    /// What `UpdateService` does.
    pub(crate) fn update_service(
        &mut self,
        now: Duration,
        service: &str,
        task_definition: Option<String>,
        desired: u32,
    ) {
        let mut ids = self.ids;
        let pace = self.pace;
        let wanted = task_definition
            .clone()
            .unwrap_or_else(|| self.last().services[service].task_definition.clone());
        let dies = self.definition(&wanted).is_some_and(|definition| {
            let image = super::state::image(definition);
            self.dying.iter().any(|bad| image.ends_with(bad.as_str()))
        });
        self.change(now, |state, now| {
            let service = state.services.get_mut(service).unwrap();
            service.update(now, task_definition, desired, dies, &mut ids, pace);
        });
        self.ids = ids;
    }

    pub(crate) fn definition(&self, name: &str) -> Option<&TaskDefinitionState> {
        let by_arn = self.definitions.iter().find(|found| found.arn() == name);
        by_arn.or_else(|| {
            self.definitions.iter().rev().find(|found| {
                let definition = &found.definition;
                let family = definition.family().unwrap_or_default();
                name == family || name == format!("{family}:{}", definition.revision())
            })
        })
    }

    /// What `RegisterTaskDefinition` does.
    pub(crate) fn register(
        &mut self,
        base: TaskDefinition,
        image: &str,
        tags: BTreeMap<String, String>,
    ) -> String {
        let family = base.family().unwrap_or("api").to_owned();
        let of_family = |found: &&TaskDefinitionState| found.definition.family() == Some(&family);
        let revision = self.definitions.iter().filter(of_family).count() + 1;
        let arn = format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{family}:{revision}");
        let mut definition = base;
        definition.task_definition_arn = Some(arn.clone());
        definition.revision = i32::try_from(revision).unwrap();
        let name = definition.container_definitions().first().and_then(|found| found.name());
        let container =
            ContainerDefinition::builder().name(name.unwrap_or("app")).image(image).build();
        definition.container_definitions = Some(vec![container]);
        definition.family = Some(family);
        self.definitions.push(TaskDefinitionState { definition, tags });
        arn
    }
}

fn refusal(kind: Kind) -> ApiError {
    let error = |kind, code: &str| ApiError::new(kind, code, "as played");
    match kind {
        Kind::Throttled => error(ErrorKind::Throttled, "ThrottlingException").not_applied(),
        Kind::Expired => error(ErrorKind::Unauthenticated, "ExpiredToken").not_applied(),
        Kind::Denied => error(ErrorKind::PermissionDenied, "AccessDenied").not_applied(),
        Kind::ServerError | Kind::LostBefore | Kind::LostAfter | Kind::Late(_) => {
            error(ErrorKind::Unavailable, "InternalFailure")
        }
    }
}

/// A digest of one repeated digit.
pub(crate) fn digest(fill: char) -> Digest {
    Digest::new(format!("sha256:{}", fill.to_string().repeat(64))).unwrap()
}
