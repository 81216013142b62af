//! Journals bent in one place.

use std::sync::OnceLock;
use std::time::Duration;

use greenflow_core::fact::{Fact, Move, OutcomeClass, Scope, Write};
use greenflow_core::machine::{Action, Command, PhaseName};
use greenflow_core::plan::{Checklist, ChecklistItem, ConfirmedBy, OtherwisePolicy, PlanBody};
use greenflow_core::provider::{Audience, CheckOutcome, CheckStage, Notice, NoticeKey, NoticeKind};
use greenflow_core::value::{
    EffectId, ResourceId, RoleName, Severity, Side, Split, Verdict, WallTime, Weight, Who,
};

use super::tape::{Tape, Told, earlier, record};
use super::world::{an_alert_that_nobody_took, somewhen_else};
use crate::oracle::RunOver;
use crate::script::{Entry as Line, Says, Script};
use crate::world::{Change, SideChange, Trigger};
use crate::{StoreAct, WorldSpec};

/// A rollout whose green fails at full traffic.
pub(super) fn back() -> Tape {
    static TAPE: OnceLock<Tape> = OnceLock::new();
    let half = Weight::from_percent(50).unwrap();
    let bad = || {
        let errors = Change::Side(Side::Green, SideChange::Errors(0.2));
        record(WorldSpec::healthy().with_change(Trigger::green_at(half), errors))
    };
    TAPE.get_or_init(bad).clone()
}

/// A rollout that is paused in its bake, and given up there.
pub(super) fn aborted_in_a_hold() -> Tape {
    static TAPE: OnceLock<Tape> = OnceLock::new();
    let told = || {
        let after = |phase| Trigger::Phase { phase, after: Duration::from_secs(60) };
        let script = Script::diligent()
            .with(Line::new(after(PhaseName::Baking), "operator", Says::Pause))
            .with(Line::new(after(PhaseName::Held), "operator", Says::Abort));
        record(WorldSpec::healthy().with_script(script))
    };
    TAPE.get_or_init(told).clone()
}

const fn is_raise(fact: &Fact) -> bool {
    matches!(fact, Fact::Intent { write: Write::Raise { .. }, .. })
}

const fn is_cut(fact: &Fact) -> bool {
    matches!(fact, Fact::Intent { write: Write::Cut, .. })
}

const fn is_back(fact: &Fact) -> bool {
    matches!(fact, Fact::Moved(Move::RollBack(_)))
}

const fn is_removal(fact: &Fact) -> bool {
    matches!(fact, Fact::Intent { write: Write::Remove { .. }, .. })
}

const fn next_step(fact: &Fact) -> bool {
    matches!(fact, Fact::Moved(Move::Shift { step: 1 }))
}

const fn bakes(fact: &Fact) -> bool {
    matches!(fact, Fact::Moved(Move::Bake))
}

const fn approves(fact: &Fact) -> bool {
    matches!(fact, Fact::Commanded(Command { action: Action::Approve { .. }, .. }))
}

pub(super) fn a_raise_that_nobody_approved(tape: Tape) -> Tape {
    let approval = tape.place(approves);
    tape.without(approval)
}

pub(super) fn green_brought_up_with_an_open_item(tape: Tape) -> Tape {
    let confirmed_by = ConfirmedBy::Role(RoleName::new("lead").unwrap());
    let items = vec![ChecklistItem { item: "a backup is made".to_owned(), confirmed_by }];
    let list = Checklist { name: "before".to_owned(), due: None, items };
    with_plan(tape, |plan| plan.checklists.push(list))
}

pub(super) fn traffic_moved_before_its_time(tape: Tape) -> Tape {
    let never = WallTime::from_unix_millis(i64::MAX);
    with_plan(tape, |plan| plan.shift.not_before = Some(never))
}

pub(super) fn on_without_an_acknowledgement(tape: Tape) -> Tape {
    let lead = RoleName::new("lead").unwrap();
    with_plan(tape, |plan| {
        plan.confirm.acknowledge.push(lead);
        plan.confirm.unacknowledged.otherwise = OtherwisePolicy::Stop;
    })
}

/// Changes the plan, its hash and what was approved.
fn with_plan(tape: Tape, with: impl FnOnce(&mut PlanBody)) -> Tape {
    tape.started(|started| {
        with(&mut started.plan);
        started.plan_hash = started.plan.hash();
    })
    .approving()
}

pub(super) fn a_bake_assessed_again_and_again(tape: Tape) -> Tape {
    let good = |fact: &Fact| matches!(fact, Fact::Judged(judged) if judged.scope == Scope::Bake);
    let judged = tape.place(good);
    let good = tape.entry(judged).fact.clone();
    let once = [
        Fact::Moved(Move::Assess { findings: Vec::new() }),
        good,
        Fact::Moved(Move::Clear { minor: false }),
    ];
    let bake = tape.place(bakes);
    tape.until(bake)
        .with_facts(bake + 1, once.iter().cycle().take(4 * once.len()).cloned().collect())
}

