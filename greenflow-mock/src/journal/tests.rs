use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use greenflow_core::provider::{
    Append, Claim, Clock as _, Create, Journal as _, JournalError, Lease, ListFilter, Rest,
    Standing, StoredFrame,
};
use greenflow_core::value::{ControllerId, RolloutId, ServiceName, WallTime};

use super::{Damage, MemoryJournal};
use crate::faults::{Fault, FaultKind, Pick};
use crate::{Operation, Sim, SimClock};

struct Fixture {
    sim: Sim,
    clock: SimClock,
    journal: MemoryJournal,
}

const TTL: Duration = Duration::from_secs(15);

fn fixture() -> Fixture {
    let clock = SimClock::starting_at(WallTime::from_unix_millis(0));
    let journal = MemoryJournal::new(Arc::new(clock.clone()));
    Fixture { sim: Sim::with_clock(clock.clone()), clock, journal }
}

fn rollout(name: &str) -> RolloutId {
    RolloutId::new(name).unwrap()
}

fn owner(name: &str) -> ControllerId {
    ControllerId::new(name).unwrap()
}

const ACTIVE: Standing = Standing { ended: false, locks_service: true };

impl Fixture {
    fn create(&self, name: &str, service: &str) -> Result<Lease, JournalError> {
        let request = Create {
            rollout: rollout(name),
            service: ServiceName::new(service).unwrap(),
            owner: owner("one"),
            ttl: TTL,
            frames: vec![b"started".to_vec()],
        };
        self.sim.run(self.journal.create(request)).unwrap()
    }

    fn append(&self, lease: &Lease, head: u64, standing: Standing) -> Result<(), JournalError> {
        let token = lease.token.clone();
        let frames = vec![b"a".to_vec(), b"b".to_vec()];
        let request = Append { token, expected_head: head, frames, standing, urgent: false };
        self.sim.run(self.journal.append(request)).unwrap()
    }

    fn claim(&self, name: &str, by: &str) -> Result<Lease, JournalError> {
        let request = Claim { rollout: rollout(name), owner: owner(by), ttl: TTL };
        self.sim.run(self.journal.claim(request)).unwrap()
    }

    fn claimable(&self) -> Vec<RolloutId> {
        let filter = ListFilter { claimable: true, ..ListFilter::default() };
        let list = self.sim.run(self.journal.list(filter)).unwrap().unwrap();
        list.into_iter().map(|summary| summary.rollout).collect()
    }
}

#[test]
fn one_rollout_locks_a_service() {
    let it = fixture();
    let lease = it.create("r-1", "api").unwrap();
    assert_eq!((lease.token.epoch, lease.head), (1, 1));
    assert!(matches!(it.create("r-1", "web"), Err(JournalError::Exists(_))));
    let locked = it.create("r-2", "api").unwrap_err();
    assert!(matches!(locked, JournalError::ServiceLocked { by, .. } if by == rollout("r-1")));
    it.create("r-3", "web").unwrap();
    it.append(&lease, 1, Standing { ended: true, locks_service: false }).unwrap();
    it.create("r-2", "api").unwrap();
}

#[test]
fn an_append_is_all_or_nothing_under_the_right_head_and_epoch() {
    let it = fixture();
    let lease = it.create("r-1", "api").unwrap();
    it.append(&lease, 1, ACTIVE).unwrap();
    let conflict = it.append(&lease, 1, ACTIVE).unwrap_err();
    assert!(matches!(conflict, JournalError::Conflict { head: 3, expected: 1 }));
    let read = it.sim.run(it.journal.read(&rollout("r-1"), 1, 10)).unwrap().unwrap();
    let seen: Vec<(u64, u64)> = read.iter().map(|frame| (frame.sequence, frame.epoch)).collect();
    assert_eq!(seen, [(2, 1), (3, 1)]);
    it.sim.let_pass(TTL);
    let fenced = it.append(&lease, 3, ACTIVE).unwrap_err();
    assert!(matches!(fenced, JournalError::Fenced { ours: 1, current: 1 }), "run out");
    let newer = it.claim("r-1", "two").unwrap();
    assert!(matches!(it.append(&lease, 3, ACTIVE), Err(JournalError::Fenced { current: 2, .. })));
    it.append(&newer, 3, ACTIVE).unwrap();
    assert_eq!(it.journal.frames(&rollout("r-1")).last().unwrap().epoch, 2);
    assert!(matches!(it.claim("r-9", "two"), Err(JournalError::NotFound(_))));
}

#[test]
fn leases_are_held_renewed_released_and_run_out() {
    let it = fixture();
    let lease = it.create("r-1", "api").unwrap();
    let held = it.claim("r-1", "two").unwrap_err();
    assert!(matches!(held, JournalError::Held { remaining, .. } if remaining == TTL));
    it.sim.let_pass(Duration::from_secs(10));
    it.sim.run(it.journal.renew(&lease.token, TTL)).unwrap().unwrap();
    it.sim.let_pass(Duration::from_secs(10));
    assert!(it.claim("r-1", "two").is_err());
    assert!(it.claimable().is_empty());
    it.sim.let_pass(Duration::from_secs(5));
    assert_eq!(it.claimable(), [rollout("r-1")], "whoever dies leaves it due at once");
    let newer = it.claim("r-1", "two").unwrap();
    assert_eq!((newer.token.epoch, newer.idle), (2, Duration::from_secs(25)));
    assert!(it.sim.run(it.journal.renew(&lease.token, TTL)).unwrap().is_err());
    let hour = Duration::from_secs(3600);
    it.sim
        .run(it.journal.release(&newer.token, Rest { due_in: Some(hour), reached: None }))
        .unwrap()
        .unwrap();
    assert!(it.claimable().is_empty(), "parked");
    it.sim.let_pass(hour);
    assert_eq!(it.claimable(), [rollout("r-1")]);
    assert!(it.sim.run(it.journal.release(&newer.token, Rest::default())).unwrap().is_err());
}

