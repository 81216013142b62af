//! The calls to CloudWatch.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::ApiError;

/// The calls to CloudWatch that the adapter makes.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait CloudWatchApi: fmt::Debug + Send + Sync + 'static {
    /// `GetMetricData`: for each series the value of each minute from `start` on and before `end`,
    /// by the second (of Unix time) at which the minute begins; a minute without data is absent.
    ///
    /// # Errors
    /// [`ApiError`], also when CloudWatch could answer only for some of the series.
    async fn minutes(
        &self,
        limit: Duration,
        start: i64,
        end: i64,
        series: &[Series],
    ) -> Result<Vec<BTreeMap<i64, f64>>, ApiError>;

    /// `DescribeAlarms`: the state of each of these alarms, such as `OK`; one that is missing is
    /// absent.
    ///
    /// # Errors
    /// [`ApiError`].
    async fn alarms(
        &self,
        limit: Duration,
        names: &[String],
    ) -> Result<BTreeMap<String, String>, ApiError>;
}

/// One series of a metric, with one value a minute.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(clippy::exhaustive_structs, reason = "whoever plays AWS in a test reads it")]
pub struct Series {
    /// Such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// Such as `RequestCount`.
    pub metric: String,
    /// Name and value of each dimension.
    pub dimensions: Vec<(String, String)>,
    /// What of the minute's samples.
    pub statistic: Statistic,
    /// How long such a minute is, in seconds: 60, unless somebody tries something out.
    pub period: i32,
}

/// What a value says of its minute's samples.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever plays AWS in a test answers each")]
pub enum Statistic {
    /// Their sum.
    Sum,
    /// Their mean.
    Average,
    /// How many there are.
    SampleCount,
    /// How many of them are at most this long: `TC(:0.5)`.
    CountWithin(Duration),
}
