//! Events that belong together on one line.

use greenflow_core::provider::{Notice, NoticeKind};
use greenflow_core::value::{CheckName, WallTime};

/// Events that belong together on one line: one notice to several audiences, or checks that
/// passed one after another.
#[derive(Debug)]
pub(super) enum Merged {
    Notice { wall: WallTime, kind: NoticeKind, audiences: Vec<String>, text: String },
    Passed { wall: WallTime, checks: Vec<String> },
}

impl Merged {
    pub(super) fn notice(wall: WallTime, notice: &Notice) -> Self {
        let audiences = vec![notice.audience.to_string()];
        Self::Notice { wall, kind: notice.kind, audiences, text: notice.text.clone() }
    }

    pub(super) fn passed(wall: WallTime, check: &CheckName) -> Self {
        Self::Passed { wall, checks: vec![check.to_string()] }
    }

    /// When the last of them was.
    pub(super) const fn wall(&self) -> WallTime {
        match self {
            Self::Notice { wall, .. } | Self::Passed { wall, .. } => *wall,
        }
    }

    /// Takes another in, if it belongs here.
    pub(super) fn take(&mut self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Notice { wall, audiences, text, kind },
                Self::Notice { wall: also, audiences: more, text: same, kind: other },
            ) if wall == also && text == same => {
                audiences.extend(more.iter().cloned());
                if *other == NoticeKind::Page {
                    *kind = NoticeKind::Page;
                }
                true
            }
            (Self::Passed { wall, checks }, Self::Passed { wall: later, checks: more }) => {
                *wall = *later;
                checks.extend(more.iter().cloned());
                true
            }
            (Self::Notice { .. } | Self::Passed { .. }, _) => false,
        }
    }

    pub(super) fn into_line(self) -> (String, String) {
        match self {
            Self::Notice { kind, audiences, text, .. } => {
                let mark = match kind {
                    NoticeKind::Page => "page",
                    NoticeKind::Alert => "alert",
                    NoticeKind::Report => "report",
                    NoticeKind::Info | _ => "notice",
                };
                (mark.to_owned(), format!("{text} → {}", audiences.join(", ")))
            }
            Self::Passed { checks, .. } => {
                ("checks".to_owned(), format!("passed: {}", checks.join(", ")))
            }
        }
    }
}
