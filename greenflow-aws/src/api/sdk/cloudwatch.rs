//! CloudWatch over the SDK's client.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudwatch as sdk;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{
    AlarmType, Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, StateValue,
    StatusCode,
};
use aws_smithy_types::DateTime;
use greenflow_core::provider::ErrorKind;

use super::once;
use crate::api::classify::classify;
use crate::api::{ApiError, CloudWatchApi, Operation, Series, Statistic};

/// [`CloudWatchApi`] over the SDK's client.
#[derive(Clone, Debug)]
pub struct SdkCloudWatch(Client);

impl SdkCloudWatch {
    /// Calls through this client. Its retries are not used: the engine has its own.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl CloudWatchApi for SdkCloudWatch {
    async fn minutes(
        &self,
        limit: Duration,
        start: i64,
        end: i64,
        series: &[Series],
    ) -> Result<Vec<BTreeMap<i64, f64>>, ApiError> {
        let queries: Vec<MetricDataQuery> = series.iter().enumerate().map(query).collect();
        let mut found = vec![BTreeMap::new(); series.len()];
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let call = self
                .0
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(DateTime::from_secs(start))
                .end_time(DateTime::from_secs(end))
                .set_next_token(token.take());
            let answer = call.customize().config_override(once!(sdk, limit)).send().await;
            let page = answer.map_err(|error| classify(Operation::GetMetricData, &error))?;
            let more = page.next_token.is_some();
            for result in page.metric_data_results() {
                take(result, more, &mut found)?;
            }
            match page.next_token {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
        Err(partial("more pages than there can be"))
    }

    async fn alarms(
        &self,
        limit: Duration,
        names: &[String],
    ) -> Result<BTreeMap<String, String>, ApiError> {
        let mut found = BTreeMap::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let call = self
                .0
                .describe_alarms()
                .set_alarm_names(Some(names.to_vec()))
                .alarm_types(AlarmType::MetricAlarm)
                .alarm_types(AlarmType::CompositeAlarm)
                .max_records(MOST_ALARMS)
                .set_next_token(token.take());
            let answer = call.customize().config_override(once!(sdk, limit)).send().await;
            let page = answer.map_err(|error| classify(Operation::DescribeAlarms, &error))?;
            let plain = page.metric_alarms().iter();
            found.extend(plain.filter_map(|alarm| state(alarm.alarm_name(), alarm.state_value())));
            let composite = page.composite_alarms().iter();
            found.extend(
                composite.filter_map(|alarm| state(alarm.alarm_name(), alarm.state_value())),
            );
            match page.next_token {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
        Err(partial("more pages than there can be"))
    }
}

/// As many as a page takes; unless asked for it has 50.
const MOST_ALARMS: i32 = 100;

/// A page holds up to 100 800 values, or 100 alarms; no answer of ours has so many.
const MOST_PAGES: u32 = 10;

fn state(name: Option<&str>, state: Option<&StateValue>) -> Option<(String, String)> {
    Some((name?.to_owned(), state?.as_str().to_owned()))
}

fn query((index, series): (usize, &Series)) -> MetricDataQuery {
    let dimension =
        |(name, value): &(String, String)| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace(&series.namespace)
        .metric_name(&series.metric)
        .set_dimensions(Some(series.dimensions.iter().map(dimension).collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(series.period)
        .stat(statistic(series.statistic))
        .build();
    MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).build()
}

fn statistic(statistic: Statistic) -> String {
    match statistic {
        Statistic::Sum => "Sum".to_owned(),
        Statistic::Average => "Average".to_owned(),
        Statistic::SampleCount => "SampleCount".to_owned(),
        Statistic::CountWithin(bound) => format!("TC(:{})", bound.as_secs_f64()),
    }
}

/// Takes one result of a page; half an answer is an error.
fn take(
    result: &MetricDataResult,
    more: bool,
    found: &mut [BTreeMap<i64, f64>],
) -> Result<(), ApiError> {
    let complete = match result.status_code() {
        Some(StatusCode::Complete) => true,
        Some(StatusCode::PartialData) => more,
        _ => false,
    };
    let index = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
    let series = index.and_then(|index| found.get_mut(index)).filter(|_| complete);
    let Some(series) = series else {
        let status = result.status_code().map_or("no status", StatusCode::as_str);
        return Err(partial(&format!("{} is {status}", result.id().unwrap_or("?"))));
    };
    if result.timestamps().len() != result.values().len() {
        return Err(partial("as many moments as values are missing"));
    }
    let moments = result.timestamps().iter().map(DateTime::secs);
    series.extend(moments.zip(result.values().iter().copied()));
    Ok(())
}

fn partial(what: &str) -> ApiError {
    ApiError::new(ErrorKind::Unavailable, "partial answer", what).not_applied()
}

#[cfg(test)]
#[path = "cloudwatch_tests.rs"]
mod tests;
