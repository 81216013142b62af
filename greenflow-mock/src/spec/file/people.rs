//! What people do: `[people]` and `[[script]]`.

use greenflow_core::value::RoleName;
use serde::Deserialize;
use toml::Spanned;

use super::error::Problems;
use super::when::{Calendar, WhenTable};
use crate::script::{Entry, Says, Script};
use crate::spec::units::Span;

/// What people do of themselves.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleTable {
    confirm: Option<bool>,
    approve: Option<bool>,
    acknowledge: Option<bool>,
    #[serde(default)]
    forget: Vec<String>,
    #[serde(default)]
    absent: Vec<RoleName>,
}

impl PeopleTable {
    pub(super) fn apply(self, script: &mut Script) {
        let habits = &mut script.habits;
        habits.confirm = self.confirm.unwrap_or(habits.confirm);
        habits.approve = self.approve.unwrap_or(habits.approve);
        habits.acknowledge = self.acknowledge.unwrap_or(habits.acknowledge);
        habits.forget = self.forget;
        habits.absent = self.absent;
    }
}

/// One thing that somebody says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryTable {
    when: Spanned<WhenTable>,
    who: String,
    role: Option<RoleName>,
    says: SaysWord,
    why: Option<String>,
    item: Option<String>,
    by: Option<Span>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SaysWord {
    Confirm,
    Approve,
    ApproveAnother,
    Reject,
    Acknowledge,
    Pause,
    Resume,
    Promote,
    PromoteFull,
    Abort,
    Rollback,
    ExtendRetention,
    RetireNow,
}

pub(super) fn read(
    table: Spanned<EntryTable>,
    script: &mut Script,
    calendar: &Calendar,
    problems: &mut Problems<'_>,
) {
    let at = table.span().start;
    let table = table.into_inner();
    let when = calendar.trigger(&table.when, problems);
    match (when, table.says()) {
        (Some(when), Ok(says)) => {
            let mut entry = Entry::new(when, table.who, says);
            entry.role = table.role;
            entry.why = table.why.unwrap_or(entry.why);
            script.entries.push(entry);
        }
        (_, Err(message)) => problems.add(at, message),
        (None, Ok(_)) => {}
    }
}

impl EntryTable {
    fn says(&self) -> Result<Says, &'static str> {
        if self.item.is_some() && !matches!(self.says, SaysWord::Confirm) {
            return Err("item is only for says = \"confirm\"");
        }
        if self.by.is_some() && !matches!(self.says, SaysWord::ExtendRetention) {
            return Err("by is only for says = \"extend_retention\"");
        }
        Ok(match self.says {
            SaysWord::Confirm => {
                Says::Confirm { item: self.item.clone().ok_or("confirm needs item: which?")? }
            }
            SaysWord::Approve => Says::Approve,
            SaysWord::ApproveAnother => Says::ApproveAnother,
            SaysWord::Reject => Says::Reject,
            SaysWord::Acknowledge => Says::Acknowledge,
            SaysWord::Pause => Says::Pause,
            SaysWord::Resume => Says::Resume,
            SaysWord::Promote => Says::Promote,
            SaysWord::PromoteFull => Says::PromoteFull,
            SaysWord::Abort => Says::Abort,
            SaysWord::Rollback => Says::Rollback,
            SaysWord::ExtendRetention => {
                let Span(by) = self.by.ok_or("extend_retention needs by: how long?")?;
                Says::ExtendRetention { by }
            }
            SaysWord::RetireNow => Says::RetireNow,
        })
    }
}
