//! G12: the journal of the whole seed plan is small.

use super::life::{Life, seed_plan};

const FACTS: usize = 256;
const BYTES: usize = 128 * 1024;

#[test]
fn the_journal_of_the_whole_seed_plan_is_small() {
    let life = Life::new(seed_plan());
    life.to_the_end().unwrap();
    let frames = life.frames();
    let bytes: usize = frames.iter().map(|stored| stored.frame.len()).sum();
    println!("{} facts, {bytes} bytes", frames.len());
    assert!(frames.len() <= FACTS, "{} facts", frames.len());
    assert!(bytes <= BYTES, "{bytes} bytes");
}
