//! What was written to the outside.

use serde::{Deserialize, Serialize};

use super::ZonedTime;
use crate::fact::{OutcomeClass, Write};
use crate::value::{EffectId, ResourceId};

/// One write to the outside, with all of its attempts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WriteRecord {
    /// Its identity.
    pub id: EffectId,
    /// Its kind: `provision`, `raise`, `cut`, `pin_blue`, `remove` or `run_hook`.
    pub kind: String,
    /// What exactly, for people.
    pub what: String,
    /// When it was decided to be sent.
    pub intended_at: ZonedTime,
    /// When its outcome was known; `null` while it is not.
    pub ended_at: Option<ZonedTime>,
    /// How it ended. Only a read-back says `applied`.
    pub class: Option<OutcomeClass>,
    /// How many calls were made.
    pub attempts: Option<u32>,
    /// Whether an attempt was left that could still land after the outcome was known.
    pub may_land_late: Option<bool>,
    /// What a hook produced.
    pub report: Option<String>,
    /// The last failure, if there was one.
    pub failure: Option<String>,
}

/// Says for people what a write does.
pub(super) fn describe(write: &Write) -> String {
    match write {
        Write::Raise { split } => split.to_string(),
        Write::Cut => "all traffic to blue".to_owned(),
        Write::Provision { revision, capacity } => format!("{capacity} targets of {revision}"),
        Write::PinBlue { minimum: Some(minimum) } => format!("at least {minimum} targets"),
        Write::PinBlue { minimum: None } => "the pin is taken back".to_owned(),
        Write::Remove { side, resources } => format!("{side}: {}", list(resources)),
        Write::RunHook { hook, resources } => format!("{hook} on {}", list(resources)),
    }
}

fn list(resources: &[ResourceId]) -> String {
    let names: Vec<&str> = resources.iter().map(ResourceId::as_str).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
