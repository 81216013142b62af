//! One `GetMetricData` for all rollouts that ask at about the same moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use greenflow_core::provider::ProviderError;

use super::series::Wanted;
use crate::account::{Account, Family};
use crate::api::{ApiError, CloudWatchApi, Operation, Series};
use crate::site::Site;

/// The metrics of an account and region: share it among all metric sources there.
///
/// What is asked for within a moment becomes one call, over an interval that covers all of theirs.
pub struct Metrics {
    api: Arc<dyn CloudWatchApi>,
    open: Mutex<Option<Gathering>>,
}

type Data = BTreeMap<Series, BTreeMap<i64, f64>>;
type Call = Shared<BoxFuture<'static, Result<Arc<Data>, ApiError>>>;

/// A call that has not been sent yet.
struct Gathering {
    asked: Arc<Mutex<Asked>>,
    call: Call,
}

/// What a call asks for. Empty once it has been sent.
#[derive(Default)]
struct Asked {
    series: Vec<Series>,
    start: i64,
    end: i64,
}

impl Metrics {
    /// Asks CloudWatch through this.
    #[must_use]
    pub fn new(api: Arc<dyn CloudWatchApi>) -> Arc<Self> {
        Arc::new(Self { api, open: Mutex::new(None) })
    }

    pub(super) fn api(&self) -> &dyn CloudWatchApi {
        self.api.as_ref()
    }

    /// Asks for the last minutes of a site's load balancer, to see whether that is allowed.
    pub(crate) async fn try_out(&self, site: &Site, limit: Duration) -> Result<(), ProviderError> {
        let now = site.account.clock().wall().as_unix_millis().div_euclid(60_000) * 60;
        let wanted =
            Wanted { layout: &site.layout, period: 60, thresholds: &[], events: &[], gauges: &[] };
        let call = self.minutes(&site.account, limit, now - 300, now, wanted.balancer());
        let answer = call.await;
        answer.map(drop).map_err(|error| error.during(Operation::GetMetricData, &site.layout.app))
    }

    /// Returns the values of these series, by minute; more minutes than were asked for may be
    /// among them.
    pub(super) async fn minutes(
        &self,
        account: &Arc<Account>,
        limit: Duration,
        start: i64,
        end: i64,
        series: Vec<Series>,
    ) -> Result<Arc<Data>, ApiError> {
        self.join(account, limit, Asked { series, start, end }).await
    }

    /// Joins the call that is being gathered, if there is room in it; else begins another.
    fn join(&self, account: &Arc<Account>, limit: Duration, new: Asked) -> Call {
        let mut open = self.open();
        if let Some(gathering) = open.as_ref() {
            let mut asked = gathering.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if asked.take_in(&new) {
                return gathering.call.clone();
            }
        }
        let asked = Arc::new(Mutex::new(new));
        let (account, api, sent) = (Arc::clone(account), Arc::clone(&self.api), Arc::clone(&asked));
        let call = async move {
            let clock = account.clock();
            clock.sleep_until(clock.monotonic().saturating_add(MOMENT)).await;
            let asked = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
            let call = api.minutes(limit, asked.start, asked.end, &asked.series);
            let answer = account.call(Family::CloudWatch, limit, call).await?;
            Ok(Arc::new(asked.series.into_iter().zip(answer).collect()))
        };
        let call = call.boxed().shared();
        *open = Some(Gathering { asked, call: call.clone() });
        call
    }

    fn open(&self) -> MutexGuard<'_, Option<Gathering>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    /// Takes another request in, unless this one is sent, full, or of quite another time.
    fn take_in(&mut self, other: &Self) -> bool {
        let (start, end) = (self.start.min(other.start), self.end.max(other.end));
        let mut series = self.series.clone();
        series.extend(other.series.iter().cloned());
        series.sort();
        series.dedup();
        if self.series.is_empty() || series.len() > MOST || end - start > LONGEST {
            return false;
        }
        *self = Self { series, start, end };
        true
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("api", &self.api).finish_non_exhaustive()
    }
}

/// How long others are waited for.
const MOMENT: Duration = Duration::from_millis(20);
/// As many series as one call may ask for.
const MOST: usize = 500;
/// As much time as one call asks for on behalf of several, in seconds.
const LONGEST: i64 = 3_600;