#[test]
fn faults_leave_open_whether_the_write_happened() {
    let it = fixture();
    let lease = it.create("r-1", "api").unwrap();
    let on = |kind| Fault::new(kind).on(Operation::JournalAppend);
    let window = |from, lasts: u64| (Duration::from_secs(from), Duration::from_secs(lasts));
    it.journal.inject(on(FaultKind::Full).lasting(window(0, 1).1));
    assert!(matches!(it.append(&lease, 1, ACTIVE), Err(JournalError::Unavailable { .. })));
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 1);
    it.sim.let_pass(Duration::from_secs(2));
    it.journal.inject(on(FaultKind::AnswerLost).picking(Pick::First(1)));
    assert!(matches!(it.append(&lease, 1, ACTIVE), Err(JournalError::Unavailable { .. })));
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 3, "committed all the same");
    it.journal.inject(on(FaultKind::SyncFailed).picking(Pick::First(1)));
    assert!(matches!(it.append(&lease, 3, ACTIVE), Err(JournalError::Unavailable { .. })));
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 3, "not there, and the next may be");
    it.append(&lease, 3, ACTIVE).unwrap();
    it.journal.tamper(&rollout("r-1"), |frames| frames.truncate(2));
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 2);
}

#[test]
fn a_crash_leaves_of_the_facts_on_their_way_what_it_is_told_to() {
    // The facts are "a" and "b": half of the last is nothing of it.
    for (damage, left) in [
        (Damage::Unsynced, 1),
        (Damage::Torn { kept: 0 }, 1),
        (Damage::Torn { kept: 500 }, 3),
        (Damage::Torn { kept: 1000 }, 3),
    ] {
        let it = fixture();
        let (lease, id) = (it.create("r-1", "api").unwrap(), rollout("r-1"));
        let request = Append {
            token: lease.token.clone(),
            expected_head: 1,
            frames: vec![b"a".to_vec(), b"b".to_vec()],
            standing: ACTIVE,
            urgent: false,
        };
        let waits = Box::pin(it.journal.append(request));
        let both = select(Box::pin(it.journal.hold_next_append(&id)), waits);
        let answered = matches!(it.sim.run(both).unwrap(), Either::Right(_));
        assert!(!answered, "{damage:?}");
        assert_eq!(it.journal.frames(&id).len(), 1, "{damage:?}: it was stored");
        it.journal.crash(&id, damage);
        let frames = it.journal.frames(&id);
        assert_eq!(frames.len(), left, "{damage:?}");
        let torn = frames.last().unwrap().frame.is_empty();
        assert_eq!(torn, damage == Damage::Torn { kept: 500 }, "{damage:?}");
    }
}

#[test]
fn whatever_is_damaged_at_rest_is_so_wherever_the_place_is_said() {
    let whole: Vec<_> =
        (1..=3).map(|sequence| StoredFrame { sequence, epoch: 1, frame: vec![0; 5] }).collect();
    for place in [0, 1, 2, 39, 40, 119, 120, u64::MAX] {
        for damage in [
            Damage::Flipped { bit: place },
            Damage::Lost { fact: place },
            Damage::Doubled { fact: place },
        ] {
            let mut frames = whole.clone();
            damage.put(&mut frames);
            assert_ne!(frames, whole, "{damage:?}");
            let last = matches!(damage, Damage::Lost { .. }) && frames[..] == whole[..2];
            assert!(!last, "{damage:?}: a lost end cannot be told");
        }
    }
    let mut none = Vec::new();
    for damage in [Damage::Flipped { bit: 3 }, Damage::Lost { fact: 3 }, Damage::NewerFormat] {
        damage.put(&mut none);
        assert_eq!(none, [], "{damage:?}");
    }
}

#[test]
fn a_late_append_counts_like_any_other() {
    let it = fixture();
    let lease = it.create("r-1", "api").unwrap();
    let late = |first| {
        let after = Duration::from_secs(10);
        let fault = Fault::new(FaultKind::TimeoutLate { after }).on(Operation::JournalAppend);
        it.journal.inject(fault.picking(Pick::Nth(first)));
    };
    let send = || {
        let request = Append {
            token: lease.token.clone(),
            expected_head: 1,
            frames: vec![b"late".to_vec()],
            standing: ACTIVE,
            urgent: false,
        };
        let unanswered = Box::pin(it.journal.append(request));
        let over = it.clock.sleep_until(it.clock.monotonic() + Duration::from_secs(3));
        let first = it.sim.run(select(unanswered, over)).unwrap();
        assert!(matches!(first, Either::Right(_)), "nobody answers");
    };
    late(1);
    send();
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 1);
    it.sim.let_pass(Duration::from_secs(8));
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 2);
    // A second one meets a head that has moved, a third another's lease.
    late(1);
    send();
    it.sim.let_pass(Duration::from_secs(20));
    assert_eq!(it.journal.frames(&rollout("r-1")).len(), 2);
    assert_eq!(it.claim("r-1", "two").unwrap().head, 2);
    assert!(matches!(it.append(&lease, 2, ACTIVE), Err(JournalError::Fenced { .. })));
}
