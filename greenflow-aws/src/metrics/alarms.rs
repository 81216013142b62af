//! CloudWatch alarms as a check.

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, ErrorKind, ProviderError,
};

use super::Metrics;
use crate::account::{Account, Family};
use crate::api::Operation;

/// The check [`ALARMS`]: none of the named CloudWatch alarms is ringing.
///
/// Name it in the preflight, and a rollout is refused while one rings already; name it in the
/// verification or the confirmation, and it keeps the rollout from going on. Other checks are
/// passed on to the provider that it wraps.
#[derive(Debug)]
pub struct AlarmCheck {
    account: Arc<Account>,
    metrics: Arc<Metrics>,
    alarms: Vec<String>,
    others: Arc<dyn Check>,
}

/// The name of the check that [`AlarmCheck`] adds.
pub const ALARMS: &str = "alarms";

impl AlarmCheck {
    /// Watches these alarms, at most a hundred; other checks are run by `others`.
    #[must_use]
    pub const fn new(
        account: Arc<Account>,
        metrics: Arc<Metrics>,
        alarms: Vec<String>,
        others: Arc<dyn Check>,
    ) -> Self {
        Self { account, metrics, alarms, others }
    }

    async fn look(&self, cx: &CallContext) -> Result<CheckReport, ProviderError> {
        let call = self.metrics.api().alarms(cx.deadline, &self.alarms);
        let answer = self.account.call(Family::CloudWatch, cx.deadline, call).await;
        let names = || self.alarms.join(", ");
        let states = answer.map_err(|error| error.during(Operation::DescribeAlarms, &names()))?;
        let mut cases = Vec::new();
        for alarm in &self.alarms {
            // One that is missing, or has no data, says nothing.
            let outcome = match states.get(alarm).map(String::as_str) {
                Some("OK") => CheckOutcome::Passed,
                Some("ALARM") => CheckOutcome::Failed,
                _ => CheckOutcome::Inconclusive,
            };
            cases.push((alarm.clone(), outcome));
        }
        let of = |wanted| -> Vec<&str> {
            let found = cases.iter().filter(|(_, outcome)| *outcome == wanted);
            found.map(|(alarm, _)| alarm.as_str()).collect()
        };
        let (ringing, unknown) = (of(CheckOutcome::Failed), of(CheckOutcome::Inconclusive));
        let mut report = match (ringing.as_slice(), unknown.as_slice()) {
            ([], []) if self.alarms.is_empty() => {
                CheckReport::ended(CheckOutcome::NotRun, "no alarm is named")
            }
            ([], []) => CheckReport::passed("no alarm rings"),
            ([], unknown) => {
                let what = format!("without data or missing: {}", unknown.join(", "));
                CheckReport::ended(CheckOutcome::Inconclusive, what)
            }
            (ringing, _) => {
                CheckReport::ended(CheckOutcome::Failed, format!("ringing: {}", ringing.join(", ")))
            }
        };
        report.cases = cases;
        Ok(report)
    }
}

#[async_trait]
impl Check for AlarmCheck {
    async fn run(
        &self,
        cx: &CallContext,
        request: CheckRequest,
    ) -> Result<CheckReport, ProviderError> {
        if request.check.as_str() != ALARMS {
            return self.others.run(cx, request).await;
        }
        if self.alarms.len() > MOST {
            return Err(ProviderError::new(
                ErrorKind::InvalidRequest,
                Operation::DescribeAlarms.action(),
            )
            .not_applied()
            .because(format!("{} alarms; at most {MOST} can be watched", self.alarms.len())));
        }
        self.look(cx).await
    }
}

const MOST: usize = 100;
