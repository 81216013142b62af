//! Why a sample cannot count.

/// Why a sample cannot count. It then counts as missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleRejected {
    /// It covers time that was counted already, or is of the past.
    #[error("the interval overlaps one that was counted already")]
    Overlaps,
    /// Its end is not after its start.
    #[error("the interval is empty or runs backwards")]
    Empty,
    /// A part is larger than the whole.
    #[error("there are more errors or slow requests than requests")]
    Contradicts,
}
