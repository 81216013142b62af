//! One stay in a phase.

use serde::{Deserialize, Serialize};

use super::ZonedTime;
use crate::machine::PhaseName;

/// One stay in a phase. A phase that was left for an assessment or a hold and returned to has
/// several; each step of the shift has its own. The three ends are no phases one stays in: the
/// record's outcome tells them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhaseSpan {
    /// Which phase.
    pub name: PhaseName,
    /// Which step of the shift, from 0; `null` in any other phase.
    pub step: Option<u32>,
    /// Green's share in that step, in basis points; `null` in any other phase.
    pub green_bp: Option<u16>,
    /// Whether it goes on after an assessment or a hold.
    pub returned: bool,
    /// When it began.
    pub entered_at: ZonedTime,
    /// When it ended; `null` while it lasts.
    pub left_at: Option<ZonedTime>,
}
