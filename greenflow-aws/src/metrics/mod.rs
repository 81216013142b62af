//! CloudWatch as the metric source, and alarms as a check.

mod alarms;
mod batch;
mod count;
mod series;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use greenflow_core::provider::{
    CallContext, ErrorKind, IntervalSample, MetricCapabilities, MetricSource, ProviderError,
    SampleRequest, SideSample,
};
use greenflow_core::value::{MetricName, Side, WallTime};

pub use alarms::{ALARMS, AlarmCheck};
pub use batch::Metrics;
pub use series::Gauge;

use crate::api::{ApiError, Operation, Series};
use crate::site::Site;
use series::Wanted;

/// Counts requests from what the load balancer reports to CloudWatch.
///
/// # What it measures
/// | in the plan | in CloudWatch, a minute, by target group |
/// |---|---|
/// | requests | `RequestCount` |
/// | errors | `HTTPCode_Target_5XX_Count`, and what the load balancer answered in a target's place |
/// | slower than a threshold | `TargetResponseTime`: `SampleCount` less the trimmed count `TC(:t)` |
/// | event [`FOUR_XX`] | `HTTPCode_Target_4XX_Count` |
/// | gauges | what [`with_gauge`](Self::with_gauge) adds: processor, memory, connections, alarms |
/// | unserved | `HTTPCode_ELB_5XX_Count` of the load balancer |
///
/// Ratios are computed by the engine, from counts.
///
/// A target that breaks the connection or answers nothing in time is answered for by the load
/// balancer (502, 504), which counts that in `RequestCount` of the target group, but not in its 5XX.
/// So what has no `TargetResponseTime` is an error too, up to `HTTPCode_ELB_5XX_Count` of the whole
/// load balancer in that interval: what is above it are clients that went away (460). Where they do
/// that while the load balancer fails in another target group, some may be counted as errors here.
///
/// # How slow it is
/// The load balancer reports whole minutes, about a minute late. So the shortest interval is two
/// minutes (whatever its beginning, one whole minute lies in it) and the delay one: a fault is seen
/// two to four minutes after it began. A hold shorter than three minutes sees nothing and is refused
/// by [`Plan::check`](greenflow_core::plan::Plan::check). Where that is too slow, measure the
/// requests themselves, such as from the service's own counters by Prometheus, with a metric
/// source of your own, and keep the [`AlarmCheck`] beside it.
///
/// # What is missing
/// CloudWatch publishes nothing for a minute without requests. A target group's missing value is 0
/// only if the load balancer's own `RequestCount` exists for that minute; otherwise the side is not
/// known. An answer ends where that changes, so that minutes without requests are unknown by
/// themselves, and those with requests known.
#[derive(Clone, Debug)]
pub struct CloudWatchMetrics {
    site: Arc<Site>,
    metrics: Arc<Metrics>,
    gauges: Vec<Gauge>,
    period: Duration,
    delay: Duration,
}

/// The event that counts `HTTPCode_Target_4XX_Count`.
pub const FOUR_XX: &str = "4xx";

impl CloudWatchMetrics {
    /// Measures a site. Share the [`Metrics`] among all sites of the account and region.
    #[must_use]
    pub const fn new(site: Arc<Site>, metrics: Arc<Metrics>) -> Self {
        Self { site, metrics, gauges: Vec::new(), period: MINUTE, delay: DELAY }
    }

    /// Adds a gauge, measured when the plan names it.
    #[must_use]
    pub fn with_gauge(mut self, gauge: Gauge) -> Self {
        self.gauges.push(gauge);
        self
    }

    /// Measures by another period than a minute, in whole seconds: 1, 5, 10 or 30. For trying a
    /// plan out against what plays CloudWatch and publishes more often: AWS's load balancers
    /// publish by the minute.
    #[must_use]
    pub const fn with_period(mut self, period: Duration) -> Self {
        self.period = period;
        self
    }

    /// Changes how long after its end a minute is taken as complete; by default one minute.
    #[must_use]
    pub const fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn seconds(&self) -> i32 {
        i32::try_from(self.period.as_secs()).unwrap_or(i32::MAX).max(1)
    }

    /// The whole minutes of an interval that are complete by now, by Unix seconds.
    fn minutes(&self, request: &SampleRequest) -> Result<(i64, i64), ApiError> {
        let now = self.site.account.clock().wall();
        let seconds = |time: WallTime| time.as_unix_millis().div_euclid(1000);
        let period = i64::from(self.seconds());
        let millis = request.start.as_unix_millis();
        let start = (millis + period * 1000 - 1).div_euclid(period * 1000) * period;
        let until = request.end.min(now.before(self.delay));
        let end = seconds(until).div_euclid(period) * period;
        if start < end {
            return Ok((start, end.min(start + LONGEST)));
        }
        let what = "no whole minute of it is complete yet";
        Err(ApiError::new(ErrorKind::Unavailable, "too early", what).not_applied())
    }
}

#[async_trait]
impl MetricSource for CloudWatchMetrics {
    fn capabilities(&self) -> MetricCapabilities {
        MetricCapabilities { shortest: self.period * 2, delay: self.delay }
    }

    async fn sample(
        &self,
        cx: &CallContext,
        request: SampleRequest,
    ) -> Result<IntervalSample, ProviderError> {
        let app = &self.site.layout.app;
        let failed = |error: ApiError| error.during(Operation::GetMetricData, app);
        let roles = self.site.roles(cx).await?;
        let (start, end) = self.minutes(&request).map_err(failed)?;
        let asks_for = |name: &str| request.metrics.iter().any(|asked| asked.as_str() == name);
        let gauges: Vec<&Gauge> =
            self.gauges.iter().filter(|gauge| asks_for(gauge.name.as_str())).collect();
        let (alarms, gauges): (Vec<&Gauge>, Vec<&Gauge>) =
            gauges.into_iter().partition(|gauge| gauge.is_alarms());
        let events: Vec<&MetricName> =
            request.metrics.iter().filter(|name| name.as_str() == FOUR_XX).collect();
        let wanted = Wanted {
            layout: &self.site.layout,
            period: self.seconds(),
            thresholds: &request.thresholds,
            events: &events,
            gauges: &gauges,
        };
        let sides = [Side::Blue, Side::Green].map(|side| wanted.side(roles.slot(side)));
        let mut series = wanted.balancer();
        series.extend(sides.iter().flatten().cloned());
        let account = &self.site.account;
        let data = self.metrics.minutes(account, cx.deadline, start, end, series).await;
        let data = data.map_err(failed)?;
        let minutes = count::Minutes { wanted: &wanted, data: &data, start, end }.alike();
        let alarms = self.alarms(cx, &alarms).await?;
        let count = |series: &[Series]| -> Result<Option<SideSample>, ApiError> {
            let mut side = minutes.side(series)?;
            if let Some(side) = &mut side {
                side.gauges.extend(alarms.iter().cloned());
            }
            Ok(side)
        };
        let [blue, green] = sides;
        let at = |second: i64| WallTime::from_unix_millis(second.saturating_mul(1000));
        Ok(IntervalSample {
            start: at(minutes.start),
            end: at(minutes.end),
            blue: count(&blue).map_err(failed)?,
            green: count(&green).map_err(failed)?,
            unserved: minutes.unserved().map_err(failed)?,
        })
    }
}

const DELAY: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);
/// One day of minutes at most.
const LONGEST: i64 = 86_400;
