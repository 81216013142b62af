//! What is done to the controllers of a rehearsal: `[[kill]]`, and who starts something too:
//! `[[start]]`.

use std::time::Duration;

use greenflow_core::machine::PhaseName;
use serde::Deserialize;
use toml::Spanned;

use super::error::Problems;
use crate::Damage;
use crate::rehearsal::{Kill, Rival, Starts};
use crate::spec::units::{Share, Span};
use crate::spec::world_spec::WorldSpec;

/// One thing that is done to a controller, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KillTable {
    phase: PhaseName,
    after: Option<Span>,
    away: Option<Span>,
    stopped_for: Option<Span>,
    clock_ppm: Option<i32>,
    #[serde(default)]
    only_dropped: bool,
    journal: Option<DamageWord>,
    // Of the damages.
    kept: Option<Share>,
    bit: Option<u64>,
    fact: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DamageWord {
    Torn,
    Flipped,
    Lost,
    Doubled,
    Unsynced,
    Newer,
    NewerEssential,
    NewerFormat,
}

/// Somebody who starts something too, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartTable {
    phase: PhaseName,
    after: Option<Span>,
    what: StartsWord,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StartsWord {
    Another,
    Again,
    OtherImage,
    OtherSteps,
    OtherLimits,
}

pub(super) fn read(table: Spanned<KillTable>, spec: &mut WorldSpec, problems: &mut Problems<'_>) {
    let at = table.span().start;
    match table.into_inner().kill() {
        Ok(kill) => spec.kills.push(kill),
        Err(message) => problems.add(at, message),
    }
}

impl KillTable {
    fn kill(&self) -> Result<Kill, &'static str> {
        let span = |span: Option<Span>, or| span.map_or(or, |Span(span)| span);
        let away = span(self.away, Duration::from_secs(20));
        let mut kill = Kill::new(self.phase, span(self.after, Duration::ZERO), away);
        kill.stopped_for = self.stopped_for.map(|Span(span)| span);
        kill.rate = self.clock_ppm.unwrap_or(0);
        kill.only_dropped = self.only_dropped;
        kill.leaves = self.damage()?;
        let ways = [kill.stopped_for.is_some(), kill.only_dropped, kill.leaves.is_some()];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(AT_MOST_ONE);
        }
        Ok(kill)
    }

    fn damage(&self) -> Result<Option<Damage>, &'static str> {
        let Some(word) = self.journal else {
            let none = self.kept.is_none() && self.bit.is_none() && self.fact.is_none();
            return if none {
                Ok(None)
            } else {
                Err("kept, bit and fact need journal: what is it?")
            };
        };
        let fact = self.fact.ok_or("lost and doubled need fact: which, from 0?");
        Ok(Some(match word {
            DamageWord::Torn => {
                let Share(kept) = self.kept.ok_or("torn needs kept: which share is there?")?;
                Damage::Torn { kept: thousandths(kept) }
            }
            DamageWord::Flipped => {
                Damage::Flipped { bit: self.bit.ok_or("flipped needs bit: which, from 0?")? }
            }
            DamageWord::Lost => Damage::Lost { fact: fact? },
            DamageWord::Doubled => Damage::Doubled { fact: fact? },
            DamageWord::Unsynced => Damage::Unsynced,
            DamageWord::Newer => Damage::Newer { essential: false },
            DamageWord::NewerEssential => Damage::Newer { essential: true },
            DamageWord::NewerFormat => Damage::NewerFormat,
        }))
    }
}

impl StartTable {
    pub(super) fn into_rival(self) -> Rival {
        let starts = match self.what {
            StartsWord::Another => Starts::Another,
            StartsWord::Again => Starts::Again,
            StartsWord::OtherImage => Starts::OtherImage,
            StartsWord::OtherSteps => Starts::OtherSteps,
            StartsWord::OtherLimits => Starts::OtherLimits,
        };
        Rival::new(self.phase, self.after.map_or(Duration::ZERO, |Span(span)| span), starts)
    }
}

const AT_MOST_ONE: &str = "write at most one of stopped_for, only_dropped and journal: whoever lives \
     on leaves nothing behind";

/// A share that is not all of it is less than a thousand thousandths.
fn thousandths(share: f64) -> u16 {
    (0..=1000).rev().find(|part| f64::from(*part) <= share * 1000.0).unwrap_or(0)
}
