//! The times of a plan before they are resolved.

use std::collections::BTreeMap;

use super::super::bounds::MOST_REPORTS;
use super::super::calendar::Calendar;
use super::super::problems::Problems;
use super::super::{FreezeWindow, When};
use crate::value::WallTime;

/// The times as people wrote them; they are resolved when zone and day are known.
#[derive(Clone, Debug, Default)]
pub(in crate::plan) struct Times {
    /// Without it, times need their own.
    pub(in crate::plan) day: Option<String>,
    /// By path, such as `shift.not_before`.
    pub(in crate::plan) single: BTreeMap<String, When>,
    /// Name, first moment, first moment after it; in the order of the plan.
    pub(in crate::plan) freezes: Vec<(String, Option<When>, Option<When>)>,
    /// Single reports, in order.
    pub(in crate::plan) reports: Vec<When>,
    /// The first of a row of daily reports, and how many there are.
    pub(in crate::plan) daily: Option<(When, u32)>,
}

/// Resolves times and collects what is wrong with them.
pub(super) struct Resolver<'a> {
    calendar: Option<Calendar>,
    times: &'a Times,
    problems: &'a mut Problems,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(zone: &str, times: &'a Times, problems: &'a mut Problems) -> Self {
        // A bad zone is the validation's to report; times are still read, to report those that
        // are none.
        let zoned = Calendar::new(zone).unwrap_or_else(|_| Calendar::utc());
        let calendar = match &times.day {
            None => Some(zoned),
            Some(day) => zoned.on(day).map_err(|message| problems.add("day", message)).ok(),
        };
        Self { calendar, times, problems }
    }

    /// Returns the time at `path`, if the plan has one.
    pub(super) fn single(&mut self, path: &str) -> Option<WallTime> {
        let when = self.times.single.get(path)?;
        self.resolve(path, when, 0)
    }

    pub(super) fn freezes(&mut self) -> Vec<FreezeWindow> {
        let times = self.times;
        let mut windows = Vec::new();
        for (index, (name, from, until)) in times.freezes.iter().enumerate() {
            let mut side = |side: &str, when: &Option<When>| {
                let path = format!("start.freeze_windows[{index}].{side}");
                when.as_ref().and_then(|when| self.resolve(&path, when, 0))
            };
            let (from, until) = (side("from", from), side("until", until));
            if let (Some(from), Some(until)) = (from, until) {
                windows.push(FreezeWindow { name: name.clone(), from, until });
            }
        }
        windows
    }

    pub(super) fn reports(&mut self) -> Vec<WallTime> {
        let times = self.times;
        let mut reports = Vec::new();
        for (index, when) in times.reports.iter().enumerate() {
            reports.extend(self.resolve(&format!("watch.reports[{index}]"), when, 0));
        }
        if let Some((first, count)) = &times.daily {
            // One more than allowed is enough for the validation to say so.
            let most = u32::try_from(MOST_REPORTS).unwrap_or(u32::MAX).saturating_add(1);
            for day in 0..(*count).min(most) {
                match self.resolve("watch.reports", first, day) {
                    Some(report) => reports.push(report),
                    None => break,
                }
            }
        }
        reports
    }

    fn resolve(&mut self, path: &str, when: &When, days: u32) -> Option<WallTime> {
        self.calendar
            .as_ref()?
            .resolve(when, days)
            .map_err(|message| self.problems.add(path, message))
            .ok()
    }
}
