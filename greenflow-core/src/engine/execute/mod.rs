//! Carrying out what the machine wants: writes, reads, notices.

mod backoff;
mod budget;
mod calls;
mod classify;
mod notify;
mod read;
mod read_back;
mod send;
mod stop;
#[cfg(test)]
mod testing;
mod write;

pub(super) use backoff::Backoff;
pub(super) use budget::Budget;
pub(super) use calls::{Calls, CallsParts};
pub(super) use notify::{NoticeTry, attempt as attempt_notice, page as send_page};
pub(super) use read::read;
pub(super) use stop::{Stop, StopSender};
pub(super) use write::write;
