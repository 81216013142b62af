//! Which series are asked for.

use std::time::Duration;

use greenflow_core::value::MetricName;

use crate::api::{Series, Statistic};
use crate::layout::{Layout, Which};

/// A gauge: the mean of a metric over the interval, in millionths of its unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gauge {
    pub(super) name: MetricName,
    pub(super) source: Source,
}

/// Where a gauge comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// A metric of the slot's own ECS service.
    Service(&'static str),
    /// One that both sides share.
    Shared { namespace: String, metric: String, dimensions: Vec<(String, String)> },
    /// How many of these alarms ring.
    Alarms(Vec<String>),
}

impl Gauge {
    /// The processor use of a side's tasks, in percent of what they reserve.
    #[must_use]
    pub const fn processor(name: MetricName) -> Self {
        Self { name, source: Source::Service("CPUUtilization") }
    }

    /// The memory use of a side's tasks, in percent of what they reserve.
    #[must_use]
    pub const fn memory(name: MetricName) -> Self {
        Self { name, source: Source::Service("MemoryUtilization") }
    }

    /// The connections to the RDS instance that both sides use.
    #[must_use]
    pub fn database_connections(name: MetricName, instance: impl Into<String>) -> Self {
        let dimensions = vec![("DBInstanceIdentifier".to_owned(), instance.into())];
        Self::shared(name, "AWS/RDS", "DatabaseConnections", dimensions)
    }

    /// How many of these alarms ring at the moment of the sample, of at most a hundred. They are
    /// both sides': with a limit below 1, a rollout neither starts while one rings nor goes on when
    /// one begins to. It is not known while none rings and one is missing or has no data.
    #[must_use]
    pub const fn alarms(name: MetricName, alarms: Vec<String>) -> Self {
        Self { name, source: Source::Alarms(alarms) }
    }

    pub(super) const fn is_alarms(&self) -> bool {
        matches!(self.source, Source::Alarms(_))
    }

    /// Any metric that is the same for both sides, by namespace, metric and dimensions.
    #[must_use]
    pub fn shared(
        name: MetricName,
        namespace: impl Into<String>,
        metric: impl Into<String>,
        dimensions: Vec<(String, String)>,
    ) -> Self {
        let (namespace, metric) = (namespace.into(), metric.into());
        Self { name, source: Source::Shared { namespace, metric, dimensions } }
    }
}

/// What is asked for.
pub(super) struct Wanted<'a> {
    pub(super) layout: &'a Layout,
    /// In seconds.
    pub(super) period: i32,
    pub(super) thresholds: &'a [Duration],
    pub(super) events: &'a [&'a MetricName],
    pub(super) gauges: &'a [&'a Gauge],
}

impl Wanted<'_> {
    /// The load balancer's own requests, and those that it answered itself with an error.
    pub(super) fn balancer(&self) -> Vec<Series> {
        let dimensions = vec![self.load_balancer()];
        ["RequestCount", "HTTPCode_ELB_5XX_Count"]
            .map(|metric| self.alb(metric, &dimensions, Statistic::Sum))
            .to_vec()
    }

    /// The series of one slot: requests, errors, answers with a time, those within each
    /// threshold, events, gauges.
    pub(super) fn side(&self, which: Which) -> Vec<Series> {
        let slot = self.layout.slot(which);
        let group = slot.target_group.splitn(6, ':').nth(5).unwrap_or_default().to_owned();
        let dimensions = vec![("TargetGroup".to_owned(), group), self.load_balancer()];
        let mut series = vec![
            self.alb("RequestCount", &dimensions, Statistic::Sum),
            self.alb("HTTPCode_Target_5XX_Count", &dimensions, Statistic::Sum),
            self.alb("TargetResponseTime", &dimensions, Statistic::SampleCount),
        ];
        let within = self.thresholds.iter().map(|bound| Statistic::CountWithin(*bound));
        series.extend(within.map(|within| self.alb("TargetResponseTime", &dimensions, within)));
        let events = self.events.iter();
        series.extend(
            events.map(|_| self.alb("HTTPCode_Target_4XX_Count", &dimensions, Statistic::Sum)),
        );
        series.extend(self.gauges.iter().filter_map(|gauge| self.gauge(gauge, &slot.service)));
        series
    }

    /// The series of a gauge; none if it is no series.
    fn gauge(&self, gauge: &Gauge, service: &str) -> Option<Series> {
        let last = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
        let (namespace, metric, dimensions) = match &gauge.source {
            Source::Service(metric) => {
                let dimensions = vec![
                    ("ClusterName".to_owned(), last(&self.layout.cluster)),
                    ("ServiceName".to_owned(), last(service)),
                ];
                ("AWS/ECS".to_owned(), (*metric).to_owned(), dimensions)
            }
            Source::Shared { namespace, metric, dimensions } => {
                (namespace.clone(), metric.clone(), dimensions.clone())
            }
            Source::Alarms(_) => return None,
        };
        let (statistic, period) = (Statistic::Average, self.period);
        Some(Series { namespace, metric, dimensions, statistic, period })
    }

    fn load_balancer(&self) -> (String, String) {
        ("LoadBalancer".to_owned(), self.layout.load_balancer().unwrap_or_default())
    }

    fn alb(&self, metric: &str, dimensions: &[(String, String)], statistic: Statistic) -> Series {
        Series {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: metric.to_owned(),
            dimensions: dimensions.to_vec(),
            statistic,
            period: self.period,
        }
    }
}
