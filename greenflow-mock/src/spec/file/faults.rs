//! What goes wrong with calls: `[[fault]]`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::error::Problems;
use super::when::{Calendar, WhenTable};
use crate::faults::{Fault, FaultKind, Pick};
use crate::provider::Operation;
use crate::spec::units::{Share, Span};
use crate::spec::world_spec::WorldSpec;

/// One fault as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultTable {
    kind: KindWord,
    #[serde(default)]
    on: Vec<OperationWord>,
    when: Option<Spanned<WhenTable>>,
    #[serde(rename = "for")]
    lasts: Option<Span>,
    // Which calls; at most one of these.
    nth: Option<u64>,
    first: Option<u64>,
    every: Option<u64>,
    chance: Option<Share>,
    // Of the kinds.
    after: Option<Span>,
    times: Option<u32>,
    spacing: Option<Span>,
    parts: Option<u32>,
    age: Option<Span>,
    by: Option<Span>,
    targets: Option<u32>,
    retry_after: Option<Span>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindWord {
    Throttle,
    TimeoutLost,
    TimeoutApplied,
    TimeoutLate,
    AckLost,
    Duplicate,
    AppliedLate,
    Partial,
    StaleRead,
    Slow,
    Hang,
    NotFound,
    Denied,
    Expired,
    Malformed,
    Misses,
    Outage,
    Full,
    NearlyFull,
    SyncFailed,
    AnswerLost,
}

struct OperationWord(Operation);

impl<'de> Deserialize<'de> for OperationWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let names = || {
            let all: Vec<&str> = Operation::ALL.iter().map(|one| one.as_str()).collect();
            format!("there is no operation {name:?}; there are {}", all.join(", "))
        };
        Operation::named(&name).map(Self).ok_or_else(|| de::Error::custom(names()))
    }
}

pub(super) fn read(
    table: Spanned<FaultTable>,
    spec: &mut WorldSpec,
    calendar: &Calendar,
    problems: &mut Problems<'_>,
) {
    let at = table.span().start;
    let table = table.into_inner();
    let from = table.when.as_ref().map(|when| calendar.trigger(when, problems));
    match (table.kind(), table.pick()) {
        (Ok(kind), Ok(pick)) => spec.faults.push(Fault {
            on: table.on.iter().map(|word| word.0).collect(),
            from: from.flatten(),
            lasts: table.lasts.map(|Span(span)| span),
            pick,
            ..Fault::new(kind)
        }),
        (Err(message), _) | (_, Err(message)) => problems.add(at, message),
    }
}

impl FaultTable {
    fn kind(&self) -> Result<FaultKind, &'static str> {
        let span = |span: Option<Span>, missing| span.map(|Span(span)| span).ok_or(missing);
        Ok(match self.kind {
            KindWord::Throttle => {
                FaultKind::Throttle { retry_after: self.retry_after.map(|Span(span)| span) }
            }
            KindWord::TimeoutLost => FaultKind::TimeoutLost,
            KindWord::TimeoutApplied => FaultKind::TimeoutApplied,
            KindWord::TimeoutLate => FaultKind::TimeoutLate {
                after: span(self.after, "timeout_late needs after: when does it take effect?")?,
            },
            KindWord::AckLost => FaultKind::AckLost,
            KindWord::Duplicate => FaultKind::Duplicate {
                times: self.times.unwrap_or(1),
                spacing: self.spacing.map_or(Duration::from_secs(5), |Span(span)| span),
            },
            KindWord::AppliedLate => FaultKind::AppliedLate {
                after: span(self.after, "applied_late needs after: when does it take effect?")?,
            },
            KindWord::Partial => {
                FaultKind::Partial { parts: self.parts.ok_or("partial needs parts: how many?")? }
            }
            KindWord::StaleRead => {
                FaultKind::StaleRead { age: span(self.age, "stale_read needs age: how old?")? }
            }
            KindWord::Slow => FaultKind::Slow { by: span(self.by, "slow needs by: how much?")? },
            KindWord::Hang => FaultKind::Hang,
            KindWord::NotFound => FaultKind::NotFound,
            KindWord::Denied => FaultKind::Denied,
            KindWord::Expired => FaultKind::Expired,
            KindWord::Malformed => FaultKind::Malformed,
            KindWord::Misses => FaultKind::Misses {
                targets: self.targets.ok_or("misses needs targets: how many?")?,
            },
            KindWord::Outage => FaultKind::Outage,
            KindWord::Full => FaultKind::Full,
            KindWord::NearlyFull => FaultKind::NearlyFull,
            KindWord::SyncFailed => FaultKind::SyncFailed,
            KindWord::AnswerLost => FaultKind::AnswerLost,
        })
    }

    fn pick(&self) -> Result<Pick, &'static str> {
        match (self.nth, self.first, self.every, self.chance) {
            (None, None, None, None) => Ok(Pick::Always),
            (Some(n), None, None, None) => Ok(Pick::Nth(n)),
            (None, Some(n), None, None) => Ok(Pick::First(n)),
            (None, None, Some(n), None) => Ok(Pick::Every(n)),
            (None, None, None, Some(Share(share))) => Ok(Pick::Chance(share)),
            _ => Err("write at most one of nth, first, every and chance"),
        }
    }
}
