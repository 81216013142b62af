//! One thing that goes wrong in a run.

use std::fmt;

use crate::Rehearsal;
use crate::faults::{Fault, FaultId};
use crate::rehearsal::{Kill, Rival};
use crate::script;
use crate::world::Planned;

/// One thing that goes wrong in a run, with its number in the catalogue.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Trouble {
    /// The class.
    pub id: FaultId,
    /// What.
    pub what: What,
}

/// What goes wrong.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum What {
    /// Calls fail.
    Calls(Fault),
    /// The world changes.
    World(Planned),
    /// The controller dies.
    Kill(Kill),
    /// Its process ends whenever the rollout waits.
    EndsParked,
    /// Somebody starts something too.
    Starts(Rival),
    /// Somebody says something.
    Says(script::Entry),
}

impl Trouble {
    pub(super) const fn new(id: FaultId, what: What) -> Self {
        Self { id, what }
    }

    /// Lets these happen in a rehearsal, beside what happens in it already. What is done to
    /// controllers strikes in the order of the phases.
    #[must_use]
    pub fn add_all(troubles: &[Self], rehearsal: Rehearsal) -> Rehearsal {
        let mut spec = rehearsal.spec().clone();
        let mut kills: Vec<Kill> = Vec::new();
        for trouble in troubles {
            match &trouble.what {
                What::Calls(fault) => spec = spec.with_fault(fault.clone()),
                What::World(planned) => spec = spec.with_planned(planned.clone()),
                What::Kill(kill) => kills.push(*kill),
                What::EndsParked => spec = spec.ending_parked(),
                What::Starts(rival) => spec = spec.with_rival(*rival),
                What::Says(entry) => spec.script = spec.script.with(entry.clone()),
            }
        }
        kills.sort_by_key(|kill| kill.phase);
        spec.kills.extend(kills);
        rehearsal.with_spec(spec)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.id)?;
        match &self.what {
            What::Calls(fault) => {
                write!(f, "{:?}", fault.kind)?;
                let on: Vec<&str> = fault.on.iter().map(|operation| operation.as_str()).collect();
                write!(
                    f,
                    " of {}",
                    if on.is_empty() { "every call".to_owned() } else { on.join(", ") }
                )?;
                write!(f, ", {:?}", fault.pick)?;
                if let Some(from) = fault.from {
                    write!(f, ", from {from:?}")?;
                }
                fault.lasts.map_or(Ok(()), |lasts| write!(f, ", for {lasts:?}"))
            }
            What::World(planned) => {
                write!(f, "{:?}, at {:?}", planned.change, planned.when)?;
                planned.lasts.map_or(Ok(()), |lasts| write!(f, ", for {lasts:?}"))
            }
            What::Kill(Kill { phase, after, away, stopped_for, rate, only_dropped, leaves }) => {
                match stopped_for {
                    None if *only_dropped => {
                        write!(f, "the controller's run is dropped {after:?} into {phase}")?;
                    }
                    None => write!(f, "the controller dies {after:?} into {phase}")?,
                    Some(span) => {
                        write!(
                            f,
                            "the controller is stopped for {span:?}, {after:?} into {phase}"
                        )?;
                    }
                }
                write!(f, ", another comes {away:?} later")?;
                if let Some(damage) = leaves {
                    write!(f, " and finds {damage:?}")?;
                }
                if *rate == 0 { Ok(()) } else { write!(f, ", with a clock {rate} ppm fast") }
            }
            What::EndsParked => {
                f.write_str("the controller's process ends whenever the rollout waits")
            }
            What::Starts(Rival { phase, after, starts }) => {
                write!(f, "somebody starts {starts:?} {after:?} into {phase}")
            }
            What::Says(entry) => {
                write!(f, "{} says {:?} at {:?}", entry.who, entry.says, entry.when)
            }
        }
    }
}
