//! The record of a rollout that has only just been created.

use crate::fact::Started;
use crate::record::{
    PersonRecord, Record, RecordOutcome, RequestTotals, SCHEMA_VERSION, Seconds, StartRecord,
    ZonedTime,
};

pub(super) fn blank(started: &Started, started_at: ZonedTime) -> Record {
    let plan = &started.plan;
    Record {
        schema_version: SCHEMA_VERSION,
        rollout: started.rollout.clone(),
        service: plan.service.clone(),
        revision: plan.green.clone(),
        plan_hash: started.plan_hash.clone(),
        zone: plan.zone.clone(),
        outcome: RecordOutcome::Running,
        started_at,
        ended_at: None,
        duration_seconds: Seconds::default(),
        phases: Vec::new(),
        splits: Vec::new(),
        verdicts: Vec::new(),
        time_to_detect_seconds: None,
        time_to_decide_seconds: None,
        rollback: None,
        requests: RequestTotals::default(),
        approvals: Vec::new(),
        confirmations: Vec::new(),
        commands: Vec::new(),
        notices: Vec::new(),
        issues: Vec::new(),
        leftovers: Vec::new(),
        blue_removed_at: None,
        checks: Vec::new(),
        holds: Vec::new(),
        drifts: Vec::new(),
        refusal: None,
        stuck: None,
        recorded_metrics: Vec::new(),
        writes: Vec::new(),
        start: StartRecord::of(started),
        controllers: Vec::new(),
        blue: None,
        people: plan.people.roles.iter().map(PersonRecord::from).collect(),
        rollback_owner: plan.people.rollback_owner.clone(),
        channel: plan.people.channel.clone(),
        success_signals: plan.confirm.success_signals.clone(),
        unknown: Vec::new(),
    }
}
