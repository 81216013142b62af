//! How a case is drawn from its seed.

use greenflow_core::machine::PhaseName;
use greenflow_mock::Rng;

use super::case::{
    Base, Case, Damage, Ill, Input, Member, Metrics, Otherwise, Shape, Trouble, Turn, When, Word,
};

/// Draws the case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let mut draw = Draw(Rng::keyed(seed, &[0x9e37]));
    let plan = draw.shape();
    let base = draw.base();
    // First each class is switched on or off, then its rate is drawn; a fifth has none at all.
    let mut troubles = Vec::new();
    let calm_at = draw.between(1200, 7200);
    if !draw.chance(20) {
        draw.call_troubles(&mut troubles, calm_at);
        draw.turns(&mut troubles);
    }
    let inputs = draw.inputs(&plan);
    let kills = if draw.chance(15) {
        let mut kills: Vec<(u64, u64)> = (0..draw.between(1, 3))
            .map(|_| (draw.between(10, 3000), draw.between(1, 60)))
            .collect();
        kills.sort_unstable();
        kills
    } else {
        Vec::new()
    };
    let intruder = draw.chance(10).then(|| draw.between(60, 2400));
    let mut case = Case {
        seed,
        plan,
        base,
        troubles,
        inputs,
        kills,
        intruder,
        calm_at,
        crew: Vec::new(),
        damage: None,
    };
    // What was added later is drawn by itself, so that older seeds keep the rest.
    let mut more = Draw(Rng::keyed(seed, &[0xc4e3]));
    more.timed_troubles(&mut case.troubles);
    if case.kills.is_empty() && case.intruder.is_none() && more.chance(40) {
        case.crew = more.crew();
        case.damage = more.chance(35).then(|| more.damage());
        more.journal_troubles(&mut case.troubles);
    }
    let mut last = Draw(Rng::keyed(seed, &[0xa05e]));
    if last.chance(2) {
        case.troubles.push(last.lost_answers());
    }
    Draw(Rng::keyed(seed, &[0x0dd5])).oddities(&mut case);
    Draw(Rng::keyed(seed, &[0xd0b7])).doubts(&mut case);
    Draw(Rng::keyed(seed, &[0x4a22])).narrow(&mut case);
    case
}

pub(crate) struct Draw(Rng);

