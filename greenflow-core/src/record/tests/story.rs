//! Journals made by hand, fact by fact.

use std::time::Duration;

use crate::fact::{
    CheckResult, Counts, Entry, Fact, Finding, FindingUnit, HoldReason, Judged, Move, NoticeResult,
    Outcome, OutcomeClass, RollbackKind, RollbackReason, Scope, StartOptions, Started, Totals,
    Write,
};
use crate::machine::{Action, ApprovalTarget, Command, MACHINE_VERSION};
use crate::plan::{Limit, OtherwisePolicy, Plan};
use crate::provider::{
    Audience, Capabilities, CheckOutcome, CheckStage, ComputeCapabilities, ErrorKind,
    FailureRecord, Fence, Granularity, HookReport, LoadBalancerCapabilities, Measurement,
    MetricCapabilities, Notice, NoticeKey, NoticeKind, SideState,
};
use crate::value::{
    Digest, EffectId, Revision, Severity, Side, Split, Timestamp, Verdict, WallTime, Weight, Who,
};

/// A journal in the making.
pub(super) struct Story {
    entries: Vec<Entry>,
    now: u64,
    writes: u64,
}

/// 2026-02-11 10:35 in Seoul.
const START: i64 = 1_770_773_700_000;

impl Story {
    pub(super) fn begin() -> Self {
        let plan = plan();
        let fence = Fence::Late { bound: Duration::from_mins(2) };
        let capabilities = Capabilities {
            load_balancer: LoadBalancerCapabilities {
                granularity: Granularity::Steps { basis_points: 100 },
                fence,
            },
            compute: ComputeCapabilities { fence, pins: true },
            metrics: MetricCapabilities {
                shortest: Duration::from_secs(10),
                delay: Duration::ZERO,
            },
        };
        let started = Started {
            rollout: "greenflow-api-7".parse().unwrap(),
            plan: plan.body().clone(),
            plan_hash: plan.body().hash(),
            options: StartOptions::new(lead())
                .because("the release of the week")
                .start_now()
                .confirm("All tests pass", lead()),
            late_effect_bound: capabilities.late_effect_bound(),
            capabilities,
            machine_version: MACHINE_VERSION,
        };
        let mut story = Self { entries: Vec::new(), now: 0, writes: 0 };
        story.after(0, Fact::Started(Box::new(started)));
        let controller = "ci-42".parse().unwrap();
        story.after(0, Fact::EpochBegan { controller, engine: "0.1.0".to_owned() });
        story
    }

