//! The rules that every plan keeps, wherever it came from.
//!
//! One function a section; each reports everything it finds, and none relies on a value that is
//! already known to be broken.

mod analysis;
mod faults;
mod gates;
mod people;
mod phases;
mod rules;
mod schedule;
#[cfg(test)]
mod tests;

use super::problems::Problems;
use super::{PlanBody, Warning};
use rules::Rules;

/// Returns what is wrong with `body`, without what `early` has already said: problems of values
/// that could not even be read.
pub(super) fn body(body: &PlanBody, early: &Problems) -> Problems {
    let mut rules = Rules::new(body, early);
    people::whole(&mut rules);
    gates::checklists(&mut rules);
    gates::start(&mut rules);
    phases::preflight(&mut rules);
    phases::provision(&mut rules);
    phases::verify(&mut rules);
    gates::approval(&mut rules);
    phases::shift(&mut rules);
    phases::bake(&mut rules);
    phases::confirm(&mut rules);
    phases::retain_and_retire(&mut rules);
    phases::watch(&mut rules);
    faults::policy(&mut rules);
    faults::rollback(&mut rules);
    faults::timing(&mut rules);
    schedule::rising(&mut rules);
    rules.into_found()
}

/// Returns what is allowed but should be looked at.
pub(super) fn warnings(body: &PlanBody) -> Vec<Warning> {
    people::warnings(body)
}
