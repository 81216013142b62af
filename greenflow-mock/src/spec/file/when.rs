//! When: triggers and wall times of a world file.

use std::cell::Cell;
use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::value::WallTime;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::error::Problems;
use crate::spec::units::{Share, Span};
use crate::spec::world_spec::WorldSpec;
use crate::world::Trigger;

/// A trigger as it is written: exactly one of the first four, and perhaps `after`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenTable {
    at: Option<String>,
    elapsed: Option<Span>,
    phase: Option<PhaseName>,
    green_at_least: Option<Share>,
    after: Option<Span>,
}

/// Reads the wall times of a file.
pub(super) struct Calendar {
    start: WallTime,
    zone: TimeZone,
    /// Whether something happens at a wall time.
    dated: Cell<bool>,
}

impl Calendar {
    /// Reads the world's own beginning.
    pub(super) fn read(
        spec: &mut WorldSpec,
        starts: Option<Spanned<String>>,
        zone: Option<Spanned<String>>,
        problems: &mut Problems<'_>,
    ) -> Self {
        if let Some(name) = zone {
            match TimeZone::get(name.get_ref()) {
                Ok(zone) => spec.zone = zone,
                Err(_) => problems
                    .add(name.span().start, format!("there is no time zone {:?}", name.get_ref())),
            }
        }
        let zone = spec.zone.clone();
        if let Some(text) = starts {
            match wall(&zone, text.get_ref()) {
                Ok(start) => spec.start = Some(start),
                Err(message) => problems.add(text.span().start, message),
            }
        }
        Self { start: spec.begins(), zone, dated: Cell::new(false) }
    }

    /// Says when the world begins, if something in it happens at a wall time: in a world that began
    /// at another time it would happen at another time.
    pub(super) fn hold(&self, spec: &mut WorldSpec) {
        if self.dated.get() {
            spec.start = Some(self.start);
        }
    }

    /// Reads a trigger.
    pub(super) fn trigger(
        &self,
        when: &Spanned<WhenTable>,
        problems: &mut Problems<'_>,
    ) -> Option<Trigger> {
        let at = when.span().start;
        match self.read_trigger(when.get_ref()) {
            Ok(trigger) => Some(trigger),
            Err(message) => {
                problems.add(at, message);
                None
            }
        }
    }

    fn read_trigger(&self, table: &WhenTable) -> Result<Trigger, String> {
        let after = table.after.map_or(Duration::ZERO, |Span(after)| after);
        let trigger = match (&table.at, table.elapsed, table.phase, table.green_at_least) {
            (Some(text), None, None, None) => {
                let at = wall(&self.zone, text)?;
                if at < self.start {
                    return Err(format!("{text:?} is before the world starts"));
                }
                self.dated.set(true);
                Trigger::Elapsed(at.since(self.start))
            }
            (None, Some(Span(elapsed)), None, None) => Trigger::Elapsed(elapsed),
            (None, None, Some(phase), None) => Trigger::on(phase),
            (None, None, None, Some(share)) => {
                Trigger::green_at(share.weight().ok_or("the share is finer than 0.01 %")?)
            }
            _ => {
                return Err("write exactly one of at, elapsed, phase and green_at_least; \
                            after delays it"
                    .to_owned());
            }
        };
        Ok(trigger.later(after))
    }
}

/// Reads a wall time in a zone, such as `2026-02-11 10:40`, or with its own offset,
/// `2026-02-11T10:40+09:00`.
fn wall(zone: &TimeZone, text: &str) -> Result<WallTime, String> {
    let hint = || format!("{text:?} is not a time; write it like \"2026-02-11 10:40\"");
    let moment = match text.trim().parse::<Timestamp>() {
        Ok(exact) => exact,
        // Nothing may be read past the minutes or seconds: an offset that is not understood would
        // silently be another time.
        Err(_) if text.contains(|c: char| !(c.is_ascii_digit() || "-: T".contains(c))) => {
            return Err(hint());
        }
        Err(_) => {
            let civil: DateTime = text.trim().parse().map_err(|_| hint())?;
            zone.to_timestamp(civil).map_err(|_| hint())?
        }
    };
    Ok(WallTime::from_unix_millis(moment.as_millisecond()))
}
