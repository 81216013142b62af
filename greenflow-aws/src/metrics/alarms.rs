//! CloudWatch alarms as a check.

use std::sync::Arc;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, Check, CheckOutcome, CheckReport, CheckRequest, ErrorKind, ProviderError,
};
use greenflow_core::value::MetricName;

use super::Metrics;
use super::series::Source;
use super::{CloudWatchMetrics, Gauge};
use crate::account::{Account, Family};
use crate::api::Operation;

/// The check [`ALARMS`]: none of the named CloudWatch alarms is ringing.
///
/// Name it in the preflight, and a rollout is refused while one rings already; name it in the
/// verification or the confirmation, and it keeps the rollout from going on. What rings later is
/// seen by [`Gauge::alarms`]. Other checks are passed on to the provider that it wraps.
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
        let cases = outcomes(&self.account, &self.metrics, cx, &self.alarms).await?;
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
        self.look(cx).await
    }
}

impl CloudWatchMetrics {
    /// Asks for the gauges that are alarms. One that is not known is left out.
    pub(super) async fn alarms(
        &self,
        cx: &CallContext,
        gauges: &[&Gauge],
    ) -> Result<Vec<(MetricName, i64)>, ProviderError> {
        let mut found = Vec::new();
        for gauge in gauges {
            let Source::Alarms(alarms) = &gauge.source else { continue };
            let cases = outcomes(&self.site.account, &self.metrics, cx, alarms).await?;
            let all_known = cases.iter().all(|(_, outcome)| *outcome == CheckOutcome::Passed);
            let ringing: i64 =
                cases.iter().map(|(_, outcome)| i64::from(*outcome == CheckOutcome::Failed)).sum();
            if ringing > 0 || (all_known && !cases.is_empty()) {
                found.push((gauge.name.clone(), ringing * 1_000_000));
            }
        }
        Ok(found)
    }
}

/// Asks how each alarm is: failed is one that rings. One that is missing, or has no data, says
/// nothing.
async fn outcomes(
    account: &Account,
    metrics: &Metrics,
    cx: &CallContext,
    alarms: &[String],
) -> Result<Vec<(String, CheckOutcome)>, ProviderError> {
    if alarms.len() > MOST {
        let action = Operation::DescribeAlarms.action();
        return Err(ProviderError::new(ErrorKind::InvalidRequest, action)
            .not_applied()
            .because(format!("{} alarms; at most {MOST} can be watched", alarms.len())));
    }
    if alarms.is_empty() {
        // Asked for no name, AWS would tell of all that there are.
        return Ok(Vec::new());
    }
    let call = metrics.api().alarms(cx.deadline, alarms);
    let answer = account.call(Family::CloudWatch, cx.deadline, call).await;
    let states =
        answer.map_err(|error| error.during(Operation::DescribeAlarms, &alarms.join(", ")))?;
    let outcome = |alarm: &String| match states.get(alarm).map(String::as_str) {
        Some("OK") => CheckOutcome::Passed,
        Some("ALARM") => CheckOutcome::Failed,
        _ => CheckOutcome::Inconclusive,
    };
    Ok(alarms.iter().map(|alarm| (alarm.clone(), outcome(alarm))).collect())
}

const MOST: usize = 100;
