//! What a judge remembers between samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::Finding;
use crate::value::WallTime;

/// What a judge remembers between samples: serialisable, integers only.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JudgeState {
    /// Which judge it is of.
    pub judge: String,
    /// The judge's own version of its counters.
    pub version: u16,
    /// The end of the last accepted sample.
    pub until: Option<WallTime>,
    /// The judge's counters, by name.
    pub counters: BTreeMap<String, i64>,
    /// Limit by limit, what the last accepted sample said of green.
    pub findings: Vec<Finding>,
    /// The same of blue.
    pub blue_findings: Vec<Finding>,
}

impl JudgeState {
    /// Makes an empty one.
    #[must_use]
    pub fn new(judge: &str, version: u16) -> Self {
        Self {
            judge: judge.to_owned(),
            version,
            until: None,
            counters: BTreeMap::new(),
            findings: Vec::new(),
            blue_findings: Vec::new(),
        }
    }
}
