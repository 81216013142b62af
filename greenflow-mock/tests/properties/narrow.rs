//! Moments in which one look less goes wrong: each is drawn for an engine that leaves that look out.

use greenflow_core::machine::PhaseName;

use super::case::{Case, Ill, Input, Metrics, Trouble, Turn, When, Word};
use super::draw::Draw;

impl Draw {
    /// One narrow place in a quarter of all cases.
    pub(crate) fn narrow(&mut self, case: &mut Case) {
        if !self.chance(25) {
            return;
        }
        // Mostly there is nothing else that could keep it from getting there.
        if self.chance(70) {
            case.troubles.clear();
            case.inputs.clear();
            case.base.diligent = true;
        }
        match self.between(0, 9) {
            0 => self.blue_may_go_at_once(case),
            1 => self.blue_is_used_again(case),
            2 => self.blue_dies_after_the_cut(case),
            3 => self.nothing_measured_in_an_assessment(case),
            4 => self.raises_in_a_row(case),
            5 => self.targets_unread_at_the_cut(case),
            6 => self.wordy_people(case),
            7 => self.no_backup(case),
            8 => self.green_is_deleted_and_made_in_part(case),
            _ => self.green_dies_before_its_first_share(case),
        }
    }

    /// Blue may go while a write that was sent to the balancer may still land.
    fn blue_may_go_at_once(&mut self, case: &mut Case) {
        (case.plan.remove, case.base.fence) = (true, (0, self.between(200, 280)));
        (case.plan.trust, case.plan.bake) = (self.chance(50), self.between(60, 90));
        let when = When::Phase(PhaseName::Retaining, self.between(1, 60));
        case.inputs.push(Input::new(when, Word::RetireNow));
    }

    /// Another hand gives blue traffic again when its removal is tried and does not succeed.
    fn blue_is_used_again(&mut self, case: &mut Case) {
        (case.plan.remove, case.plan.retain) = (true, 600);
        let from = When::Phase(PhaseName::Retaining, 0);
        let ill = self.pick(&[Ill::Outage, Ill::Throttle(9), Ill::TimeoutLost]);
        case.troubles.push(calls(ill, 5, from, self.between(900, 1500)));
        let when = When::Phase(PhaseName::Retiring, self.between(0, 30));
        let turn = Turn::Split(self.pick(&[0, 30, 50]));
        case.troubles.push(Trouble::Turn { when, turn, lasts: Some(self.between(1200, 7200)) });
    }

    /// Blue has all the traffic again, and goes down before green may be removed.
    fn blue_dies_after_the_cut(&mut self, case: &mut Case) {
        case.base.fence = (0, self.between(200, 280));
        let phase = self.pick(&[PhaseName::Shifting, PhaseName::Baking]);
        case.inputs.push(Input::new(When::Phase(phase, self.between(30, 50)), Word::Abort));
        let when = When::Phase(PhaseName::RollingBack, self.between(2, 30));
        let lasts = Some(self.between(1200, 7200));
        case.troubles.push(Trouble::Turn { when, turn: Turn::Never(true), lasts });
        case.troubles.push(Trouble::Turn { when, turn: Turn::Lose(true, 9), lasts });
    }

    /// The measurements stop just when a bad sample is to be confirmed.
    fn nothing_measured_in_an_assessment(&mut self, case: &mut Case) {
        case.plan.consecutive = self.pick(&[2, 3]);
        let when = When::Green(self.pick(&[1, 60]), self.between(30, 90));
        let turn = Turn::Errors(false, 400);
        case.troubles.push(Trouble::Turn { when, turn, lasts: None });
        let when = When::Phase(PhaseName::Assessing, 0);
        let metrics = self.pick(&[Metrics::Missing, Metrics::Empty, Metrics::Error]);
        let lasts = Some(self.between(600, 2400));
        case.troubles.push(Trouble::Turn { when, turn: Turn::Metrics(metrics), lasts });
    }

    /// A raise that may still land when people skip the hold after it.
    fn raises_in_a_row(&mut self, case: &mut Case) {
        case.plan.steps = vec![(self.pick(&[5, 10, 25]), self.between(120, 240)), (100, 0)];
        (case.plan.trust, case.base.fence) = (true, (0, 120));
        let late = Ill::TimeoutLate(self.between(50, 115));
        case.troubles.push(calls(late, 0, When::Phase(PhaseName::Shifting, 0), 2));
        let when = When::Phase(PhaseName::Shifting, self.between(15, 50));
        case.inputs.push(Input::new(when, Word::PromoteFull));
    }

    /// Nobody can say how the targets are when traffic must come off green.
    fn targets_unread_at_the_cut(&mut self, case: &mut Case) {
        let from = When::Green(1, self.between(1, 30));
        let ill = self.pick(&[Ill::Outage, Ill::Hang, Ill::Throttle(9)]);
        case.troubles.push(calls(ill, 2, from, self.between(300, 1200)));
        let when = When::Green(1, self.between(31, 90));
        case.inputs.push(Input::new(when, Word::Abort));
    }

    /// People with long names, and with reasons as long as they may be.
    fn wordy_people(&mut self, case: &mut Case) {
        let phase = self.pick(&[PhaseName::Shifting, PhaseName::Baking, PhaseName::Retaining]);
        let word = self.pick(&[Word::Abort, Word::Rollback, Word::Pause]);
        let mut input = Input::new(self.early(phase), word);
        input.letters = Some(self.pick(&[495, 500, 501, 2000]));
        case.inputs.push(input);
    }

    /// The backup that must precede blue's removal fails, for a while or for good.
    fn no_backup(&mut self, case: &mut Case) {
        (case.plan.remove, case.plan.backup) = (true, true);
        let when = When::Phase(PhaseName::Retaining, self.between(0, 600));
        let lasts = self.chance(50).then(|| self.between(600, 7200));
        case.troubles.push(Trouble::Turn { when, turn: Turn::HookFails, lasts });
    }

    /// Another hand deletes green, and nobody knows what came of its being made anew.
    fn green_is_deleted_and_made_in_part(&mut self, case: &mut Case) {
        case.plan.approval = Some((self.small(1, 3), self.between(600, 1200), self.chance(50)));
        let phases = [PhaseName::Provisioning, PhaseName::Verifying, PhaseName::AwaitingApproval];
        let when = When::Phase(self.pick(&phases), self.between(5, 60));
        case.troubles.push(Trouble::Turn { when, turn: Turn::Delete(false), lasts: None });
        let ill = self.pick(&[Ill::Partial(1), Ill::TimeoutApplied, Ill::TimeoutLost]);
        case.troubles.push(calls(ill, 3, when, self.between(900, 7200)));
    }

    /// Green goes down while people are asked whether it may have traffic.
    fn green_dies_before_its_first_share(&mut self, case: &mut Case) {
        case.plan.approval = Some((self.small(1, 3), self.between(600, 1200), self.chance(50)));
        (case.plan.trust, case.base.diligent) = (false, true);
        let when = When::Phase(PhaseName::AwaitingApproval, self.between(0, 20));
        let lasts = Some(self.between(300, 3600));
        case.troubles.push(Trouble::Turn { when, turn: Turn::Never(false), lasts });
        case.troubles.push(Trouble::Turn { when, turn: Turn::Lose(false, 9), lasts });
    }
}

/// All calls of one operation.
fn calls(ill: Ill, operation: u8, when: When, lasts: u64) -> Trouble {
    Trouble::Calls { ill, on: vec![operation], from: 0, lasts, percent: 100, when: Some(when) }
}
