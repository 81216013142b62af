//! Turning measurements into verdicts.

mod judge_trait;
mod sample_rejected;
mod state;
mod threshold;

pub use judge_trait::{Judge, Judgement};
pub use sample_rejected::SampleRejected;
pub use state::JudgeState;
pub use threshold::ThresholdJudge;
