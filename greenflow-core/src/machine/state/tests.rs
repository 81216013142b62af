//! A fact that cannot be leaves the state as it was.

use std::time::Duration;

use super::State;
use crate::fact::{Entry, Fact, Move, Outcome, OutcomeClass, StartOptions, Started, Write};
use crate::plan::{Limit, Plan};
use crate::provider::{
    Capabilities, ComputeCapabilities, Fence, Granularity, LoadBalancerCapabilities,
    MetricCapabilities,
};
use crate::value::{Digest, EffectId, Revision, Split, Timestamp, WallTime, Who};

fn started() -> Fact {
    let digest = Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap();
    let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
        .step(100, Duration::ZERO)
        .limit(Limit::error_rate_percent(1))
        .keep_blue()
        .build()
        .unwrap();
    let fence = Fence::Late { bound: Duration::from_secs(120) };
    let granularity = Granularity::Steps { basis_points: 1 };
    let capabilities = Capabilities {
        load_balancer: LoadBalancerCapabilities { granularity, fence },
        compute: ComputeCapabilities { fence, pins: true },
        metrics: MetricCapabilities {
            shortest: Duration::from_secs(10),
            delay: Duration::from_secs(5),
        },
    };
    Fact::Started(Box::new(Started {
        rollout: "r-1".parse().unwrap(),
        plan_hash: plan.hash().clone(),
        plan: plan.body().clone(),
        options: StartOptions::new(Who::new("ann")),
        late_effect_bound: capabilities.late_effect_bound(),
        capabilities,
        machine_version: 1,
    }))
}

fn entry(sequence: u64, epoch: u64, fact: Fact) -> Entry {
    let at = Timestamp::from_millis(sequence * 1000);
    let wall = WallTime::from_unix_millis(i64::try_from(sequence * 1000).unwrap());
    Entry { sequence, epoch, at, wall, fact }
}

fn intent(id: u64) -> Fact {
    Fact::Intent { id: EffectId::new(id), write: Write::Raise { split: Split::ALL_GREEN } }
}

fn outcome(id: u64) -> Fact {
    Fact::Outcome(Outcome {
        id: EffectId::new(id),
        class: OutcomeClass::Applied,
        attempts: 1,
        last_sent_at: Some(Timestamp::from_millis(900)),
        may_land_late: true,
        resources: vec![],
        report: None,
        failure: None,
    })
}

#[test]
fn a_fact_that_cannot_be_changes_nothing() {
    let mut state = State::begin(&entry(1, 1, started())).unwrap();
    let moves = [
        Move::Preflight,
        Move::Provision,
        Move::Verify,
        Move::AskApproval,
        Move::Shift { step: 0 },
    ];
    let way = moves.into_iter().map(Fact::Moved).chain([intent(3), outcome(3)]);
    for fact in way {
        let next = state.head() + 1;
        let trusted = Fact::TrafficTrusted { split: Split::ALL_BLUE };
        let impossible = [
            entry(next + 1, 2, Fact::Moved(Move::Preflight)),
            entry(next, 0, Fact::Moved(Move::Preflight)),
            entry(next, 2, started()),
            entry(next, 2, intent(0)),
            entry(next, 2, outcome(9)),
            entry(next, 2, trusted),
            entry(next, 2, Fact::Moved(Move::Complete { leftovers: vec![] })),
        ];
        let before = state.clone();
        for entry in &impossible {
            assert!(state.evolve(entry).is_err(), "{entry:?}");
            assert_eq!(state, before, "{entry:?}");
        }
        state.evolve(&entry(next, 1, fact)).unwrap();
    }
}
