//! CloudWatch, played: nothing is published for a minute without requests.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_aws::api::{ApiError, CloudWatchApi, Series, Statistic};
use greenflow_core::provider::Clock as _;

use super::fault::Op;
use super::run::{LB, group_arn};
use super::world::{Aws, Shared};

#[async_trait]
impl CloudWatchApi for Aws {
    async fn minutes(
        &self,
        limit: Duration,
        start: i64,
        end: i64,
        series: &[Series],
    ) -> Result<Vec<BTreeMap<i64, f64>>, ApiError> {
        let (clock, started) = (self.clock.monotonic(), self.wall().as_unix_millis());
        // The moment of a Unix second.
        let moment = move |second: i64| {
            let ago = started - second * 1000;
            match u64::try_from(ago) {
                Ok(ago) => clock.saturating_sub(Duration::from_millis(ago)),
                Err(_) => clock + Duration::from_millis(ago.unsigned_abs()),
            }
        };
        self.read(Op::GetMetricData, limit, |shared, _, _| {
            let minutes = |series: &Series| {
                let all = (start..end).step_by(60);
                let value = |minute| Some((minute, value(shared, series, moment, minute)?));
                all.filter_map(value).collect()
            };
            Ok(series.iter().map(minutes).collect())
        })
        .await
    }

    async fn alarms(
        &self,
        limit: Duration,
        names: &[String],
    ) -> Result<BTreeMap<String, String>, ApiError> {
        self.read(Op::DescribeAlarms, limit, |shared, _, _| {
            let found = names.iter().filter_map(|name| shared.alarms.get_key_value(name));
            Ok(found.map(|(name, state)| (name.clone(), state.clone())).collect())
        })
        .await
    }
}

fn value(
    shared: &Shared,
    series: &Series,
    moment: impl Fn(i64) -> Duration,
    minute: i64,
) -> Option<f64> {
    if shared.metrics_lost || shared.lull.is_some_and(|every| (minute / 60) % every == 0) {
        return None;
    }
    let (from, until) = (moment(minute), moment(minute + 60));
    let dimension = |wanted: &str| {
        let found = series.dimensions.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    // Of one target group, or of both behind a load balancer; of none, nothing is asked that counts.
    let groups: Vec<String> = match (dimension("TargetGroup"), dimension("LoadBalancer")) {
        (Some(group), _) => vec![format!("{LB}:{group}")],
        (None, Some(balancer)) => {
            let app = balancer.split('/').nth(1).unwrap();
            ["a", "b"].map(|slot| group_arn(&format!("{app}-{slot}"))).to_vec()
        }
        (None, None) => Vec::new(),
    };
    let served: Vec<_> = groups.iter().map(|arn| shared.served(arn, from, until)).collect();
    let requests: f64 = served.iter().map(|minute| minute.requests).sum();
    let broken: f64 = served.iter().map(|minute| minute.broken).sum();
    let answer = match (series.metric.as_str(), series.statistic) {
        ("RequestCount", _) => requests,
        // All answers are quick.
        ("TargetResponseTime", Statistic::SampleCount | Statistic::CountWithin(_)) => {
            requests - broken
        }
        ("HTTPCode_Target_5XX_Count", _) => served.iter().map(|minute| minute.errors).sum(),
        ("HTTPCode_ELB_5XX_Count", _) => {
            served.iter().map(|minute| minute.nobody).sum::<f64>() + broken
        }
        ("CPUUtilization", _) => return Some(12.5),
        _ => 0.0,
    };
    (answer > 0.0).then_some(answer)
}
