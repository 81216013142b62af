//! What mistakes need to remember.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// A value that is shared and never lost to a panic.
#[derive(Debug, Default)]
pub(super) struct Memory<T>(Mutex<T>);

impl<T> Memory<T> {
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A flag that is put up while a call runs, and that nobody takes down when the call is dropped.
#[derive(Debug, Default)]
pub(super) struct Busy(AtomicBool);

impl Busy {
    /// Puts it up; returns whether it was up already.
    pub(super) fn put_up(&self) -> bool {
        self.0.swap(true, Ordering::AcqRel)
    }

    pub(super) fn take_down(&self) {
        self.0.store(false, Ordering::Release);
    }
}
