//! The machine alone as a plain program, for counting its instructions.
//!
//! `benches/instructions.sh` runs it under callgrind: once with nothing to do after the recording
//! and once with ten rollouts more; a tenth of the difference is one rollout.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;

use greenflow_benches::Recording;

fn main() -> Result<(), Box<dyn Error>> {
    let rollouts = std::env::var("ROLLOUTS").map_or(Ok(1), |text| text.parse::<u32>())?;
    let recording = Recording::of_seed_rollout()?;
    for _ in 0..rollouts {
        black_box(recording.play()?);
    }
    let (inputs, facts) = (recording.inputs(), recording.facts());
    writeln!(std::io::stdout(), "{rollouts} rollouts of {inputs} inputs and {facts} facts")?;
    Ok(())
}
