//! A clause as a value, so that all of a trait's clauses can be run in a row.

use std::fmt;
use std::pin::Pin;

use super::result::ClauseResult;
use super::wait::unpanicked;

type Check<F> = for<'a> fn(&'a F) -> Pin<Box<dyn Future<Output = ClauseResult> + Send + 'a>>;

/// One check of one clause, with the fixture that it needs.
pub struct Clause<F: ?Sized> {
    id: &'static str,
    name: &'static str,
    check: Check<F>,
}

impl<F: ?Sized> Clause<F> {
    pub(crate) const fn new(id: &'static str, name: &'static str, check: Check<F>) -> Self {
        Self { id, name, check }
    }

    /// Returns the clause's id in the trait's documentation, such as `LB-3`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the name of the function that checks it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Checks it on a fresh fixture. A panic is a failure (P-1).
    pub async fn check(&self, fixture: &F) -> ClauseResult {
        match unpanicked((self.check)(fixture)).await {
            Ok(result) => result,
            Err(message) => ClauseResult::Fail(format!("panicked: {message}")),
        }
    }
}

impl<F: ?Sized> fmt::Debug for Clause<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clause").field("id", &self.id).field("name", &self.name).finish()
    }
}

/// Lists the clauses of a trait, and makes the functions that run them all.
macro_rules! clauses {
    ($trait:literal, $fixture:ident, $($id:literal => $check:ident,)*) => {
        /// Every check of this contract, in the order of its clauses.
        pub const CLAUSES: &[$crate::testkit::Clause<dyn $fixture>] = &[$(
            $crate::testkit::Clause::new($id, stringify!($check), |fixture| {
                Box::pin($check(fixture))
            }),
        )*];

        /// Checks every clause, each on a fresh fixture.
        pub async fn run_all<F: $fixture>(
            provider: &str,
            fresh: impl AsyncFn() -> F,
        ) -> $crate::testkit::Report {
            let mut report = $crate::testkit::Report::new(provider, $trait);
            for clause in CLAUSES {
                let fixture = fresh().await;
                report.add(clause.id(), clause.name(), clause.check(&fixture).await);
            }
            report
        }

        /// Checks every clause by a function that runs one: for a fixture that must bring its own
        /// executor, such as one of a world of its own time.
        pub fn run_each(
            provider: &str,
            mut run: impl FnMut(
                &$crate::testkit::Clause<dyn $fixture>,
            ) -> $crate::testkit::ClauseResult,
        ) -> $crate::testkit::Report {
            let mut report = $crate::testkit::Report::new(provider, $trait);
            for clause in CLAUSES {
                report.add(clause.id(), clause.name(), run(clause));
            }
            report
        }
    };
}
pub(crate) use clauses;