    pub(super) fn until_ten_percent() -> Self {
        let mut story = Self::begin();
        story.after(0, Fact::Moved(Move::Preflight));
        story.check(1, CheckStage::Preflight, "dns");
        let digests = vec![digest('a')];
        let blue = SideState { digests, desired: 4, healthy: 4, ..SideState::default() };
        story.after(0, Fact::BlueRecorded(blue));
        story.after(0, Fact::Moved(Move::Provision));
        story.write(0, Write::Provision { revision: revision(), capacity: 4 });
        story.applied(30);
        story.after(0, Fact::Moved(Move::Verify));
        story.check(20, CheckStage::Verify, "e2e");
        story.after(0, Fact::Moved(Move::AskApproval));
        story.notice(0, NoticeKind::Info, Audience::Team, "approval", "shall green take over?");
        story.approve(9);
        story.after(0, Fact::Moved(Move::Shift { step: 0 }));
        story.write(0, Write::Raise { split: green(10) });
        story.applied(1);
        story.observed(59, 10);
        story
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn after(&mut self, seconds: u64, fact: Fact) {
        self.after_millis(seconds * 1000, fact);
    }

    fn after_millis(&mut self, millis: u64, fact: Fact) {
        self.now += millis;
        self.entries.push(Entry {
            sequence: self.entries.len() as u64 + 1,
            epoch: 1,
            at: Timestamp::from_millis(self.now),
            wall: self.wall(),
            fact,
        });
    }

    fn wall(&self) -> WallTime {
        WallTime::from_unix_millis(START).after(Duration::from_millis(self.now))
    }

    pub(super) fn command(&mut self, seconds: u64, action: Action) {
        self.after(seconds, Fact::Commanded(Command::new(lead(), "as agreed", action)));
    }

    fn approve(&mut self, seconds: u64) {
        let Fact::Started(started) = &self.entries[0].fact else { panic!("it began") };
        let of = ApprovalTarget {
            rollout: started.rollout.clone(),
            plan: started.plan_hash.clone(),
            step: 0,
            digest: digest('b'),
        };
        self.command(seconds, Action::Approve { of });
    }

    pub(super) fn write(&mut self, seconds: u64, write: Write) {
        self.writes += 1;
        self.after(seconds, Fact::Intent { id: EffectId::new(self.writes), write });
    }

    pub(super) fn applied(&mut self, seconds: u64) {
        self.applied_after(seconds * 1000, None);
    }

    fn applied_after(&mut self, millis: u64, report: Option<HookReport>) {
        let outcome = Outcome {
            id: EffectId::new(self.writes),
            class: OutcomeClass::Applied,
            attempts: 1,
            last_sent_at: Some(Timestamp::from_millis(self.now)),
            may_land_late: false,
            resources: vec!["green-service".parse().unwrap()],
            report,
            failure: None,
        };
        self.after_millis(millis, Fact::Outcome(outcome));
    }

    fn observed(&mut self, seconds: u64, percent: u8) {
        let from = self.wall();
        let until = from.after(Duration::from_secs(seconds));
        let split = green(percent);
        let (blue, green) = (100 - u64::from(percent), u64::from(percent));
        self.after(seconds, Fact::TrafficObserved { split, from, until, blue, green });
    }

    fn check(&mut self, seconds: u64, stage: CheckStage, check: &str) {
        let measured = Measurement { name: "p95".to_owned(), value: "212 ms".to_owned() };
        self.after(
            seconds,
            Fact::CheckEnded(CheckResult {
                stage,
                check: check.parse().unwrap(),
                outcome: CheckOutcome::Passed,
                measurements: vec![measured],
                detail: "as it should be".to_owned(),
            }),
        );
    }

    fn notice(&mut self, s: u64, kind: NoticeKind, audience: Audience, key: &str, text: &str) {
        let key = NoticeKey(format!("greenflow-api-7/{key}/{audience}"));
        let text = text.to_owned();
        self.after(s, Fact::NoticeQueued(Notice { key: key.clone(), kind, audience, text }));
        self.after(1, Fact::NoticeEnded { key, result: NoticeResult::Sent });
    }
}

/// From the start to the end on green.
pub(super) fn whole_way() -> Vec<Entry> {
    let mut story = Story::until_ten_percent();
    story.after(240, judged(Verdict::Healthy, vec![errors(300)], [9_000, 9, 0, 1_000, 1, 3]));
    story.after(0, Fact::Moved(Move::Shift { step: 1 }));
    story.write(0, Write::Raise { split: Split::ALL_GREEN });
    story.applied(1);
    story.observed(60, 100);
    story.after(0, Fact::Moved(Move::Bake));
    let findings = vec![errors(200), cpu(Some(400_000))];
    story.after(1800, judged(Verdict::Healthy, findings, [0, 0, 0, 10_000, 2, 1]));
    story.after(0, Fact::Moved(Move::Confirm));
    story.command(5, Action::Acknowledge);
    story.after(0, Fact::Moved(Move::Retain));
    let what = "nobody from the database team acknowledged".to_owned();
    let done = "went on, as the plan says".to_owned();
    story.after(0, Fact::IssueNoted { severity: Severity::Minor, what, done });
    story.after(259_200, Fact::Moved(Move::Retire));
    let resources = vec!["blue-service".parse().unwrap()];
    story.write(0, Write::RunHook { hook: "backup".parse().unwrap(), resources });
    story.applied_after(60_000, Some(HookReport { detail: "snapshot-1".to_owned() }));
    let resources = vec!["blue-service".parse().unwrap()];
    story.write(0, Write::Remove { side: Side::Blue, resources });
    story.applied(20);
    story.after(0, Fact::Moved(Move::Watch));
    let leftovers = vec!["the pin on blue's capacity".to_owned()];
    story.after(600, Fact::Moved(Move::Complete { leftovers }));
    story.entries
}

/// From the start over a breach back to blue.
pub(super) fn way_back() -> Vec<Entry> {
    let mut story = Story::until_ten_percent();
    story.after(60, judged(Verdict::Healthy, vec![errors(300)], [9_000, 9, 0, 1_000, 0, 0]));
    let bad = vec![errors(300_000)];
    story.after(0, Fact::Moved(Move::Assess { findings: bad.clone() }));
    let breach_at = Timestamp::from_millis(story.now);
    let major = Verdict::Breach(Severity::Major);
    story.after(30, judged(major, bad, [3_900, 4, 2, 1_100, 330, 12]));
    story.after(0, roll_back(Some(breach_at), Severity::Major));
    story.write(0, Write::Cut);
    story.applied_after(1500, None);
    let key = NoticeKey("greenflow-api-7/rolled-back/customers".to_owned());
    story.after(
        1,
        Fact::NoticeQueued(Notice {
            key: key.clone(),
            kind: NoticeKind::Alert,
            audience: Audience::Customers,
            text: "we went back".to_owned(),
        }),
    );
    let failure = FailureRecord {
        kind: ErrorKind::Unavailable,
        operation: "notify".to_owned(),
        message: String::new(),
    };
    story.after(60, Fact::NoticeEnded { key, result: NoticeResult::GivenUp(failure) });
    let resources = vec!["green-service".parse().unwrap()];
    story.write(60, Write::Remove { side: Side::Green, resources });
    story.applied(10);
    story.after(0, Fact::Moved(Move::FinishRollback { leftovers: Vec::new() }));
    story.entries
}

pub(super) fn roll_back(breach_at: Option<Timestamp>, severity: Severity) -> Fact {
    Fact::Moved(Move::RollBack(RollbackReason {
        kind: RollbackKind::Breach,
        text: "green error-rate 30 % (limit 1 %)".to_owned(),
        severity,
        breach_at,
        who: None,
    }))
}

pub(super) fn paused() -> Fact {
    Fact::Moved(Move::Hold {
        reason: HoldReason::Paused { who: lead(), why: "lunch".to_owned() },
        owner: Some("deploy-lead".parse().unwrap()),
        within: Duration::from_mins(15),
        otherwise: OtherwisePolicy::Stop,
    })
}

/// `counts` are blue's requests and errors, those unserved, green's requests, errors and slow ones.
pub(super) fn judged(verdict: Verdict, findings: Vec<Finding>, counts: [u64; 6]) -> Fact {
    let [blue, blue_errors, unserved, green, errors, slow] = counts;
    Fact::Judged(Judged {
        scope: Scope::Shift,
        verdict,
        findings,
        from: WallTime::from_unix_millis(START),
        until: WallTime::from_unix_millis(START).after(Duration::from_secs(30)),
        source_ahead: None,
        totals: Totals {
            blue: Counts { requests: blue, errors: blue_errors, slow: 0 },
            green: Counts { requests: green, errors, slow },
            unserved,
        },
    })
}

pub(super) fn errors(parts_per_million: i64) -> Finding {
    let bad = parts_per_million > 10_000;
    Finding {
        metric: "error-rate".parse().unwrap(),
        side: Side::Green,
        verdict: if bad { Verdict::Breach(Severity::Major) } else { Verdict::Healthy },
        value: Some(parts_per_million),
        bound: Some(10_000),
        unit: FindingUnit::PartsPerMillion,
        requests: 1_000,
    }
}

pub(super) fn cpu(value: Option<i64>) -> Finding {
    Finding {
        metric: "cpu".parse().unwrap(),
        side: Side::Green,
        verdict: Verdict::Healthy,
        value,
        bound: None,
        unit: FindingUnit::Micros,
        requests: 0,
    }
}

pub(super) fn green(percent: u8) -> Split {
    Split::to_green(Weight::from_percent(percent).unwrap())
}

fn plan() -> Plan {
    Plan::builder("greenflow-api", revision())
        .zone("Asia/Seoul")
        .person("deploy-lead", ["Kim", "+82 2 0000 0000", "@kim"])
        .rollback_owner("deploy-lead")
        .channel("#greenflow-deployment")
        .limit(Limit::error_rate_percent(1))
        .step(10, Duration::from_mins(5))
        .step(100, Duration::ZERO)
        .bake(Duration::from_mins(30))
        .success_signal("The public site answers")
        .retain(Duration::from_hours(72))
        .remove_blue()
        .build()
        .unwrap()
}

fn revision() -> Revision {
    Revision::new("registry.example.com/greenflow-api", digest('b'))
}

fn digest(digit: char) -> Digest {
    Digest::new(format!("sha256:{}", digit.to_string().repeat(64))).unwrap()
}

fn lead() -> Who {
    Who::new("Kim").in_role("deploy-lead".parse().unwrap())
}