pub(super) fn a_step_on_a_breach(tape: Tape) -> Tape {
    let on = tape.place(next_step);
    let judged = (0..on).rev().find(|place| {
        matches!(&tape.told[*place], Told::Fact(entry) if matches!(entry.fact, Fact::Judged(_)))
    });
    tape.bend(judged.unwrap(), |entry| {
        let Fact::Judged(judged) = &mut entry.fact else { unreachable!() };
        judged.verdict = Verdict::Breach(Severity::Minor);
    })
}

pub(super) fn a_raise_to_another_step(tape: Tape) -> Tape {
    let raise = tape.place(is_raise);
    tape.until(raise).bend(raise, |entry| {
        let Fact::Intent { write, .. } = &mut entry.fact else { unreachable!() };
        *write = Write::Raise { split: Split::to_green(Weight::from_percent(50).unwrap()) };
    })
}

pub(super) fn a_hold_cut_short(tape: Tape) -> Tape {
    let (on, shown) =
        (tape.place(next_step), tape.place(|fact| matches!(fact, Fact::TrafficObserved { .. })));
    let early = tape.entry(shown).at;
    tape.bend(on, |entry| entry.at = early)
}

pub(super) fn healthy_without_a_measurement(tape: Tape) -> Tape {
    let in_shift = |fact: &Fact| matches!(fact, Fact::Judged(j) if j.scope == Scope::Shift);
    let judged = tape.place(in_shift);
    tape.bend(judged, |entry| {
        let Fact::Judged(judged) = &mut entry.fact else { unreachable!() };
        judged.findings[0].value = None;
    })
}

pub(super) fn on_after_a_failed_check(tape: Tape) -> Tape {
    let confirmed = |fact: &Fact| matches!(fact, Fact::CheckEnded(result) if result.stage == CheckStage::Confirm);
    let check = tape.place(confirmed);
    tape.bend(check, |entry| {
        let Fact::CheckEnded(result) = &mut entry.fact else { unreachable!() };
        result.outcome = CheckOutcome::NotRun;
    })
}

pub(super) fn a_retention_cut_short(tape: Tape) -> Tape {
    let retire = tape.place(|fact| matches!(fact, Fact::Moved(Move::Retire)));
    let bake = tape.entry(tape.place(bakes)).at;
    tape.bend(retire, |entry| entry.at = bake)
}

pub(super) fn green_removed_while_a_write_may_land(tape: Tape) -> Tape {
    let cut = tape.entry(tape.place(is_cut)).at;
    let removal = tape.place(is_removal);
    tape.bend(removal, |entry| entry.at = cut.after(Duration::from_secs(10)))
}

pub(super) fn compute_before_the_cut(tape: Tape) -> Tape {
    let back = tape.place(is_back);
    let unpin = Write::PinBlue { minimum: None };
    let tape = tape.until(back);
    tape.with_facts(back + 1, vec![Fact::Intent { id: EffectId::new(90), write: unpin }])
}

pub(super) fn a_removal_of_somebody_elses(tape: Tape) -> Tape {
    let removal = tape.place(is_removal);
    tape.until(removal).bend(removal, |entry| {
        let Fact::Intent { write: Write::Remove { resources, .. }, .. } = &mut entry.fact else {
            unreachable!()
        };
        resources.push(ResourceId::new("somebody-elses").unwrap());
    })
}

pub(super) fn blue_removed_though_the_plan_keeps_it(tape: Tape) -> Tape {
    with_plan(tape, |plan| plan.retire.remove_blue = false)
}

pub(super) fn a_removal_that_failed_and_is_not_told(tape: Tape) -> Tape {
    let Fact::Intent { id, .. } = tape.entry(tape.place(is_removal)).fact else { unreachable!() };
    let outcome = tape.place(|fact| matches!(fact, Fact::Outcome(outcome) if outcome.id == id));
    tape.bend(outcome, |entry| {
        let Fact::Outcome(outcome) = &mut entry.fact else { unreachable!() };
        outcome.class = OutcomeClass::Ambiguous;
    })
}

pub(super) fn blue_recorded_twice(tape: Tape) -> Tape {
    let recorded = tape.place(|fact| matches!(fact, Fact::BlueRecorded(_)));
    let again = tape.entry(recorded).fact.clone();
    tape.with_facts(recorded + 1, vec![again])
}

pub(super) fn blue_given_up_unknown(tape: Tape) -> Tape {
    let retire = tape.place(|fact| matches!(fact, Fact::Moved(Move::Retire)));
    let judged = (0..retire).rev().find(|place| {
        matches!(&tape.told[*place], Told::Fact(entry) if matches!(entry.fact, Fact::Judged(_)))
    });
    tape.bend(judged.unwrap(), |entry| {
        let Fact::Judged(judged) = &mut entry.fact else { unreachable!() };
        judged.verdict = Verdict::Unknown;
    })
}

