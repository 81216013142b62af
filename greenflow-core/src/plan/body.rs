//! The whole plan as plain data, and its hash.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::{
    Analysis, Approval, Bake, Checklist, Confirm, FaultPolicy, People, Preflight, Provision,
    Retain, Retire, RollbackPolicy, Shift, StartPolicy, Timing, Verify, Watch,
};
use crate::value::{Revision, ServiceName};

/// The whole plan as plain data: what the journal keeps of it.
///
/// Times of day are already resolved to wall time in the plan's zone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlanBody {
    /// The service that is deployed; one active rollout each.
    pub service: ServiceName,
    /// The IANA time zone that people read this plan's times in, such as `Asia/Seoul`.
    pub zone: String,
    /// The new revision, pinned by digest.
    pub green: Revision,
    /// Who is involved.
    pub people: People,
    /// What people and automatic checks confirm before anything starts.
    pub checklists: Vec<Checklist>,
    /// When and under which conditions the rollout may start.
    pub start: StartPolicy,
    /// Checks before anything is touched.
    pub preflight: Preflight,
    /// How green comes up.
    pub provision: Provision,
    /// Suites against green on test traffic.
    pub verify: Verify,
    /// Who must agree before production traffic moves; `None` is nobody.
    pub approval: Option<Approval>,
    /// How traffic moves to green.
    pub shift: Shift,
    /// How long green is watched closely at full traffic.
    pub bake: Bake,
    /// Final checks, acknowledgements and notices.
    pub confirm: Confirm,
    /// How long blue is kept for an instant return.
    pub retain: Retain,
    /// How blue is removed.
    pub retire: Retire,
    /// The long watch and its reports.
    pub watch: Watch,
    /// What happens on a breach.
    pub faults: FaultPolicy,
    /// The promise about the way back.
    pub rollback: RollbackPolicy,
    /// Deadlines and poll intervals.
    pub timing: Timing,
}

impl PlanBody {
    /// Returns the analyses, each with its path. All are used: the final checks are watched by the
    /// bake's, and the removal of blue by the watch's, however short bake and watch are.
    pub(super) const fn analyses(&self) -> [(&'static str, &Analysis); 3] {
        [
            ("shift.analysis", &self.shift.analysis),
            ("bake.analysis", &self.bake.analysis),
            ("watch.analysis", &self.watch.analysis),
        ]
    }

    /// Returns the hash that approvals are bound to and resumption is checked against.
    ///
    /// SHA-256 over the JSON form; field order is fixed by the types and maps are ordered, so the
    /// same plan has the same hash everywhere.
    #[must_use]
    pub fn hash(&self) -> PlanHash {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digits: String =
            Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect();
        PlanHash(digits.into())
    }
}

/// The stable hash of a plan: 64 hexadecimal digits. Clones share the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanHash(Arc<str>);

impl PlanHash {
    /// Returns the hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for PlanHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PlanHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get(..12).unwrap_or(&self.0))
    }
}