impl Draw {
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.0.next_u64() % (most - least + 1)
    }

    pub(crate) fn small(&mut self, least: u32, most: u32) -> u32 {
        u32::try_from(self.between(least.into(), most.into())).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.between(0, of.len() as u64 - 1);
        of[usize::try_from(at).unwrap()]
    }

    fn otherwise(&mut self) -> Otherwise {
        self.pick(&[Otherwise::Back, Otherwise::Stop, Otherwise::Proceed])
    }

    fn shape(&mut self) -> Shape {
        let mut steps: Vec<(u8, u64)> = Vec::new();
        for percent in [5, 10, 25, 50, 75] {
            if steps.len() < 2 && self.chance(30) {
                steps.push((percent, self.between(60, 240)));
            }
        }
        steps.push((100, if self.chance(60) { 0 } else { self.between(30, 120) }));
        let wait = |draw: &mut Self| {
            (draw.between(120, 900), draw.pick(&[Otherwise::Back, Otherwise::Stop]))
        };
        Shape {
            steps,
            every: self.pick(&[10, 15, 30, 60]),
            consecutive: self.small(1, 3),
            min_requests: self.pick(&[0, 50, 200]),
            error_percent: self.small(1, 5),
            minor: self.chance(15),
            critical_at: self.chance(40).then(|| self.small(2, 10)),
            decide: self.chance(30).then(|| (self.between(60, 300), self.otherwise_not_on())),
            p95_millis: self.chance(50).then_some(500),
            approval: self
                .chance(45)
                .then(|| (self.small(1, 3), self.between(300, 1200), self.chance(50))),
            suites: self.small(0, 2),
            preflight: self.small(0, 1),
            probes: self.small(0, 2),
            items: if self.chance(20) { self.small(1, 3) } else { 0 },
            confirm: self.small(0, 1),
            acknowledge: self.chance(35).then(|| (self.between(120, 900), self.otherwise())),
            bake: self.between(60, 300),
            retain: self.between(600, 3600),
            remove: self.chance(70),
            retire_check: self.chance(40),
            backup: self.chance(40),
            watch: self.pick(&[0, 600, 3600]),
            pause: (self.between(120, 900), self.otherwise()),
            drift: wait(self),
            stalled: (self.between(120, 900), self.otherwise_not_on()),
            no_safe_side: wait(self),
            trust: self.chance(5),
            unhealthy_blue: self.chance(5),
        }
    }

    fn otherwise_not_on(&mut self) -> Otherwise {
        self.pick(&[Otherwise::Back, Otherwise::Stop])
    }

    fn base(&mut self) -> Base {
        let targets = self.small(3, 6);
        Base {
            rate: self.small(20, targets * 40),
            targets,
            startup: self.between(5, 60),
            propagation: self.between(0, 20),
            drain: self.between(0, 30),
            routes: self.pick(&[1, 1, 1, 2, 3]),
            fence: (self.pick(&[0, 0, 0, 1, 2]), self.between(30, 120)),
            diligent: !self.chance(12),
        }
    }

    fn call_troubles(&mut self, troubles: &mut Vec<Trouble>, calm_at: u64) {
        // Set split, read split, describe, provision, pin, remove, probe, sample, check, hooks,
        // notify; then the journal's append, claim, renew, release.
        const PROVIDERS: [u8; 12] = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11];
        const WRITES: [u8; 5] = [0, 0, 3, 4, 5];
        const JOURNAL: [u8; 4] = [13, 15, 16, 17];
        let late = self.between(5, 110);
        let (few, some) = (self.small(1, 3), self.between(1, 30));
        let kinds = [
            (Ill::Throttle(some % 10), 30, &PROVIDERS[..]),
            (Ill::TimeoutLost, 15, &PROVIDERS[..]),
            (Ill::TimeoutApplied, 15, &WRITES[..]),
            (Ill::TimeoutLate(late), 12, &WRITES[..]),
            (Ill::AckLost, 10, &WRITES[..]),
            (Ill::Duplicate(few, some), 8, &WRITES[..]),
            (Ill::AppliedLate(late), 8, &WRITES[..]),
            (Ill::Partial(1), 8, &[0, 3][..]),
            (Ill::StaleRead(late), 8, &[1][..]),
            (Ill::Slow(some), 12, &PROVIDERS[..]),
            (Ill::Hang, 8, &PROVIDERS[..]),
            (Ill::NotFound, 6, &PROVIDERS[..]),
            (Ill::Denied, 6, &PROVIDERS[..]),
            (Ill::Malformed, 8, &PROVIDERS[..]),
            (Ill::Misses(few), 6, &[2][..]),
            (Ill::Outage, 15, &PROVIDERS[..]),
            (Ill::Outage, 6, &JOURNAL[..]),
            (Ill::Full, 4, &[13][..]),
            (Ill::AnswerLost, 8, &[0, 3, 4, 5, 13, 15, 16][..]),
        ];
        for (ill, likely, suits) in kinds {
            // A quarter of the classes that suit at all is on, and fires at its own rate.
            if !self.chance(likely) || !self.chance(60) {
                continue;
            }
            let from = self.between(0, calm_at.min(3000));
            let lasts = self.between(10, 900).min(calm_at.saturating_sub(from).max(1));
            let on = (0..self.between(1, 2)).map(|_| self.pick(suits)).collect();
            let percent = self.pick(&[5, 25, 50, 90, 100]);
            troubles.push(Trouble::Calls { ill, on, from, lasts, percent, when: None });
        }
    }

    /// Faults of the writes that matter most, just when they are made.
    fn timed_troubles(&mut self, troubles: &mut Vec<Trouble>) {
        if !self.chance(25) {
            return;
        }
        let late = self.between(5, 110);
        let ill = self.pick(&[
            Ill::AckLost,
            Ill::AppliedLate(late),
            Ill::TimeoutLost,
            Ill::TimeoutApplied,
            Ill::TimeoutLate(late),
            Ill::AnswerLost,
        ]);
        let phases = [PhaseName::Shifting, PhaseName::Shifting, PhaseName::RollingBack];
        let phase = self.pick(&phases);
        let when = Some(When::Phase(phase, self.between(0, 60)));
        let (lasts, percent) = (self.between(30, 400), self.pick(&[50, 100]));
        troubles.push(Trouble::Calls { ill, on: vec![0], from: 0, lasts, percent, when });
    }

    /// Faults of the journal that several controllers share.
    fn journal_troubles(&mut self, troubles: &mut Vec<Trouble>) {
        // Append, read, claim, renew, release, list.
        const JOURNAL: [u8; 7] = [13, 13, 14, 15, 16, 17, 18];
        let slow = self.between(1, 4);
        let kinds = [
            (Ill::Outage, 10, &JOURNAL[..]),
            (Ill::Slow(slow), 14, &JOURNAL[..]),
            (Ill::Hang, 5, &JOURNAL[..]),
            (Ill::AnswerLost, 8, &[13, 13, 15, 16][..]),
            (Ill::Full, 5, &[13][..]),
            (Ill::NearlyFull, 6, &[13][..]),
        ];
        for (ill, likely, suits) in kinds {
            if !self.chance(likely) {
                continue;
            }
            let (from, lasts) = (self.between(0, 1800), self.between(5, 240));
            let on = (0..self.between(1, 2)).map(|_| self.pick(suits)).collect();
            let percent = self.pick(&[25, 50, 100]);
            let phases = [PhaseName::Shifting, PhaseName::Baking, PhaseName::RollingBack];
            let phase = self.pick(&phases);
            let when = self.chance(50).then(|| When::Phase(phase, self.between(0, 60)));
            troubles.push(Trouble::Calls { ill, on, from, lasts, percent, when });
        }
    }

    /// Appends that are stored, and whose answers are lost.
    fn lost_answers(&mut self) -> Trouble {
        let phase = self.pick(&[PhaseName::Provisioning, PhaseName::Shifting, PhaseName::Baking]);
        let when = Some(When::Phase(phase, self.between(0, 5)));
        let (ill, on, lasts) = (Ill::AnswerLost, vec![13], self.between(30, 120));
        Trouble::Calls { ill, on, from: 0, lasts, percent: 100, when }
    }

    /// Two or three controllers. The last is always up, so that somebody can take over.
    fn crew(&mut self) -> Vec<Member> {
        let count = self.between(2, 3);
        (0..count).map(|place| self.member(place + 1 == count)).collect()
    }

    fn member(&mut self, steady: bool) -> Member {
        let mut member = Member::default();
        if self.chance(50) {
            member.rate = i32::try_from(self.between(0, 200_000)).unwrap() - 100_000;
            member.wall = i64::try_from(self.between(0, 1_200_000)).unwrap() - 600_000;
            member.up = self.between(0, 1_000_000);
        }
        if steady {
            return member;
        }
        let times = self.between(0, 3);
        member.kills = (0..times).map(|_| (self.between(5, 2400), self.between(1, 60))).collect();
        member.kills.sort_unstable();
        let times = self.between(0, 3);
        let mut at = 0;
        for _ in 0..times {
            at += self.between(5, 900);
            let span = self.between(2, 120);
            member.freezes.push((at, span));
            at += span;
        }
        member
    }

    fn damage(&mut self) -> Damage {
        let place = |draw: &mut Self| usize::try_from(draw.between(0, 10_000)).unwrap();
        let frame = place(self);
        match self.between(0, 2) {
            0 => Damage::Flip { frame, bit: place(self) },
            1 => Damage::Drop { frame },
            _ => Damage::Double { frame },
        }
    }

    fn turns(&mut self, troubles: &mut Vec<Trouble>) {
        let share = self.small(5, 500);
        let (few, some, more) = (self.small(1, 4), self.between(10, 300), self.between(60, 900));
        let percent = self.pick(&[0, 10, 30, 50, 100]);
        let rate = self.small(5, 400);
        let metrics = self.pick(&[
            Metrics::Missing,
            Metrics::NotANumber,
            Metrics::Empty,
            Metrics::Nonsense,
            Metrics::Stale(60),
            Metrics::Stuck,
            Metrics::Swapped,
            Metrics::Error,
            Metrics::Hangs,
        ]);
        let jump = i64::try_from(self.between(0, 7_200_000)).unwrap() - 3_600_000;
        let (number, kind) = (self.pick(&[0, 1]), self.pick(&[0, 1, 2]));
        let turns = [
            (Turn::Errors(false, share), 22),
            (Turn::Errors(true, share), 6),
            (Turn::Slow(false, 600), 6),
            (Turn::Never(false), 3),
            (Turn::Never(true), 3),
            (Turn::CrashLoop(false, some, 15), 5),
            (Turn::CrashLoop(true, some, 15), 2),
            (Turn::Lose(false, few), 5),
            (Turn::Lose(true, few), 4),
            (Turn::Targets(false, few), 4),
            (Turn::Targets(true, few), 3),
            (Turn::Quota(few), 3),
            (Turn::WrongImage(few), 3),
            (Turn::Delete(false), 1),
            (Turn::Delete(true), 1),
            (Turn::Split(percent), 7),
            (Turn::Weights(few, 1, 0), 3),
            (Turn::Weights(1, 1, 1), 2),
            (Turn::Propagation(some.min(120)), 5),
            (Turn::Demand(rate), 6),
            (Turn::Metrics(metrics), 9),
            (Turn::MetricsLate(some), 4),
            (Turn::ProbeFails(kind), 4),
            (Turn::SuiteFails(number), 4),
            (Turn::CheckFails(kind), 5),
            (Turn::HookFails, 3),
            (Turn::Notifier(number == 0), 6),
            (Turn::ImageMissing, 2),
            (Turn::WallJump(jump), 3),
        ];
        for (turn, likely) in turns {
            if !self.chance(likely) {
                continue;
            }
            let when = self.when(None);
            let lasts = (!self.chance(50)).then_some(more);
            // What the rollout cannot live without comes back, or it was deleted for good.
            let forever = matches!(turn, Turn::Errors(..) | Turn::Slow(..) | Turn::SuiteFails(_));
            let lasts = lasts.or_else(|| (!forever).then_some(more));
            troubles.push(Trouble::Turn { when, turn, lasts });
        }
    }

    fn when(&mut self, phase: Option<PhaseName>) -> When {
        let after = self.between(0, 120);
        if let Some(phase) = phase {
            return When::Phase(phase, after);
        }
        let phases = [
            PhaseName::Preflight,
            PhaseName::Provisioning,
            PhaseName::Verifying,
            PhaseName::Shifting,
            PhaseName::Shifting,
            PhaseName::Baking,
            PhaseName::Confirming,
            PhaseName::Retaining,
            PhaseName::RollingBack,
        ];
        match self.between(0, 3) {
            0 => When::At(self.between(0, 2400)),
            1 => When::Green(self.pick(&[1, 20, 60, 100]), after),
            _ => When::Phase(self.pick(&phases), after),
        }
    }

    fn inputs(&mut self, plan: &Shape) -> Vec<Input> {
        let mut inputs = Vec::new();
        let forward = [
            PhaseName::Provisioning,
            PhaseName::Verifying,
            PhaseName::AwaitingApproval,
            PhaseName::Shifting,
            PhaseName::Baking,
            PhaseName::Confirming,
            PhaseName::Retaining,
        ];
        if self.chance(12) {
            let phase = self.pick(&forward[..6]);
            inputs.push(Input::new(self.early(phase), Word::Pause));
            if self.chance(70) {
                let when = self.when(Some(PhaseName::Held));
                inputs.push(Input::new(when, Word::Resume));
            }
        }
        if self.chance(10) {
            let phase = self.pick(&[PhaseName::Baking, PhaseName::Shifting]);
            inputs.push(Input::new(self.when(Some(phase)), Word::Promote));
        }
        if self.chance(8) {
            let phase = self.pick(&[PhaseName::Baking, PhaseName::Shifting]);
            inputs.push(Input::new(self.early(phase), Word::PromoteFull));
        }
        if self.chance(10) {
            let phase = self.pick(&forward);
            inputs.push(Input::new(self.early(phase), Word::Abort));
        }
        if self.chance(8) {
            let phase = self.pick(&forward);
            inputs.push(Input::new(self.early(phase), Word::Rollback));
        }
        if self.chance(3) {
            let when = self.when(Some(PhaseName::Retiring));
            inputs.push(Input::new(when, Word::Rollback));
        }
        if plan.approval.is_some() {
            if self.chance(12) {
                inputs.push(Input::new(self.early(PhaseName::AwaitingApproval), Word::Reject));
            }
            if self.chance(10) {
                let when = self.early(PhaseName::AwaitingApproval);
                inputs.push(Input::new(when, Word::ApproveAnother));
            }
            if self.chance(20) {
                let place = self.pick(&[0, 1, 2]);
                let when = self.early(PhaseName::AwaitingApproval);
                inputs.push(Input::new(when, Word::Approve(place)));
            }
        }
        if plan.acknowledge.is_some() && self.chance(25) {
            let place = self.pick(&[0, 1]);
            inputs.push(Input::new(self.early(PhaseName::Confirming), Word::Acknowledge(place)));
        }
        if self.chance(10) {
            let by = self.between(60, 1800);
            inputs.push(Input::new(self.when(Some(PhaseName::Retaining)), Word::Extend(by)));
        }
        if self.chance(10) {
            inputs.push(Input::new(self.when(Some(PhaseName::Retaining)), Word::RetireNow));
        }
        inputs
    }

    /// Soon after a phase begins, before it can be over.
    pub(crate) fn early(&mut self, phase: PhaseName) -> When {
        let most = match phase {
            PhaseName::Verifying | PhaseName::Confirming | PhaseName::Provisioning => 4,
            _ => 50,
        };
        When::Phase(phase, self.between(0, most))
    }
}
