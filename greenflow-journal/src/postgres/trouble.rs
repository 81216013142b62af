//! What can go wrong with the server, and what it means.

use std::time::Duration;

use deadpool_postgres::PoolError;
use greenflow_core::provider::JournalError;
use tokio_postgres::error::SqlState;

use crate::error::{unavailable, unavailable_because};

/// Why a statement did not come about, or is not known to have.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no connection: nothing was sent.
    Unconnected(PoolError),
    /// It was sent, and the connection broke or no answer came in time.
    Lost { cause: String },
    /// The server refused it; nothing was changed.
    Refused(tokio_postgres::Error),
}

impl Trouble {
    pub(super) fn of(error: tokio_postgres::Error) -> Self {
        match error.code() {
            // The server goes away; whether it got to the statement is unknown.
            Some(code) if is_going_away(code) => Self::Lost { cause: error.to_string() },
            Some(_) => Self::Refused(error),
            None => Self::Lost { cause: error.to_string() },
        }
    }

    pub(super) fn late(after: Duration) -> Self {
        Self::Lost { cause: format!("no answer within {after:?}") }
    }

    /// Returns whether another connection may do better: on this one an answer may be owed, or it
    /// refuses whatever comes.
    pub(super) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Unconnected(_) => false,
            Self::Lost { .. } => true,
            Self::Refused(error) => error.code().is_some_and(is_of_no_use),
        }
    }

    /// Says what happened, and what to do; the same to everybody who waits.
    pub(super) fn explain(&self) -> JournalError {
        match self {
            Self::Unconnected(error) => unavailable(format!(
                "there is no connection to PostgreSQL ({}); nothing was written",
                chain(error)
            )),
            Self::Lost { cause } => unavailable(format!(
                "the answer of PostgreSQL was lost ({cause}): whether the write happened is open"
            )),
            Self::Refused(error) => unavailable(format!(
                "PostgreSQL refused a statement ({}); nothing was written",
                chain(error)
            )),
        }
    }

    /// Says what happened to a read.
    pub(super) fn explain_read(self) -> JournalError {
        match self {
            Self::Unconnected(error) => {
                unavailable_because("there is no connection to PostgreSQL", error)
            }
            Self::Lost { cause } => {
                unavailable(format!("the answer of PostgreSQL was lost ({cause})"))
            }
            Self::Refused(error) => unavailable_because("PostgreSQL refused a read", error),
        }
    }
}

fn is_going_away(code: &SqlState) -> bool {
    let going = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_SESSION_TIMEOUT,
    ];
    // Class 08: connection exceptions.
    going.contains(code) || code.code().starts_with("08")
}

/// Returns whether a session will go on to refuse: its server takes no writes, as after another has
/// taken over; or what it has prepared is gone, or does not fit the tables any more.
fn is_of_no_use(code: &SqlState) -> bool {
    let lasting = [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::FEATURE_NOT_SUPPORTED,
    ];
    lasting.contains(code)
}

/// Says an error with its causes. Neither driver puts passwords in them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}
