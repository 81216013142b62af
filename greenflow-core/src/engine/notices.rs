//! Notices on their way to people: bounded, retried, and never in anybody's way.

use std::collections::VecDeque;
use std::time::Duration;

use super::execute::NoticeTry;
use crate::fact::NoticeResult;
use crate::provider::{ErrorKind, FailureRecord, Notice, NoticeKey, NoticeKind};

/// Notices that wait to be handed over. Pages go first and are never dropped.
#[derive(Debug, Default)]
pub(super) struct Notices {
    waiting: VecDeque<(Notice, u32)>,
    sending: usize,
    pausing: usize,
    /// How many of all these are pages and alerts.
    urgent: usize,
}

/// What becomes of a notice after an attempt.
#[derive(Debug)]
pub(super) enum AfterTry {
    /// It is over.
    Over(NoticeKey, NoticeResult),
    /// Try again after this pause.
    Again(Notice, u32, Duration),
}

impl Notices {
    /// Takes a notice; returns the key of the one that had to be dropped for it, if any.
    pub(super) fn push(&mut self, notice: Notice) -> Option<(NoticeKey, NoticeResult)> {
        self.urgent += usize::from(is_urgent(notice.kind));
        self.queue(notice, 1);
        if self.waiting.len() <= WAITING_MAX {
            return None;
        }
        let is_least = |kind| move |(notice, _): &(Notice, u32)| notice.kind == kind;
        let kinds = [NoticeKind::Info, NoticeKind::Report, NoticeKind::Alert];
        let place = kinds.into_iter().find_map(|kind| self.waiting.iter().position(is_least(kind)));
        let (dropped, _) = self.waiting.remove(place?)?;
        self.over(dropped.kind);
        let failure = FailureRecord {
            kind: ErrorKind::Unavailable,
            operation: "notify".to_owned(),
            message: format!("dropped: more than {WAITING_MAX} notices wait"),
        };
        Some((dropped.key, NoticeResult::GivenUp(failure)))
    }

    /// Takes out the next notice to try, and which attempt it is, while there is room for it.
    pub(super) fn next(&mut self) -> Option<(Notice, u32)> {
        if self.sending >= SENDING_MAX {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.sending += 1;
        Some(next)
    }

    /// Takes the end of an attempt.
    pub(super) fn tried(&mut self, tried: NoticeTry) -> AfterTry {
        self.sending = self.sending.saturating_sub(1);
        let NoticeTry { notice, attempt, result } = tried;
        let tries_max = if is_urgent(notice.kind) { URGENT_TRIES } else { TRIES };
        match result {
            Ok(()) => {
                self.over(notice.kind);
                AfterTry::Over(notice.key, NoticeResult::Sent)
            }
            Err(failure) if attempt >= tries_max => {
                self.over(notice.kind);
                AfterTry::Over(notice.key, NoticeResult::GivenUp(failure))
            }
            Err(_) => {
                self.pausing += 1;
                let doubled = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(10));
                AfterTry::Again(notice, attempt + 1, doubled.min(LONGEST_PAUSE))
            }
        }
    }

    /// Takes a notice back whose pause is over.
    pub(super) fn paused(&mut self, notice: Notice, attempt: u32) {
        self.pausing = self.pausing.saturating_sub(1);
        self.queue(notice, attempt);
    }

    /// Returns whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.sending == 0 && self.pausing == 0
    }

    /// Returns whether a page or an alert is on its way.
    pub(super) const fn has_urgent(&self) -> bool {
        self.urgent > 0
    }

    fn over(&mut self, kind: NoticeKind) {
        self.urgent = self.urgent.saturating_sub(usize::from(is_urgent(kind)));
    }

    fn queue(&mut self, notice: Notice, attempt: u32) {
        if notice.kind == NoticeKind::Page {
            let is_page = |(other, _): &&(Notice, u32)| other.kind == NoticeKind::Page;
            let behind_pages = self.waiting.iter().take_while(is_page).count();
            self.waiting.insert(behind_pages, (notice, attempt));
        } else {
            self.waiting.push_back((notice, attempt));
        }
    }
}

/// Whether somebody must hear of it, however late.
fn is_urgent(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Page | NoticeKind::Alert)
}

/// How many notices may wait; a rollout that says more says the same again and again.
const WAITING_MAX: usize = 256;
const SENDING_MAX: usize = 2;
const TRIES: u32 = 8;
/// About 25 minutes: longer than most outages of a notifier.
const URGENT_TRIES: u32 = 30;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Audience;

    fn notice(key: &str, kind: NoticeKind) -> Notice {
        let key = NoticeKey(key.to_owned());
        Notice { key, kind, audience: Audience::Team, text: String::new() }
    }

    fn failed(notice: Notice, attempt: u32) -> NoticeTry {
        let failure = FailureRecord {
            kind: ErrorKind::Unavailable,
            operation: String::new(),
            message: String::new(),
        };
        NoticeTry { notice, attempt, result: Err(failure) }
    }

    #[test]
    fn pages_go_first_in_their_own_order_and_two_at_a_time() {
        let mut notices = Notices::default();
        for (key, kind) in
            [("i", NoticeKind::Info), ("p1", NoticeKind::Page), ("p2", NoticeKind::Page)]
        {
            assert!(notices.push(notice(key, kind)).is_none());
        }
        let first = notices.next().unwrap().0;
        assert_eq!(first.key.0, "p1");
        assert_eq!(notices.next().unwrap().0.key.0, "p2");
        assert!(notices.next().is_none());
        let sent = NoticeTry { notice: first, attempt: 1, result: Ok(()) };
        assert!(matches!(notices.tried(sent), AfterTry::Over(_, NoticeResult::Sent)));
        assert_eq!(notices.next().unwrap().0.key.0, "i");
    }

    #[test]
    fn a_full_queue_drops_the_oldest_information_and_never_a_page() {
        let mut notices = Notices::default();
        for number in 0..WAITING_MAX {
            let kind = if number < 2 { NoticeKind::Info } else { NoticeKind::Page };
            assert!(notices.push(notice(&number.to_string(), kind)).is_none());
        }
        for expected in ["0", "1"] {
            let dropped = notices.push(notice("page", NoticeKind::Page)).unwrap();
            assert_eq!(dropped.0.0, expected);
        }
        assert!(notices.push(notice("page", NoticeKind::Page)).is_none());
    }

    #[test]
    fn a_notice_is_retried_with_growing_pauses_and_then_given_up() {
        assert_eq!(pauses(NoticeKind::Info), [1, 2, 4, 8, 16, 32, 60]);
        for kind in [NoticeKind::Page, NoticeKind::Alert] {
            let pauses = pauses(kind);
            assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60]);
            assert!(pauses.iter().sum::<u64>() > 20 * 60, "{pauses:?}");
        }
    }

    /// Returns the pauses in seconds between the attempts of a notice that nobody takes.
    fn pauses(kind: NoticeKind) -> Vec<u64> {
        let mut notices = Notices::default();
        notices.push(notice("n", kind));
        let mut pauses = Vec::new();
        loop {
            assert_eq!(notices.has_urgent(), is_urgent(kind));
            let (notice, attempt) = notices.next().unwrap();
            match notices.tried(failed(notice, attempt)) {
                AfterTry::Over(_, result) => {
                    assert!(matches!(result, NoticeResult::GivenUp(_)));
                    assert!(notices.is_empty() && !notices.has_urgent());
                    return pauses;
                }
                AfterTry::Again(notice, attempt, pause) => {
                    pauses.push(pause.as_secs());
                    notices.paused(notice, attempt);
                }
            }
        }
    }
}
