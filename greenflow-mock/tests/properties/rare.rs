//! What is rare, and tells a sound engine from one that is nearly so.

use greenflow_core::machine::PhaseName;

use super::case::{Case, Ill, Input, Trouble, Turn, When, Word};
use super::draw::Draw;

impl Draw {
    /// Things that are rarely drawn together.
    pub(crate) fn oddities(&mut self, case: &mut Case) {
        // A check that says nothing, from the first time that it is asked.
        if self.chance(8) {
            let (which, ran) = (self.pick(&[0, 1, 2, 3, 4]), self.chance(50));
            let phase = self.pick(&[PhaseName::Preflight, PhaseName::Provisioning]);
            let turn = Turn::CheckSaysNothing(which, ran);
            let (when, lasts) = (When::Phase(phase, 0), Some(self.between(600, 7200)));
            case.troubles.push(Trouble::Turn { when, turn, lasts });
        }
        // A store across a network: each append takes its time.
        if self.chance(12) {
            let ill = Ill::SlowMillis(self.between(5, 900));
            let lasts = case.calm_at;
            case.troubles.push(all_along(ill, 13, lasts, 100));
        }
        // Somebody gives up a rollout that is held.
        if self.chance(6) {
            let phase = self.pick(&[PhaseName::Shifting, PhaseName::Baking, PhaseName::Verifying]);
            case.inputs.push(Input::new(self.early(phase), Word::Pause));
            let when = When::Phase(PhaseName::Held, self.between(0, 60));
            case.inputs.push(Input::new(when, Word::Abort));
        }
        // Slow appends under controllers that are stopped: whoever wakes may write its last one
        // when it is another's turn.
        if !case.crew.is_empty() && self.chance(15) {
            let (ill, lasts) = (Ill::Slow(self.between(1, 2)), case.calm_at);
            case.troubles.push(all_along(ill, 13, lasts, 100));
            for member in case.crew.iter_mut().rev().skip(1) {
                member.freezes.clear();
                let mut at = 0;
                for _ in 0..self.between(3, 8) {
                    at += self.between(5, 200);
                    let span = self.between(20, 60);
                    member.freezes.push((at, span));
                    at += span;
                }
            }
        }
    }

    /// Moments in which nobody can know what is.
    pub(crate) fn doubts(&mut self, case: &mut Case) {
        // Somebody gives up while nobody knows whether traffic has moved.
        if self.chance(4) {
            let ill = self.pick(&[Ill::TimeoutApplied, Ill::TimeoutLate(40), Ill::TimeoutLost]);
            let when = Some(When::Phase(PhaseName::Shifting, 0));
            case.troubles.push(Trouble::Calls {
                ill,
                on: vec![0],
                from: 0,
                lasts: 60,
                percent: 100,
                when,
            });
            let when = When::Phase(PhaseName::Shifting, self.between(1, 40));
            case.inputs.push(Input::new(when, Word::Abort));
        }
        // Facts that arrive when nobody waits for them any more, or another has the lease.
        if self.chance(6) {
            let (ill, lasts) = (Ill::TimeoutLate(self.between(4, 60)), case.calm_at);
            let percent = self.pick(&[5, 15, 40]);
            case.troubles.push(all_along(ill, 13, lasts, percent));
        }
        // A store that renews at once, and takes long to say so.
        if self.chance(5) {
            let (ill, lasts) = (Ill::SlowMillis(self.between(1000, 2900)), case.calm_at);
            case.troubles.push(all_along(ill, 16, lasts, 100));
        }
    }
}

/// So many in a hundred calls of one operation, from the beginning on.
fn all_along(ill: Ill, operation: u8, lasts: u64, percent: u8) -> Trouble {
    Trouble::Calls { ill, on: vec![operation], from: 0, lasts, percent, when: None }
}
