//! Many scenarios at a time: a rollout mostly waits.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

/// One of them, by its name.
pub(crate) type Scenario = (String, BoxFuture<'static, ()>);

/// Gives a scenario its name.
pub(crate) fn scenario(
    name: impl Into<String>,
    run: impl Future<Output = ()> + Send + 'static,
) -> Scenario {
    (name.into(), run.boxed())
}

/// Returns every second one, so that of neighbours that differ in one thing each kind comes up.
pub(crate) fn half(scenarios: Vec<Scenario>) -> Vec<Scenario> {
    let numbered = scenarios.into_iter().enumerate();
    numbered.filter(|(at, _)| matches!(at % 4, 0 | 3)).map(|(_, scenario)| scenario).collect()
}

/// Runs all of them, and says at the end which went wrong.
pub(crate) async fn all(scenarios: Vec<Scenario>) {
    let number = scenarios.len();
    let started: Vec<_> = scenarios
        .into_iter()
        .map(|(name, scenario)| (name, tokio::spawn(timeout(PATIENCE, scenario))))
        .collect();
    let mut wrong = Vec::new();
    for (name, scenario) in started {
        match scenario.await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => wrong.push(format!("{name}: came to no end")),
            // What went wrong in it was printed.
            Err(_) => wrong.push(name),
        }
    }
    assert!(wrong.is_empty(), "{} of {number} went wrong: {wrong:#?}", wrong.len());
}

/// Much longer than all of them take.
const PATIENCE: Duration = Duration::from_secs(1200);
