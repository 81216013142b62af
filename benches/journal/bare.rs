//! What the disk can do.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::appends::FRAME;
use super::rate::Rate;

/// Writes a frame to a file's end and syncs it, again and again.
pub(crate) fn syncs(folder: &Path, span: Duration) -> io::Result<Rate> {
    let mut file = File::create(folder.join("bare"))?;
    let (begun, mut each) = (Instant::now(), Vec::new());
    while begun.elapsed() < span {
        let one = Instant::now();
        file.write_all(&FRAME)?;
        file.sync_data()?;
        each.push(one.elapsed());
    }
    Ok(Rate::of_each(each, begun))
}
