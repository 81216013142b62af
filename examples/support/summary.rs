//! temp
use greenflow_core::record::Record;
/// S.
pub fn summary(r: &Record) -> String {
    format!("{:?}", r.outcome)
}