pub(super) fn an_abort_that_comes_to_nothing(tape: Tape) -> Tape {
    let bake = tape.place(bakes);
    let abort = Command::new(Who::new("Kim"), "no good", Action::Abort);
    tape.until(bake).with_facts(bake + 1, vec![Fact::Commanded(abort)])
}

pub(super) fn another_plan_than_its_hash(tape: Tape) -> Tape {
    tape.started(|started| started.plan.retain.at_least = Duration::from_secs(1800))
}

pub(super) fn an_approval_of_another_step(tape: Tape) -> Tape {
    let approval = tape.place(approves);
    tape.bend(approval, |entry| {
        let Fact::Commanded(Command { action: Action::Approve { of }, .. }) = &mut entry.fact
        else {
            unreachable!()
        };
        of.step = 1;
    })
}

pub(super) fn an_ended_rollout_revived(tape: Tape) -> Tape {
    let issue = Fact::IssueNoted {
        severity: Severity::Minor,
        what: "it goes on".to_owned(),
        done: String::new(),
    };
    let end = tape.told.len();
    tape.with_facts(end, vec![issue])
}

pub(super) fn an_abort_in_a_hold_heard_late(mut tape: Tape) -> Tape {
    tape.given = somewhen_else(tape.given);
    let abort =
        tape.place(|fact| matches!(fact, Fact::Commanded(Command { action: Action::Abort, .. })));
    tape.bend(abort, |entry| entry.at = earlier(entry.at, Duration::from_secs(30)))
}

pub(super) fn an_order_of_nobody(tape: Tape) -> Tape {
    let bake = tape.place(bakes);
    let order = Command::new(Who::new(""), "", Action::Promote);
    tape.with_facts(bake + 1, vec![Fact::Commanded(order)])
}

pub(super) fn a_fact_that_no_fold_takes(tape: Tape) -> Tape {
    let bake = tape.place(bakes);
    tape.until(bake).with_facts(bake + 1, vec![Fact::Moved(Move::Watch)])
}

pub(super) fn a_way_back_without_a_word(tape: Tape) -> Tape {
    let back = tape.place(is_back);
    let alerts: Vec<usize> = (0..back)
        .filter(|place| {
            let Told::Fact(entry) = &tape.told[*place] else { return false };
            let Fact::NoticeQueued(notice) = &entry.fact else { return false };
            matches!(notice.kind, NoticeKind::Alert | NoticeKind::Page)
        })
        .collect();
    alerts.into_iter().rev().fold(tape, Tape::without)
}

pub(super) fn an_alert_that_is_kept_back(tape: Tape) -> Tape {
    let queued = tape.place(
        |fact| matches!(fact, Fact::NoticeQueued(notice) if notice.kind == NoticeKind::Alert),
    );
    let Fact::NoticeQueued(Notice { key, .. }) = &tape.entry(queued).fact else { unreachable!() };
    let ended = tape.place(|fact| matches!(fact, Fact::NoticeEnded { key: of, .. } if of == key));
    // Had it been taken, it would only not be recorded: the last notices end in no record.
    an_alert_that_nobody_took(tape.without(ended))
}

pub(super) fn a_cut_that_waits(mut tape: Tape) -> Tape {
    tape.given = somewhen_else(tape.given);
    let decided = tape.entry(tape.place(is_back)).sequence;
    let stores = |act: &StoreAct| matches!(act, StoreAct::Appended { after, frames, .. } if *after < decided && decided <= after + frames);
    let stored = tape.stored(stores);
    tape.restore(stored, |event| event.at = event.at.saturating_sub(Duration::from_secs(30)))
}

pub(super) fn another_revision_than_the_plans(tape: Tape) -> Tape {
    let provision =
        tape.place(|fact| matches!(fact, Fact::Intent { write: Write::Provision { .. }, .. }));
    tape.until(provision).bend(provision, |entry| {
        let Fact::Intent { write: Write::Provision { revision, .. }, .. } = &mut entry.fact else {
            unreachable!()
        };
        revision.image = "registry.example.com/other".to_owned();
    })
}

pub(super) fn a_panic(mut tape: Tape) -> Tape {
    tape.told.push(Told::Over(RunOver::Panicked("index out of bounds".to_owned())));
    tape
}

pub(super) fn a_notice_too_long(tape: Tape) -> Tape {
    let bake = tape.place(bakes);
    let notice = Notice {
        key: NoticeKey("first/long".to_owned()),
        kind: NoticeKind::Info,
        audience: Audience::Channel,
        text: "x".repeat(1001),
    };
    tape.with_facts(bake + 1, vec![Fact::NoticeQueued(notice)])
}

pub(super) fn an_epoch_that_goes_back(tape: Tape) -> Tape {
    let bake = tape.place(bakes);
    tape.bend(bake, |entry| entry.epoch += 1)
}
